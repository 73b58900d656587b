package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// offNetwork is the host of requests that a Transport serves. The name resolves nowhere (RFC 2606),
// so that a client without the Transport sends nothing.
const offNetwork = "emulator.invalid"

// BaseURL returns a base URL for clients that use [Emulator.Transport]. That of a [Server] is its
// address.
func (e *Emulator) BaseURL() string { return "https://" + offNetwork + BasePaths()[0] }

// Transport returns a transport that hands requests to the emulator in this process, without a
// network:
//
//	client := &http.Client{Transport: e.Transport()}
//
// It responds to any host. A response that the fault lose drops is an error that wraps [io.EOF], as
// over a network. When the context of a request ends, RoundTrip returns its error, and the emulator
// still completes the request.
func (e *Emulator) Transport() http.RoundTripper { return transport{e} }

type transport struct{ handler http.Handler }

// RoundTrip hands r to the emulator.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, errors.Join(err, closeBody(r))
	}
	received, err := receive(r)
	if err != nil {
		return nil, errors.Join(err, closeBody(r))
	}
	type result struct {
		response *http.Response
		err      error
	}
	served := make(chan result, 1)
	go func() {
		response, err := t.serve(received)
		served <- result{response, errors.Join(err, closeBody(r))}
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case result := <-served:
		if result.err != nil {
			return nil, result.err
		}
		result.response.Request = r
		return result.response, nil
	}
}

// receive returns a request as a server receives it.
func receive(r *http.Request) (*http.Request, error) {
	target := r.URL.RequestURI()
	parsed, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, fmt.Errorf("emulator transport: %w", err)
	}
	received := r.Clone(r.Context())
	received.RequestURI = target
	received.URL = parsed
	received.RemoteAddr = "127.0.0.1:0"
	if received.Host == "" {
		received.Host = r.URL.Host
	}
	if received.Header == nil {
		received.Header = http.Header{}
	}
	if received.Body == nil {
		received.Body = http.NoBody
	}
	return received, nil
}

// serve returns the response of the emulator.
func (t transport) serve(r *http.Request) (response *http.Response, err error) {
	defer func() {
		switch cause := recover(); cause {
		case nil:
		case http.ErrAbortHandler:
			response = nil
			err = fmt.Errorf("emulator transport: the connection was closed without a response: %w", io.EOF)
		default:
			panic(cause)
		}
	}()
	w := &recorder{header: http.Header{}}
	t.handler.ServeHTTP(w, r)
	return w.response(r), nil
}

func closeBody(r *http.Request) error {
	if r.Body == nil {
		return nil
	}
	return r.Body.Close()
}

// recorder is the ResponseWriter of a Transport.
type recorder struct {
	header http.Header
	status int
	sent   http.Header // the header at the time of WriteHeader
	body   bytes.Buffer
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
		w.sent = w.header.Clone()
	}
}

func (w *recorder) Write(data []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(data)
}

func (w *recorder) response(r *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	body := w.body.Bytes()
	if r.Method == http.MethodHead {
		body = nil
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.sent,
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
	}
}
