package emulator

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Server is an emulator that listens on a TCP address.
type Server struct {
	*Emulator
	// URL is scheme, host and port. It is what NCLOUD_API_GW takes. A base URL is URL and one of
	// [BasePaths].
	URL string
	// CertificatePEM is the certificate to trust with Options.TLS.
	CertificatePEM []byte

	http    *http.Server
	stopped chan struct{} // closed after err is set
	err     error
}

// Start serves an emulator on a free port of the loopback interface, for tests. Close it when done. It
// returns the errors of [Listen].
func Start(options Options) (*Server, error) { return Listen("127.0.0.1:0", options) }

// Listen serves an emulator on a TCP address such as "127.0.0.1:8080". It closes the connections of
// slow clients. It returns the errors of [New], and an error if the address cannot be listened on.
// The data file is opened, and gets the initial entries, only when it listens.
func Listen(address string, options Options) (*Server, error) {
	server, err := listen(address, options)
	if err != nil {
		return nil, fmt.Errorf("start emulator: %w", err)
	}
	return server, nil
}

func listen(address string, options Options) (*Server, error) {
	var config *tls.Config
	var pem []byte
	if options.TLS {
		var err error
		if config, pem, err = selfSigned(); err != nil {
			return nil, fmt.Errorf("make certificate: %w", err)
		}
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, err
	}
	e, err := newEmulator(options)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	return serve(e, listener, config, pem), nil
}

func serve(e *Emulator, listener net.Listener, config *tls.Config, pem []byte) *Server {
	var silent sync.Map // connections without a request yet
	s := &Server{Emulator: e, CertificatePEM: pem, stopped: make(chan struct{})}
	s.http = &http.Server{
		Handler:           s.Emulator,
		TLSConfig:         config,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      90 * time.Second, // includes a latency of up to a minute
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		// For errors such as failed handshakes. The default would write to stderr.
		ErrorLog: slog.NewLogLogger(s.logger.Handler(), slog.LevelWarn),
		// The emulator responds to OPTIONS * itself.
		DisableGeneralOptionsHandler: true,
		ConnState: func(conn net.Conn, state http.ConnState) {
			if state == http.StateNew {
				silent.Store(conn, nil)
			} else {
				silent.Delete(conn)
			}
		},
	}
	// Browsers open connections in advance. A shutdown would wait five seconds for each.
	s.http.RegisterOnShutdown(func() {
		<-s.stopped // from here on no new ones come
		for conn := range silent.Range {
			_ = conn.(net.Conn).Close()
		}
	})
	s.URL = "http://" + reachable(listener.Addr())
	if config != nil {
		s.URL = "https://" + reachable(listener.Addr())
	}
	go func() {
		if config != nil {
			s.err = s.http.ServeTLS(listener, "", "")
		} else {
			s.err = s.http.Serve(listener)
		}
		close(s.stopped)
	}()
	return s
}

// BaseURL returns the base URL of the API in the region KR.
func (s *Server) BaseURL() string { return s.URL + BasePaths()[0] }

// reachable returns an address to connect to, also for a server that listens on all addresses.
func reachable(addr net.Addr) string {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("127.0.0.1:%d", tcp.Port)
	}
	return addr.String()
}

// Shutdown stops listening, waits for the open requests, and closes the data file. When ctx ends it
// cuts the requests off, and returns an error.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		_ = s.http.Close()
		err = fmt.Errorf("stop emulator: open requests were cut off: %w", err)
	}
	return errors.Join(err, s.Emulator.Close())
}

// Stopped returns a channel that is closed when the server stops.
func (s *Server) Stopped() <-chan struct{} { return s.stopped }

// Err returns why the server stopped. It returns nil after Shutdown and Close, and while the server
// runs.
func (s *Server) Err() error {
	select {
	case <-s.stopped:
		if !errors.Is(s.err, http.ErrServerClosed) {
			return fmt.Errorf("run emulator: %w", s.err)
		}
	default:
	}
	return nil
}

// Close stops the server, cuts off open requests, and closes the data file.
func (s *Server) Close() {
	_ = s.http.Close()
	_ = s.Emulator.Close() // what was written is on the disk
}

// Format prints only the URL: fmt would read what the server is changing meanwhile.
func (s *Server) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "emulator at %s", s.URL) }
