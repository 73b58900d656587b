package signer

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"
)

// Credentials are a key pair of an account or a sub account. They print, log and marshal to JSON, XML and YAML without the
// secret key. Keep them in exported fields, in pointers or in providers: fmt prints what is in an unexported field without
// asking it how.
type Credentials struct {
	AccessKey string
	SecretKey string `json:"-" xml:"-" yaml:"-"`
	// Expires is when the pair stops working, as that of a server role does. Zero means never.
	Expires time.Time
}

// Provider gives the credentials to sign the next request with. The signer asks before every request, so a provider whose
// credentials expire can renew them, and should keep them while they last. It must be safe for concurrent use.
type Provider interface {
	Credentials(ctx context.Context) (Credentials, error)
}

// ProviderFunc is a function as a [Provider].
type ProviderFunc func(ctx context.Context) (Credentials, error)

// Credentials calls f.
func (f ProviderFunc) Credentials(ctx context.Context) (Credentials, error) { return f(ctx) }

// Static provides one key pair for ever.
func Static(accessKey, secretKey string) Provider {
	return ProviderFunc(func(context.Context) (Credentials, error) {
		return Credentials{AccessKey: accessKey, SecretKey: secretKey}, nil
	})
}

// CredentialsError says that a key pair cannot be signed with. It does not hold the keys.
type CredentialsError struct {
	Key    string // which key, "access key" or "secret key", or "" when it is about the pair
	Reason string // what is wrong with it, such as "is empty"
}

func (e *CredentialsError) Error() string {
	if e.Key == "" {
		return "credentials " + e.Reason
	}
	return e.Key + " " + e.Reason
}

func (c Credentials) checkKeys() error {
	if err := checkKey("access key", c.AccessKey); err != nil {
		return err
	}
	if err := checkKey("secret key", c.SecretKey); err != nil {
		return err
	}
	// HTTP carries the access key in a header, as visible ASCII.
	if i := strings.IndexFunc(c.AccessKey, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
		return &CredentialsError{Key: "access key", Reason: fmt.Sprintf("holds a character that no access key has (byte %d of %d)", i+1, len(c.AccessKey))}
	}
	return nil
}

func (c Credentials) checkExpiry(now time.Time) error {
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return &CredentialsError{Reason: "expired at " + c.Expires.UTC().Format(time.RFC3339)}
	}
	return nil
}

// checkKey finds what slips into a key when it is pasted.
func checkKey(name, key string) error {
	if key == "" {
		return &CredentialsError{Key: name, Reason: "is empty"}
	}
	for i, r := range key {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return &CredentialsError{Key: name, Reason: fmt.Sprintf(
				"holds a control character or line break (U+%04X, byte %d of %d)", r, i+1, len(key))}
		}
	}
	if strings.TrimSpace(key) != key {
		return &CredentialsError{Key: name, Reason: "begins or ends with a space"}
	}
	return nil
}

// String names the access key and leaves out the secret key.
func (c Credentials) String() string {
	secret := "none"
	if c.SecretKey != "" {
		secret = "hidden"
	}
	return fmt.Sprintf("access key %q, secret key %s", c.AccessKey, secret)
}

// Format prints what String returns, whatever the verb, so that none of them prints the secret key.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue logs the access key alone.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("accessKey", c.AccessKey))
}
