package cli

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// unsentRequests keeps the requests that --dry-run does not send. It is a transport that sends reads.
type unsentRequests struct {
	reads    http.RoundTripper // nil for the default
	requests []unsentRequest
}

// unsentRequest is a request as -o json prints it.
type unsentRequest struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// errDryRun stops a write at its first request.
var errDryRun = errors.New("dry run")

// option makes a client use the transport.
func (u *unsentRequests) option() access.Option {
	u.requests = []unsentRequest{}
	return access.WithHTTPClient(&http.Client{Transport: u})
}

// RoundTrip sends reads and keeps all other requests.
func (u *unsentRequests) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return cmp.Or(u.reads, http.DefaultTransport).RoundTrip(r)
	}
	request := unsentRequest{Method: r.Method, URL: r.URL.String()}
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		request.Body = body
	}
	u.requests = append(u.requests, request)
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host) // without a GotConn, the client knows that nothing was sent
	}
	return nil, errDryRun
}

// write writes the requests as text.
func (u *unsentRequests) write(w io.Writer) error {
	for _, r := range u.requests {
		text := fmt.Sprintf("%s %s\n", r.Method, term.PrintableLine(r.URL))
		if r.Body != nil {
			text += fmt.Sprintf("Content-Type: application/json\n\n%s\n", term.EscapeJSON(r.Body))
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}
