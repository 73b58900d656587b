package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is an emulator that listens.
type Server struct {
	// URL is scheme, host and port. A base URL is URL and one of [BasePaths].
	URL  string
	http *http.Server
	done chan error
}

// Start serves an emulator on a free port of the loopback interface, for tests. Close it when done.
func Start(options Options) (*Server, error) { return Listen("127.0.0.1:0", options) }

// Listen serves an emulator on a TCP address such as "127.0.0.1:8080". Slow clients are cut off.
func Listen(address string, options Options) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start emulator: %w", err)
	}
	s := &Server{
		URL: "http://" + listener.Addr().String(),
		http: &http.Server{
			Handler:           New(options),
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       30 * time.Second,
			WriteTimeout:      30 * time.Second,
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			// OPTIONS * is the emulator's to refuse.
			DisableGeneralOptionsHandler: true,
		},
		done: make(chan error, 1),
	}
	go func() { s.done <- s.http.Serve(listener) }()
	return s, nil
}

// Shutdown stops listening, waits for the requests under way, at most until ctx ends, and reports why the server stopped
// when that was not because of Shutdown.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
		return fmt.Errorf("stop emulator: %w", err)
	}
	if err := <-s.done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("run emulator: %w", err)
	}
	return nil
}

// Close stops the server at once.
func (s *Server) Close() { _ = s.http.Close() }
