package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/nks-access/nks-access/signer"
)

// ErrNotLoopback is the error of an address that other machines can reach.
var ErrNotLoopback = errors.New("the proxy listens on loopback addresses only, such as 127.0.0.1:8081")

// Server is a proxy that listens.
type Server struct {
	// URL is scheme, host and port.
	URL string

	http    *http.Server
	stopped chan struct{} // closed after err is set
	err     error
}

// Listen serves a proxy on a TCP address of the loopback interface, such as "127.0.0.1:8081". Port 0
// is a free port. It returns [ErrNotLoopback] for any other address.
func Listen(address string, p *Proxy) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("start proxy: %w", err)
	}
	if !signer.IsLoopback(host) {
		return nil, fmt.Errorf("start proxy on %s: %w", address, ErrNotLoopback)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start proxy: %w", err)
	}
	s := &Server{URL: "http://" + listener.Addr().String(), stopped: make(chan struct{})}
	s.http = &http.Server{
		Handler:           p,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      p.options.Timeout + 45*time.Second, // from the end of the header: with the body
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(p.options.Logger.Handler(), slog.LevelWarn),
		// The proxy responds to OPTIONS * itself.
		DisableGeneralOptionsHandler: true,
	}
	go func() {
		s.err = s.http.Serve(listener)
		close(s.stopped)
	}()
	return s, nil
}

// Local returns the base URL of a service at the URL of a proxy.
func Local(proxyURL string, s Service) string {
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return proxyURL
	}
	return proxyURL + strings.TrimRight(base.EscapedPath(), "/")
}

// Stopped returns a channel that is closed when the server stops.
func (s *Server) Stopped() <-chan struct{} { return s.stopped }

// Err returns why the server stopped. It returns nil after Shutdown, and while the server runs.
func (s *Server) Err() error {
	select {
	case <-s.stopped:
	default:
		return nil
	}
	if errors.Is(s.err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("run proxy: %w", s.err)
}

// Shutdown stops listening and waits for the requests under way. When ctx ends it cuts them off, and
// returns an error.
func (s *Server) Shutdown(ctx context.Context) error {
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
		return fmt.Errorf("stop proxy: requests under way were cut off: %w", err)
	}
	return nil
}
