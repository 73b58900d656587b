package gateway

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// handler makes one attempt of a request. The response is a success (2XX) with a body that has been
// read. Everything else is an error.
type handler func(*http.Request) (*http.Response, error)

// chain assembles the way of one attempt. The last layer is the first that sees the request.
func (g *Gateway) chain() handler {
	h := g.send           // over the wire
	h = g.logged(h)       // what was sent, and how long it took
	h = g.checked(h)      // reads the response; a failed one becomes an Error
	h = g.announced(h)    // BeforeSend
	h = g.signed(h)       // with the time of this attempt
	h = g.limited(h)      // time of one attempt, until the response is read
	h = g.clockChecked(h) // after a 401 because of a wrong clock, once more
	h = g.introduced(h)   // User-Agent and region
	return h
}

// Do makes one attempt, without retries. It is the method that generated clients call. The response
// is a success, and closing its body is not needed. An error is an [*Error] without Op if the
// request was sent or no connection was found; otherwise it says why the request was not sent.
func (g *Gateway) Do(req *http.Request) (*http.Response, error) { return g.handle(req) }

// introduced sets the headers that say who asks. The provider's Go SDK sends the region to NKS, too.
func (g *Gateway) introduced(next handler) handler {
	agent := strings.TrimSpace(g.config.UserAgent + " nks-access")
	return func(req *http.Request) (*http.Response, error) {
		req.Header.Set("User-Agent", agent)
		isForNKS := strings.HasPrefix(req.URL.String(), g.settings.BaseURL)
		if g.settings.Region != "" && isForNKS {
			req.Header.Set("X-Ncp-Region_code", g.settings.Region)
		}
		return next(req)
	}
}

func (g *Gateway) limited(next handler) handler {
	return func(req *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithTimeout(req.Context(), g.config.Retry.TryTimeout)
		defer cancel()
		return next(req.WithContext(ctx))
	}
}

func (g *Gateway) signed(next handler) handler {
	return func(req *http.Request) (*http.Response, error) {
		if err := g.signer.Sign(req.Context(), req); err != nil {
			return nil, err
		}
		return next(req)
	}
}

func (g *Gateway) announced(next handler) handler {
	if g.config.BeforeSend == nil {
		return next
	}
	return func(req *http.Request) (*http.Response, error) {
		if err := g.config.BeforeSend(req); err != nil {
			return nil, err
		}
		return next(req)
	}
}

func (g *Gateway) logged(next handler) handler {
	return func(req *http.Request) (*http.Response, error) {
		start := time.Now()
		resp, err := next(req)
		attrs := []any{"method", req.Method, "path", req.URL.Path}
		if err != nil {
			attrs = append(attrs, "error", err.Error())
		} else {
			attrs = append(attrs, "status", resp.StatusCode)
		}
		g.config.Logger.DebugContext(req.Context(), "request", append(attrs, "duration", time.Since(start))...)
		return resp, err
	}
}

// send sends a request over the wire. Its error notes whether a connection was found: without one
// the request was not sent.
func (g *Gateway) send(req *http.Request) (*http.Response, error) {
	var connecting, connected atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { connecting.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	resp, err := g.http.Do(req.WithContext(ctx))
	if err == nil {
		return resp, nil
	}
	failed := &Error{Err: err}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		failed.Err = wrapped.Err // the operation says method and URL in better words
	}
	noConnection := connecting.Load() || isDialError(err) // a transport of a test may call no trace
	failed.unsent = noConnection && !connected.Load()
	return nil, failed
}

func isDialError(err error) bool {
	var dial *net.OpError
	return errors.As(err, &dial) && dial.Op == "dial"
}

// triedError is an error with the operation that was tried.
type triedError struct {
	op  string
	err error
}

func (e *triedError) Error() string { return e.op + ": " + e.err.Error() }

func (e *triedError) Unwrap() error { return e.err }

// During returns err with the operation that was tried, such as "list clusters". An [*Error] gets it
// as Op, unless it has one. No error gets the same operation twice.
func During(op string, err error) error {
	if err == nil {
		return nil
	}
	if tried, isTried := err.(*triedError); isTried && tried.op == op {
		return err
	}
	failed, isError := err.(*Error)
	if !isError {
		return &triedError{op, err}
	}
	if failed.Op == "" {
		failed.Op = op
	}
	return failed
}
