// Package signer signs requests to NAVER Cloud's API Gateway (signature v2).
//
// A [Signer] signs any request to the gateway. In the generated client, it is a request editor:
//
//	sign := signer.New(signer.Static(accessKey, secretKey))
//	client, err := nks.NewClientWithResponses(nks.ServerURLKR,
//		nks.WithRequestEditorFn(sign.Sign),
//		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
//
// The signature covers the method, the path, the query, the timestamp and the access key. It does
// not cover the body. Whoever sees a signature can use it again for five minutes. Therefore a
// Signer signs only for HTTPS and for this machine, and a client must not follow redirects: Go's
// HTTP client would send the signature to the new host.
//
// Sources: the provider's API guide, page "Ncloud API", and the provider's Go SDK.
package signer

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The headers of a signed request, in the canonical form of net/http.
const (
	HeaderTimestamp = "X-Ncp-Apigw-Timestamp"    // milliseconds since 1970, UTC
	HeaderAccessKey = "X-Ncp-Iam-Access-Key"     // the access key
	HeaderSignature = "X-Ncp-Apigw-Signature-V2" // the signature, in base64
)

// headerSignatureV1 is the older name of the signature header.
const headerSignatureV1 = "X-Ncp-Apigw-Signature-V1"

// Signer signs requests. It is safe for concurrent use.
type Signer struct {
	provider      Provider
	clock         func() time.Time
	allowInsecure bool
	last          atomic.Pointer[key]
}

// Option configures a [Signer].
type Option func(*Signer)

// WithClock sets the clock. The default is time.Now.
func WithClock(clock func() time.Time) Option { return func(s *Signer) { s.clock = clock } }

// WithInsecureHTTP allows plain HTTP to other machines. Anyone between client and server can then
// read the signature, change the body, and repeat the request for five minutes.
func WithInsecureHTTP() Option { return func(s *Signer) { s.allowInsecure = true } }

// New returns a Signer that gets its credentials from provider.
func New(provider Provider, options ...Option) *Signer {
	s := &Signer{provider: provider}
	for _, option := range options {
		option(s)
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	return s
}

// InsecureURLError reports a request that was not signed because it would leave this machine
// without HTTPS.
type InsecureURLError struct{ URL string } // scheme and host

func (e *InsecureURLError) Error() string {
	const reason = "it is neither https nor this machine, and the signature does not cover the body"
	return fmt.Sprintf("not signing for %s: %s", e.URL, reason)
}

// Sign sets the three signature headers of req and replaces existing ones. Send the request as it
// is afterwards, and sign it again before each retry.
//
// Without [WithInsecureHTTP], a plain HTTP request is signed only if it is for this machine, see
// [IsLoopback]. Sign then writes its host in lower case, so that [http.ProxyFromEnvironment]
// selects no proxy. If the HTTP client has another Proxy function, it must not select one either.
//
// Sign returns an [*InsecureURLError] for plain HTTP to another machine, and a [*KeyError] for a
// malformed key. It returns errors of the credentials as they are. It does not change req if it
// returns an error.
func (s *Signer) Sign(ctx context.Context, req *http.Request) error {
	if req.URL == nil || req.URL.Opaque != "" {
		return errors.New("a request without a URL, or with an opaque one, cannot be signed")
	}
	loopback := req.URL.Scheme == "http" && IsLoopback(req.URL.Hostname())
	if req.URL.Scheme != "https" && !loopback && !s.allowInsecure {
		return &InsecureURLError{URL: req.URL.Scheme + "://" + req.URL.Host}
	}
	now := s.clock()
	pair, err := s.keyFor(ctx, now)
	if err != nil {
		return err
	}
	timestamp := strconv.FormatInt(now.UnixMilli(), 10)
	method := cmp.Or(req.Method, http.MethodGet)
	signature := pair.sign(method, req.URL.RequestURI(), timestamp)
	if loopback {
		writeHostInLowerCase(req)
	}
	setHeaders(req, timestamp, pair.accessKey, signature)
	return nil
}

// writeHostInLowerCase makes http.ProxyFromEnvironment bypass the proxy: it does so for localhost, but
// not for LOCALHOST.
func writeHostInLowerCase(req *http.Request) {
	host := strings.ToLower(req.URL.Host)
	if host == req.URL.Host {
		return
	}
	sent := *req.URL // others may hold the URL
	sent.Host = host
	req.URL = &sent
}

// setHeaders replaces the headers of a signature.
func setHeaders(req *http.Request, timestamp, accessKey, signature string) {
	if req.Header == nil {
		req.Header = http.Header{}
	}
	for name := range req.Header { // Go sends names that are not in canonical form, too
		switch http.CanonicalHeaderKey(name) {
		case HeaderTimestamp, HeaderAccessKey, HeaderSignature, headerSignatureV1:
			delete(req.Header, name)
		}
	}
	values := []string{timestamp, accessKey, signature} // one allocation for three headers
	req.Header[HeaderTimestamp] = values[0:1:1]
	req.Header[HeaderAccessKey] = values[1:2:2]
	req.Header[HeaderSignature] = values[2:3:3]
}

// Format prints only the type, because the provider may hold a secret key.
func (s *Signer) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, "*signer.Signer") }

// NoRedirect is a CheckRedirect function for [http.Client]. The client returns a redirect response
// and does not follow it, so that the signature is not sent to another host.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// IsLoopback reports whether host, which has no port, is this machine. It returns true for
// localhost in upper or lower case and for loopback IP addresses. It returns false for other
// spellings, such as "localhost.", "127.1" and addresses with a zone, because
// [http.ProxyFromEnvironment] may select a proxy for them.
func IsLoopback(host string) bool {
	if strings.ToLower(host) == "localhost" { // EqualFold would also match localhoſt
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Zone() == "" && addr.Unmap().IsLoopback()
}

// key signs with one key pair. It keeps the HMAC that the secret key was set up in, because the setup
// is half of the work of a signature.
type key struct {
	accessKey, secretKey string

	mu                   sync.Mutex // held while the fields below are in use
	mac                  hash.Hash
	text, sum, signature []byte
}

// sign returns the signature.
func (k *key) sign(method, target, timestamp string) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.text = appendStringToSign(k.text[:0], method, target, timestamp, k.accessKey)
	k.mac.Reset()
	k.mac.Write(k.text)
	k.sum = k.mac.Sum(k.sum[:0])
	k.signature = base64.StdEncoding.AppendEncode(k.signature[:0], k.sum)
	return string(k.signature)
}

// keyFor returns the key of the provider's key pair. It keeps the last one, because a signer usually has
// only one.
func (s *Signer) keyFor(ctx context.Context, now time.Time) (*key, error) {
	c, err := s.provider.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return nil, fmt.Errorf("credentials expired at %s", c.Expires.UTC().Format(time.RFC3339))
	}
	last := s.last.Load()
	if last != nil && last.accessKey == c.AccessKey && last.secretKey == c.SecretKey {
		return last, nil
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(c.SecretKey))
	last = &key{accessKey: c.AccessKey, secretKey: c.SecretKey, mac: mac}
	s.last.Store(last)
	return last, nil
}

// StringToSign returns the string that is signed. The target is the path and query exactly as
// sent. The timestamp and the access key are the values of their headers.
func StringToSign(method, target, timestamp, accessKey string) string {
	return string(appendStringToSign(nil, method, target, timestamp, accessKey))
}

func appendStringToSign(text []byte, method, target, timestamp, accessKey string) []byte {
	text = append(text, method...)
	text = append(text, ' ')
	text = append(text, target...)
	text = append(text, '\n')
	text = append(text, timestamp...)
	text = append(text, '\n')
	return append(text, accessKey...)
}
