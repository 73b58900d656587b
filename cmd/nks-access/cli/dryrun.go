package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// unsentRequests keeps the requests that --dry-run does not send.
type unsentRequests struct{ requests []unsentRequest }

// unsentRequest is a request as -o json prints it.
type unsentRequest struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// errDryRun stops a write at its first request.
var errDryRun = errors.New("dry run")

// beforeSend lets reads pass, and stops all other requests.
func (u *unsentRequests) beforeSend(r *http.Request) error {
	if r.Method == http.MethodGet {
		return nil
	}
	request := unsentRequest{Method: r.Method, URL: r.URL.String()}
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return err
		}
		request.Body = body
	}
	u.requests = append(u.requests, request)
	return errDryRun
}

// sendNothing calls f with a client that keeps the requests of writes, and prints them.
func (w *writes) sendNothing(ctx context.Context, f writeFunc) error {
	unsent := &unsentRequests{requests: []unsentRequest{}}
	err := w.onCluster(ctx, func(ctx context.Context, on site) error {
		_, err := f(ctx, on)
		return err
	}, access.WithBeforeSend(unsent.beforeSend), once)
	if err != nil && !errors.Is(err, errDryRun) {
		return err
	}
	if w.output.isData() {
		return w.output.writeData(w.stdout, unsent.requests)
	}
	if len(unsent.requests) == 0 {
		w.say("Nothing would be sent.")
	}
	return unsent.write(w.stdout)
}

// write writes the requests as text.
func (u *unsentRequests) write(w io.Writer) error {
	for _, r := range u.requests {
		text := fmt.Sprintf("%s %s\n", r.Method, term.PrintableLine(r.URL))
		if len(r.Body) > 0 {
			text += fmt.Sprintf("Content-Type: application/json\n\n%s\n", term.EscapeJSON(r.Body))
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}
