package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is an emulator that listens.
type Server struct {
	*Emulator
	// URL is scheme, host and port. A base URL is URL and one of [BasePaths].
	URL string
	// CertificatePEM is the certificate to trust, of a server that speaks TLS.
	CertificatePEM []byte

	http *http.Server
	done chan error
}

// Start serves an emulator on a free port of the loopback interface, for tests. Close it when done.
func Start(options Options) (*Server, error) { return Listen("127.0.0.1:0", options) }

// Listen serves an emulator on a TCP address such as "127.0.0.1:8080". Slow clients are cut off.
func Listen(address string, options Options) (*Server, error) {
	return listen(address, options, nil, nil)
}

// ListenTLS is Listen with HTTPS and a certificate that is made for the occasion, for localhost, 127.0.0.1 and ::1.
func ListenTLS(address string, options Options) (*Server, error) {
	certificate, pem, err := selfMade()
	if err != nil {
		return nil, fmt.Errorf("start emulator: %w", err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	return listen(address, options, config, pem)
}

func listen(address string, options Options, config *tls.Config, pem []byte) (*Server, error) {
	e := New(options)
	if e.seedErr != nil {
		return nil, fmt.Errorf("start emulator: %w", e.seedErr)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("start emulator: %w", err)
	}
	s := &Server{
		Emulator:       e,
		URL:            "http://" + reachable(listener.Addr()),
		CertificatePEM: pem,
		http: &http.Server{
			Handler:           e,
			TLSConfig:         config,
			ReadHeaderTimeout: 10 * time.Second,
			ReadTimeout:       30 * time.Second,
			WriteTimeout:      90 * time.Second, // a latency of up to a minute is part of it
			IdleTimeout:       2 * time.Minute,
			MaxHeaderBytes:    64 << 10,
			// OPTIONS * is the emulator's to refuse.
			DisableGeneralOptionsHandler: true,
		},
		done: make(chan error, 1),
	}
	serve := func() error { return s.http.Serve(listener) }
	if config != nil {
		s.URL = "https://" + reachable(listener.Addr())
		serve = func() error { return s.http.ServeTLS(listener, "", "") }
	}
	go func() { s.done <- serve() }()
	return s, nil
}

// reachable is an address to connect to: one that listens everywhere is reached at this machine.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok || !tcp.IP.IsUnspecified() {
		return addr.String()
	}
	return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
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

// Done is closed, or says why, when the server stops for a reason of its own.
func (s *Server) Done() <-chan error { return s.done }

// Close stops the server at once.
func (s *Server) Close() { _ = s.http.Close() }
