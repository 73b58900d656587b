package emulator_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/nks-access/nks-access/emulator"
)

// serveFor is set in a process that is to serve until its standard input ends.
const serveFor = "NKS_ACCESS_SERVE"

// TestServer is the process of TestIdleConnections, and does nothing on its own.
func TestServer(t *testing.T) {
	if os.Getenv(serveFor) == "" {
		return
	}
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	fmt.Println(server.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// Ten thousand connections that say nothing do not keep others from being served. The server is a
// process of its own, because a process may only have so many files open; where that is fewer,
// there are as many connections as there may be.
func TestIdleConnections(t *testing.T) {
	child := exec.Command(os.Args[0], "-test.run=^TestServer$")
	child.Env = append(os.Environ(), serveFor+"=1")
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = stdin.Close()
		_ = child.Wait()
	}()
	url, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(strings.TrimSpace(url), "http://")
	var idle []net.Conn
	for len(idle) < 10_000 {
		conn, err := net.DialTimeout("tcp", address, patience)
		if err != nil {
			if len(idle) < 200 || !errors.Is(err, syscall.EMFILE) {
				t.Fatalf("connection %d: %v", len(idle), err)
			}
			for _, conn := range idle[len(idle)-50:] { // room for the request
				_ = conn.Close()
			}
			break
		}
		defer conn.Close()
		idle = append(idle, conn)
	}
	resp, err := (&http.Client{Timeout: patience}).Get("http://" + address + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s with %d connections", resp.Status, len(idle))
	}
	t.Logf("%d idle connections", len(idle))
}

// A client that sends endless headers is cut off.
func TestHugeHeadersAreCutOff(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	conn, err := net.DialTimeout("tcp", strings.TrimPrefix(server.URL, "http://"), patience)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	go func() {
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n")
		for {
			if _, err := fmt.Fprintf(conn, "X: %s\r\n", strings.Repeat("x", 4<<10)); err != nil {
				return
			}
		}
	}()
	if response, _ := io.ReadAll(conn); !strings.HasPrefix(string(response), "HTTP/1.1 431 ") {
		t.Errorf("the response is %.100q", response)
	}
}
