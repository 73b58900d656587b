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

// MaxSkew is how far a timestamp may be off the clock of the gateway, either way.
const MaxSkew = 5 * time.Minute

// Verifier checks signatures as the gateway does. It is safe for concurrent use.
type Verifier struct {
	secretKey func(accessKey string) (secretKey string, ok bool)
	clock     func() time.Time
	keys      sync.Map // *key by secret key, of which there are as many as secretKey knows
}

// NewVerifier returns a verifier that looks secret keys up with secretKey and takes the time from clock, or from time.Now
// when clock is nil.
func NewVerifier(secretKey func(accessKey string) (secretKey string, ok bool), clock func() time.Time) *Verifier {
	if clock == nil {
		clock = time.Now
	}
	return &Verifier{secretKey: secretKey, clock: clock}
}

// MissingHeaderError says that a request lacks one of the three headers.
type MissingHeaderError struct{ Header string }

// UnknownKeyError says that nobody has the access key.
type UnknownKeyError struct{ AccessKey string }

// TimestampError says that the timestamp is not a decimal integer.
type TimestampError struct{ Timestamp string }

// SkewError says that the timestamp is more than [MaxSkew] off the clock.
type SkewError struct {
	Timestamp time.Time
	Now       time.Time
}

// SignatureError says that the signature is wrong, and what should have been signed. It holds no secret.
type SignatureError struct {
	StringToSign string // what the verifier expected to be signed
	Signature    string // what came
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
	return fmt.Sprintf("timestamp %d is %s off the clock of the server (%d), more than %s",
		e.Timestamp.UnixMilli(), e.Timestamp.Sub(e.Now).Abs().Round(time.Millisecond), e.Now.UnixMilli(), MaxSkew)
}

func (e *SignatureError) Error() string {
	return fmt.Sprintf("wrong signature; the string to sign is %q", e.StringToSign)
}

// Verify returns nil when r is signed rightly, else one of [*MissingHeaderError], [*UnknownKeyError], [*TimestampError],
// [*SkewError] and [*SignatureError]. It takes the signature under its older name when there is none under the newer. It
// does not remember signatures, so it takes the same one again while its timestamp holds, as the gateway does.
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

// Format prints no more than the type: what looks the keys up may hold them.
func (v *Verifier) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "*signer.Verifier") }

func header(r *http.Request, name string) (string, error) {
	if value := r.Header.Get(name); value != "" {
		return value, nil
	}
	return "", &MissingHeaderError{Header: name}
}
