package access

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
)

// sender sends requests after they were signed. It notes whether a failed request was sent. What a
// credentials provider sends does not count, because it signs before.
type sender struct{ http *http.Client }

// sendError says why there is no response.
type sendError struct {
	request *http.Request
	unsent  bool // certainly not sent
	error
}

// Do is the method that the generated client calls.
func (s sender) Do(req *http.Request) (*http.Response, error) {
	var connecting, connected atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GetConn: func(string) { connecting.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	resp, err := s.http.Do(req)
	if err == nil {
		resp.Request = req // a custom RoundTripper may leave it out
		return resp, nil
	}
	if failed := (*url.Error)(nil); errors.As(err, &failed) {
		err = failed.Err // the operation says method and URL in better words
	}
	dial := (*net.OpError)(nil) // also from a transport that calls no trace
	noConn := connecting.Load() || errors.As(err, &dial) && dial.Op == "dial"
	return nil, &sendError{req, noConn && !connected.Load(), err}
}

func (e *sendError) Unwrap() error { return e.error }
