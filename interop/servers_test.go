package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/signer"
)

// command starts a server process.
type command struct {
	args []string // the port is appended to the last
	api  string   // the path that the API is served under
}

func emulatorCommand(t testing.TB, flags ...string) command {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "nks-access")
	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./cmd/nks-access")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return command{args: arguments(flags, "--listen=127.0.0.1:", binary, "emulator"), api: "/vnks/v2"}
}

// prism is Stoplight Prism, which "npm ci" in this folder installs.
func prism(t testing.TB, flags ...string) command {
	t.Helper()
	const script = "node_modules/@stoplight/prism-cli/dist/index.js"
	if _, err := os.Stat(script); err != nil {
		t.Fatalf("%v: run npm ci in interop", err)
	}
	return command{args: arguments(flags, "--port=", "node", script)}
}

func arguments(flags []string, port string, command ...string) []string {
	for _, flag := range flags {
		if flag != "" {
			command = append(command, flag)
		}
	}
	return append(command, port)
}

// server is a running server.
type server struct {
	url     string // scheme, host and port
	api     string // the path that the API is served under
	pid     int
	stop    func()
	started time.Duration // from the start of the process to its first response
}

func startServer(t testing.TB, c command) server {
	t.Helper()
	port := freePort(t)
	args := slices.Clone(c.args)
	args[len(args)-1] += port
	process := exec.Command(args[0], args[1:]...)
	process.Env = append(os.Environ(), "NODE_ENV=development") // otherwise Prism starts two processes
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	if err != nil {
		t.Fatal(err)
	}
	process.Stdout, process.Stderr = output, output
	begin := time.Now()
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	s := server{url: "http://127.0.0.1:" + port, api: c.api, pid: process.Process.Pid, stop: sync.OnceFunc(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		_ = output.Close()
	})}
	t.Cleanup(s.stop)
	for {
		err := s.answers()
		if err == nil {
			s.started = time.Since(begin)
			return s
		}
		if time.Since(begin) > time.Minute {
			said, _ := os.ReadFile(output.Name())
			t.Fatalf("%v does not answer: %v\n%s", args, err, said)
		}
		time.Sleep(time.Millisecond)
	}
}

// answers reports whether the server responds to a signed request, with any status.
func (s server) answers() error {
	req, err := http.NewRequest("GET", s.url+s.api+"/clusters", nil)
	if err != nil {
		return err
	}
	if err := signer.New(signer.Static(accessKey, secretKey)).Sign(context.Background(), req); err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return errors.Join(err, resp.Body.Close())
}

// residentMB returns the resident memory of the process in MB (1,000,000 bytes). It needs Linux.
func (s server) residentMB(t testing.TB) float64 {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	return float64(kib) * 1024 / 1e6
}

func freePort(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}
