package cli

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/nks-access/nks-access/signer"
)

// shownRequests is a transport that shows each request line, string to sign, and response.
type shownRequests struct {
	out    io.Writer
	tamper bool // change the request after it was signed
}

// RoundTrip sends a request.
func (s *shownRequests) RoundTrip(r *http.Request) (*http.Response, error) {
	stringToSign := signer.StringToSign(
		r.Method, r.URL.RequestURI(), r.Header.Get(signer.HeaderTimestamp), r.Header.Get(signer.HeaderAccessKey))
	if s.tamper {
		r = r.Clone(r.Context())
		r.Method = http.MethodDelete
	}
	fmt.Fprintf(s.out, "\n   > %s %s\n", r.Method, r.URL.RequestURI())
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(s.out, "   > %s\n", body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	fmt.Fprintf(s.out, "     signed    %q\n     signature %s\n", stringToSign, r.Header.Get(signer.HeaderSignature))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	shown := string(bytes.TrimSpace(body))
	if strings.Contains(r.URL.Path, "/api/v1/") { // responses with names also have e-mail addresses
		shown = fmt.Sprintf("(%d bytes)", len(body))
	}
	fmt.Fprintf(s.out, "   < %s\n   < %s\n", resp.Status, shown)
	return resp, err
}
