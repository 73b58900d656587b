package signer

import (
	"crypto/hmac"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// MaxSkew is the largest difference between a timestamp and the clock of the gateway.
const MaxSkew = 5 * time.Minute

// Verifier verifies signatures as the gateway does. It is safe for concurrent use.
type Verifier struct {
	secretKey func(accessKey string) (secretKey string, ok bool)
	clock     func() time.Time
	keys      sync.Map // *key by secret key; secretKey bounds their number
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
	Timestamp time.Time
	Now       time.Time // by the clock of the server
}

// SignatureError reports a wrong signature. It does not contain the secret key or the right
// signature.
type SignatureError struct {
	StringToSign string // the string that the client should have signed
	Signature    string // as received
}

func (e *MissingHeaderError) Error() string {
	return "missing header " + strings.ToLower(e.Header)
}

func (e *UnknownKeyError) Error() string {
	return fmt.Sprintf("unknown access key %q", e.AccessKey)
}

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
	timestamp, err := header(r, HeaderTimestamp)
	if err != nil {
		return err
	}
	accessKey, err := header(r, HeaderAccessKey)
	if err != nil {
		return err
	}
	signature, err := header(r, HeaderSignature)
	if err != nil {
		var errV1 error
		if signature, errV1 = header(r, HeaderSignatureV1); errV1 != nil {
			return err
		}
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
	if !hmac.Equal([]byte(signature), []byte(v.keyFor(secretKey).sign(method(r), target, timestamp, accessKey))) {
		return &SignatureError{StringToSign: StringToSign(method(r), target, timestamp, accessKey), Signature: signature}
	}
	return nil
}

func (v *Verifier) keyFor(secret string) *key {
	if k, ok := v.keys.Load(secret); ok {
		return k.(*key)
	}
	k, _ := v.keys.LoadOrStore(secret, newKey(secret))
	return k.(*key)
}

// Format prints only the type, because secretKey may hold secret keys.
func (v *Verifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "*signer.Verifier") }

func header(r *http.Request, name string) (string, error) {
	if value := r.Header.Get(name); value != "" {
		return value, nil
	}
	return "", &MissingHeaderError{Header: name}
}
