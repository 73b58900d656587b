package signer

import (
	"cmp"
	"crypto/hmac"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// MaxSkew is the largest difference between a timestamp and the clock of the gateway.
const MaxSkew = 5 * time.Minute

// Verifier verifies signatures as the gateway does. It is safe for concurrent use.
type Verifier struct {
	secretKey func(accessKey string) (secretKey string, ok bool)
	clock     func() time.Time
}

// NewVerifier returns a Verifier that calls secretKey to look up the secret key of an access key.
// If clock is nil, it uses time.Now.
func NewVerifier(secretKey func(accessKey string) (secretKey string, ok bool), clock func() time.Time) *Verifier {
	if clock == nil {
		clock = time.Now
	}
	return &Verifier{secretKey: secretKey, clock: clock}
}

// MissingHeaderError reports a request without one of the three signature headers.
type MissingHeaderError struct{ Header string }

// UnknownKeyError reports an access key without a known secret key.
type UnknownKeyError struct{ AccessKey string }

// TimestampError reports a timestamp that is not a decimal integer.
type TimestampError struct{ Timestamp string }

// SkewError reports a timestamp that differs from the clock of the server by more than [MaxSkew].
type SkewError struct {
	Timestamp, Now time.Time // Now is by the clock of the server
}

// SignatureError reports a wrong signature. It does not contain the secret key or the right
// signature.
type SignatureError struct {
	StringToSign string // the string that the client should have signed
	Signature    string // as received
}

func (e *MissingHeaderError) Error() string { return "missing header " + strings.ToLower(e.Header) }

func (e *UnknownKeyError) Error() string { return fmt.Sprintf("unknown access key %q", e.AccessKey) }

func (e *TimestampError) Error() string {
	return fmt.Sprintf("timestamp %q is not a number of milliseconds since 1970", e.Timestamp)
}

func (e *SkewError) Error() string {
	return fmt.Sprintf("timestamp %d differs from the clock of the server (%d) by %s, which is more than %s",
		e.Timestamp.UnixMilli(), e.Now.UnixMilli(), e.Timestamp.Sub(e.Now).Abs().Round(time.Millisecond), MaxSkew)
}

func (e *SignatureError) Error() string {
	return fmt.Sprintf("wrong signature; the string to sign is %q", e.StringToSign)
}

// Verify returns nil if the signature of r is valid. It accepts the older name of the signature
// header. It also accepts a signature that it has seen before, as the gateway does.
//
// Verify returns a [*TargetError], [*MissingHeaderError], [*UnknownKeyError], [*TimestampError],
// [*SkewError] or [*SignatureError]. Call it before something changes r.URL, see [Target].
func (v *Verifier) Verify(r *http.Request) error {
	target, err := Target(r)
	if err != nil {
		return err
	}
	timestamp, accessKey := header(r, HeaderTimestamp), header(r, HeaderAccessKey)
	signature := cmp.Or(header(r, HeaderSignature), header(r, HeaderSignatureV1))
	switch "" {
	case timestamp:
		return &MissingHeaderError{HeaderTimestamp}
	case accessKey:
		return &MissingHeaderError{HeaderAccessKey}
	case signature:
		return &MissingHeaderError{HeaderSignature}
	}
	secretKey, ok := v.secretKey(accessKey)
	if !ok {
		return &UnknownKeyError{AccessKey: accessKey}
	}
	milliseconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return &TimestampError{Timestamp: timestamp}
	}
	if at, now := time.UnixMilli(milliseconds), v.clock(); at.Sub(now).Abs() > MaxSkew {
		return &SkewError{Timestamp: at, Now: now}
	}
	method := cmp.Or(r.Method, http.MethodGet)
	if !hmac.Equal([]byte(signature), []byte(newKey(accessKey, secretKey).sign(method, target, timestamp))) {
		return &SignatureError{StringToSign: StringToSign(method, target, timestamp, accessKey), Signature: signature}
	}
	return nil
}

// header returns a header of r. Values of two headers with the same name are joined (RFC 9110), so
// that none of them is valid alone.
func header(r *http.Request, name string) string { return strings.Join(r.Header.Values(name), ", ") }

// TargetError reports a request whose target is ambiguous. No signature is valid for it.
type TargetError struct {
	Target string // as received
	Reason string // what is wrong, such as "no path"
}

func (e *TargetError) Error() string { return fmt.Sprintf("request target %q: %s", e.Target, e.Reason) }

var absoluteForm = regexp.MustCompile(`(?s)^(?i:https?)://[^/]+(/.*)$`)

// Target returns the target of a received request: the path and query exactly as sent, which the
// signature covers. It returns a [*TargetError] if the request line and r.URL disagree, because a
// handler executes r.URL.
//
// The request line may contain an absolute http or https URL, as sent to a proxy. If r.RequestURI
// is empty, because the handler was called without a connection, Target uses only r.URL. Call
// Target before something changes r.URL, such as [http.StripPrefix].
func Target(r *http.Request) (string, error) {
	refuse := func(reason string) (string, error) { return "", &TargetError{Target: r.RequestURI, Reason: reason} }
	if r.URL == nil {
		return refuse("no URL")
	}
	target := r.RequestURI
	if target == "" {
		if r.URL.Opaque != "" || !strings.HasPrefix(r.URL.Path, "/") {
			return refuse("the path of the URL does not start with a slash")
		}
		return r.URL.RequestURI(), nil
	}
	if !strings.HasPrefix(target, "/") {
		path := absoluteForm.FindStringSubmatch(target)
		if path == nil {
			return refuse("it must be a path, or an http or https URL with a host and a path")
		}
		target = path[1]
	}
	// The same parser makes r.URL. A user name or an opaque part is a difference.
	want, err := url.ParseRequestURI(target)
	if err != nil {
		return refuse("invalid path or query")
	}
	got := *r.URL
	got.Scheme, got.Host = "", ""
	if got != *want {
		return refuse("it differs from the URL that the server uses")
	}
	return target, nil
}
