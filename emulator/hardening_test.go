package emulator_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
)

// Connections that say nothing do not keep others from being served.
func TestIdleConnections(t *testing.T) {
	e := newTester(t, emulator.Options{})
	address := strings.TrimPrefix(e.server.URL, "http://")
	for i := range 2000 { // each takes two of the files that this process may have open
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatalf("connection %d: %v", i, err)
		}
		defer conn.Close()
	}
	start := time.Now()
	e.expect(e.send("GET", entries, "", nil), 200)
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %s", took)
	}
}

// A client that sends its request in drops is cut off, and so is one with endless headers.
func TestSlowAndHugeRequestsAreCutOff(t *testing.T) {
	t.Parallel()
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	huge := dial()
	defer huge.Close()
	go func() {
		fmt.Fprint(huge, "GET / HTTP/1.1\r\nHost: x\r\n")
		for {
			if _, err := fmt.Fprintf(huge, "X: %s\r\n", strings.Repeat("x", 4<<10)); err != nil {
				return
			}
		}
	}()
	if answer, _ := io.ReadAll(huge); !strings.HasPrefix(string(answer), "HTTP/1.1 431 ") {
		t.Errorf("endless headers are answered with %.100q", answer)
	}
	slow := dial()
	defer slow.Close()
	start := time.Now()
	fmt.Fprint(slow, "GET / HTTP/1.1\r\nHost: x\r\nX: ")
	_, err = io.ReadAll(slow)
	if took := time.Since(start); took > 15*time.Second || took < 5*time.Second {
		t.Errorf("a slow request was cut off after %s, %v", took, err)
	}
}
