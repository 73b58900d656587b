// Package signature verifies signatures as the gateway does.
package signature

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/signer"
)

// HeaderV1 is the older name of the signature header, which the provider's Go SDK sends.
const HeaderV1 = "X-Ncp-Apigw-Signature-V1"

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
	timestamp := header(r, signer.HeaderTimestamp)
	if timestamp == "" {
		return &MissingHeaderError{signer.HeaderTimestamp}
	}
	accessKey := header(r, signer.HeaderAccessKey)
	if accessKey == "" {
		return &MissingHeaderError{signer.HeaderAccessKey}
	}
	received := cmp.Or(header(r, signer.HeaderSignature), header(r, HeaderV1))
	if received == "" {
		return &MissingHeaderError{signer.HeaderSignature}
	}
	secretKey, ok := v.secretKey(accessKey)
	if !ok {
		return &UnknownKeyError{AccessKey: accessKey}
	}
	milliseconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return &TimestampError{Timestamp: timestamp}
	}
	now := v.clock()
	signedAt := time.UnixMilli(milliseconds)
	if signedAt.Sub(now).Abs() > MaxSkew {
		return &SkewError{Timestamp: signedAt, Now: now}
	}
	method := cmp.Or(r.Method, http.MethodGet)
	text := signer.StringToSign(method, target, timestamp, accessKey)
	if !hmac.Equal([]byte(received), []byte(Of(secretKey, text))) {
		return &SignatureError{StringToSign: text, Signature: received}
	}
	return nil
}

// Of returns the signature of text: its HMAC-SHA256 in base64.
func Of(secretKey, text string) string {
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// header returns a header of r. Values of two headers with the same name are joined (RFC 9110), so
// that none of them is valid alone.
func header(r *http.Request, name string) string { return strings.Join(r.Header.Values(name), ", ") }
