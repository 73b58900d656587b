package access

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// sender sends signed requests, and logs them. It notes whether a failed request was sent. Requests
// of a credentials provider do not pass through it.
type sender struct {
	http   *http.Client
	logger *slog.Logger
}

// Do is the method that the generated client calls. If there is no response, the error is an
// [*Error]. Its caller sets Op.
func (s sender) Do(req *http.Request) (*http.Response, error) {
	var connecting, connected atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { connecting.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	start := time.Now()
	resp, err := s.http.Do(req.WithContext(ctx))
	attrs := []any{"method", req.Method, "path", req.URL.Path}
	if err == nil {
		s.logger.DebugContext(ctx, "request", append(attrs, "status", resp.StatusCode, "duration", time.Since(start))...)
		return resp, nil
	}
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err // the operation says method and URL in better words
	}
	s.logger.DebugContext(ctx, "request", append(attrs, "error", err.Error(), "duration", time.Since(start))...)
	dial := (*net.OpError)(nil) // also from a transport that calls no trace
	noConn := connecting.Load() || errors.As(err, &dial) && dial.Op == "dial"
	return nil, &Error{Err: err, unsent: noConn && !connected.Load()}
}
