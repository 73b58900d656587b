package proxy

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

// maxBodyBytes limits the body of a request. A request of the contracts has a few kilobytes.
const maxBodyBytes = 1 << 20

// sentHeaders are the headers of a request that are passed on. All others stay here: those between
// two hops, cookies, the token, what a browser adds, and the signature of the client.
var sentHeaders = []string{"Accept", "Accept-Language", "Content-Type"}

// keptHeaders are the headers of a response that are not passed on: those between two hops, those that
// tell a browser what to do with this origin, those of a request, which no response has, and that of the
// proxy's own responses.
var keptHeaders = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade", "Content-Length", "Content-Security-Policy", "Alt-Svc", "Clear-Site-Data", "Link",
	"Location", "Nel", "Refresh", "Report-To", "Reporting-Endpoints", "Service-Worker-Allowed", "Set-Cookie", "Sourcemap",
	"Strict-Transport-Security", "Timing-Allow-Origin", "Vary",
	signer.HeaderTimestamp, signer.HeaderAccessKey, signer.HeaderSignature, ownHeader,
}

// isKept reports whether a header of a response is not passed on.
func isKept(name string) bool {
	return strings.HasPrefix(name, "Access-Control-") ||
		slices.ContainsFunc(keptHeaders, func(kept string) bool { return strings.EqualFold(kept, name) })
}

// forward signs a request, sends it, and passes on the response. It makes one attempt.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), p.options.Timeout)
	defer cancel()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	if err != nil {
		refuseBody(w, r, err)
		return
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		refuse(w, r, http.StatusServiceUnavailable, "Too many requests are under way.")
		return
	}
	resp, err := p.send(ctx, r, body)
	if err != nil {
		refuseFailed(w, r, err)
		return
	}
	if resp.StatusCode/100 == 3 {
		refuse(w, r, http.StatusBadGateway, "The service sent a redirect. The proxy follows none and passes none on.")
		return
	}
	passOn(w, resp)
}

func refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		refuse(w, r, http.StatusRequestEntityTooLarge, "The body must have at most 1 MiB.")
		return
	}
	refuse(w, r, http.StatusBadRequest, "The body ended before it was complete.")
}

// refuseFailed responds to a request for which there is no response.
func refuseFailed(w http.ResponseWriter, r *http.Request, err error) {
	var failed *gateway.Error
	wasSent := errors.As(err, &failed)
	if !wasSent {
		refuse(w, r, http.StatusInternalServerError, "The request was not sent: "+gateway.Clean(err.Error()))
		return
	}
	words := "The service did not respond: " + failed.Reason() + "."
	if failed.MayHaveArrived() {
		words += " The request may have arrived."
	}
	if errors.Is(err, context.DeadlineExceeded) {
		refuse(w, r, http.StatusGatewayTimeout, words)
		return
	}
	refuse(w, r, http.StatusBadGateway, words)
}

// send sends the signed request. The response is a success or an error response of the service.
func (p *Proxy) send(ctx context.Context, r *http.Request, body []byte) (*http.Response, error) {
	known, rest := p.serviceOf(r.URL.EscapedPath())
	target := known.origin + known.prefix + rest
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	req, err := http.NewRequestWithContext(ctx, r.Method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	ofThisHop := connectionHeaders(r.Header)
	for _, name := range sentHeaders {
		if values := r.Header.Values(name); len(values) > 0 && !slices.Contains(ofThisHop, name) {
			req.Header[name] = slices.Clone(values)
		}
	}
	resp, err := p.options.Gateway.Do(req)
	var failed *gateway.Error
	if errors.As(err, &failed) && failed.Response() != nil {
		return failed.Response(), nil
	}
	return resp, err
}

// connectionHeaders returns the headers that the Connection header names as those of this hop.
func connectionHeaders(header http.Header) []string {
	var names []string
	for _, line := range header.Values("Connection") {
		for name := range strings.SplitSeq(line, ",") {
			names = append(names, http.CanonicalHeaderKey(strings.TrimSpace(name)))
		}
	}
	return names
}

// passOn writes a response of the service. A page in it can run no script, which would have the origin
// of the proxy.
func passOn(w http.ResponseWriter, resp *http.Response) {
	defer func() { _ = resp.Body.Close() }()
	header := w.Header()
	ofThatHop := connectionHeaders(resp.Header)
	for name, values := range resp.Header {
		if !isKept(name) && !slices.Contains(ofThatHop, name) {
			header[name] = values
		}
	}
	protect(header)
	w.WriteHeader(resp.StatusCode)
	_, _ = io.Copy(w, resp.Body) // fails only if the client left
}

// protect keeps a browser from running anything in a response.
func protect(header http.Header) {
	header.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	header.Set("Cache-Control", "no-store")
}
