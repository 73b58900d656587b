package emulator

import (
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener whose connections are pipes, so that time goes by a fake clock.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, ok := <-p
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error { close(p); return nil }

func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial() net.Conn {
	client, server := net.Pipe()
	p <- server
	return client
}

// serveOnPipes runs a test with an emulator and a fake clock.
func serveOnPipes(t *testing.T, test func(*testing.T, *Server, pipes)) {
	synctest.Test(t, func(t *testing.T) {
		e, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		listener := make(pipes)
		server := serve(e, listener, nil, nil)
		defer server.Close()
		test(t, server, listener)
	})
}

// A client that sends its request in drops is cut off.
func TestSlowRequestsAreCutOff(t *testing.T) {
	serveOnPipes(t, func(t *testing.T, _ *Server, listener pipes) {
		conn, start := listener.dial(), time.Now()
		if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: "); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(conn); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("it was cut off after %s", took)
		}
	})
}

// A shutdown does not wait for connections that have not sent a request, and lets requests finish.
func TestShutdownClosesSilentConnections(t *testing.T) {
	serveOnPipes(t, func(t *testing.T, server *Server, listener pipes) {
		server.SetFaults(Faults{Latency: time.Second})
		silent, active := listener.dial(), listener.dial()
		if _, err := io.WriteString(active, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		response := make(chan string)
		go func() {
			text, _ := io.ReadAll(active)
			response <- string(text)
		}()
		synctest.Wait()
		start := time.Now()
		go func() { _ = server.Shutdown(t.Context()) }()
		if _, err := silent.Read(make([]byte, 1)); err != io.EOF || time.Since(start) > 0 {
			t.Errorf("%v after %s", err, time.Since(start))
		}
		if text := <-response; !strings.HasPrefix(text, "HTTP/1.1 401 ") {
			t.Errorf("the response is %q", text)
		}
	})
}
