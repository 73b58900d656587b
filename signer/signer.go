// Package signer signs requests to NAVER Cloud's API Gateway (signature v2), and verifies such signatures.
//
// A [Signer] plugs into the generated client as a request editor:
//
//	sign := signer.New(signer.Static(accessKey, secretKey))
//	client, err := nks.NewClientWithResponses(nks.ServerURLKR,
//		nks.WithRequestEditorFn(sign.Sign),
//		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
//
// It signs any other request to the gateway as well. A signature covers the method, the path with the query, the time and
// the access key, not the body, and holds for five minutes for whoever has it. So a Signer refuses to sign for a URL that
// is neither HTTPS nor on this machine, and a client must not follow redirects, because Go's would take the headers along.
//
// Sources: the provider's API guide, page "Ncloud API", and the provider's Go SDK.
package signer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// The headers of a signed request, as Go spells them.
const (
	HeaderTimestamp   = "X-Ncp-Apigw-Timestamp"    // milliseconds since 1970, UTC
	HeaderAccessKey   = "X-Ncp-Iam-Access-Key"     // the access key
	HeaderSignature   = "X-Ncp-Apigw-Signature-V2" // the signature, in base64
	HeaderSignatureV1 = "X-Ncp-Apigw-Signature-V1" // its older name, which the provider's Go SDK sends
)

// Signer signs requests. It is safe for concurrent use.
type Signer struct {
	provider      Provider
	clock         func() time.Time
	allowInsecure bool
	offset        atomic.Int64
	last          atomic.Pointer[checkedKey]
}

// Option changes how a Signer works.
type Option func(*Signer)

// WithClock takes the time from clock, or from time.Now when clock is nil.
func WithClock(clock func() time.Time) Option {
	return func(s *Signer) {
		if clock != nil {
			s.clock = clock
		}
	}
}

// WithInsecureHTTP signs for plain HTTP beyond this machine, too. Anybody on the way can then read the signature, change
// the body, and repeat the request for five minutes.
func WithInsecureHTTP() Option { return func(s *Signer) { s.allowInsecure = true } }

// New returns a signer with the credentials of provider.
func New(provider Provider, options ...Option) *Signer {
	s := &Signer{provider: provider, clock: time.Now}
	for _, option := range options {
		option(s)
	}
	return s
}

// SetClockOffset adds offset to the clock from now on, to make up for a clock that is wrong: the gateway refuses a
// timestamp that is more than five minutes off its own.
func (s *Signer) SetClockOffset(offset time.Duration) { s.offset.Store(int64(offset)) }

// ClockOffset returns what SetClockOffset set.
func (s *Signer) ClockOffset() time.Duration { return time.Duration(s.offset.Load()) }

// InsecureURLError says that a request was not signed because its URL is neither HTTPS nor on this machine.
type InsecureURLError struct {
	URL string // scheme and host
}

func (e *InsecureURLError) Error() string {
	return fmt.Sprintf("not signing for %s: it is neither https nor this machine, and the signature does not cover the body", e.URL)
}

// Sign puts the three signature headers on req, replacing any that are there. Its errors are [*InsecureURLError],
// [*CredentialsError], or what the provider returned; then req is as it was. The request must be sent as it is now: each
// attempt is signed again.
func (s *Signer) Sign(ctx context.Context, req *http.Request) error {
	if req.URL == nil || req.URL.Opaque != "" {
		return errors.New("sign request: the URL has no path of its own")
	}
	loopback := req.URL.Scheme == "http" && IsLoopback(req.URL.Hostname())
	if req.URL.Scheme != "https" && !loopback && !s.allowInsecure {
		return &InsecureURLError{URL: req.URL.Scheme + "://" + req.URL.Host}
	}
	if s.provider == nil {
		return errors.New("sign request: the signer has no credentials provider")
	}
	credentials, err := s.provider.Credentials(ctx)
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	now := s.clock().Add(s.ClockOffset())
	key, err := s.keyFor(credentials)
	if err == nil {
		err = credentials.checkExpiry(now)
	}
	if err != nil {
		return fmt.Errorf("sign request: %w", err)
	}
	timestamp := strconv.FormatInt(now.UnixMilli(), 10)
	signature := key.sign(method(req), req.URL.RequestURI(), timestamp, credentials.AccessKey)

	if host := strings.ToLower(req.URL.Host); loopback && host != req.URL.Host {
		// http.ProxyFromEnvironment bypasses the proxy for localhost, but not for LOCALHOST.
		sent := *req.URL // others may hold the URL
		sent.Host = host
		req.URL = &sent
	}
	if req.Header == nil {
		req.Header = http.Header{}
	}
	for name := range req.Header {
		switch name {
		case HeaderTimestamp, HeaderAccessKey, HeaderSignature: // replaced below
		default:
			if isSignatureHeader(name) {
				delete(req.Header, name)
			}
		}
	}
	values := []string{timestamp, credentials.AccessKey, signature}
	req.Header[HeaderTimestamp] = values[0:1:1]
	req.Header[HeaderAccessKey] = values[1:2:2]
	req.Header[HeaderSignature] = values[2:3:3]
	return nil
}

// Format prints no more than the type, since a provider may hold a secret key that it does not hide.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "*signer.Signer") }

// NoRedirect is for the CheckRedirect of an http.Client that sends signed requests. The client then returns a redirect as
// it is, in place of sending the signature on to wherever it points.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// StringToSign returns the string that a signature is made of. Target is the path with the query exactly as sent;
// timestamp and access key are the values of their headers.
func StringToSign(method, target, timestamp, accessKey string) string {
	return string(appendStringToSign(nil, method, target, timestamp, accessKey))
}

func appendStringToSign(b []byte, method, target, timestamp, accessKey string) []byte {
	b = append(b, method...)
	b = append(b, ' ')
	b = append(b, target...)
	b = append(b, '\n')
	b = append(b, timestamp...)
	b = append(b, '\n')
	return append(b, accessKey...)
}

// method is what goes over the wire: Go sends GET when there is none.
func method(r *http.Request) string {
	if r.Method == "" {
		return http.MethodGet
	}
	return r.Method
}

// IsLoopback reports whether a connection to host, which has no port, stays on this machine. It is true for localhost in
// any case and for loopback IP addresses. Other spellings, such as "localhost.", "127.1" and addresses with a zone, are
// false: [http.ProxyFromEnvironment] may send requests for them to a proxy.
func IsLoopback(host string) bool {
	if strings.ToLower(host) == "localhost" { // EqualFold would also match localhoſt
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == "" && addr.Unmap().IsLoopback()
}

// isSignatureHeader finds the headers however they are spelled: a map key that is not in Go's form is sent as well.
func isSignatureHeader(name string) bool {
	return len(name) >= len(HeaderAccessKey) && (strings.EqualFold(name, HeaderTimestamp) ||
		strings.EqualFold(name, HeaderAccessKey) || strings.EqualFold(name, HeaderSignature) ||
		strings.EqualFold(name, HeaderSignatureV1))
}
