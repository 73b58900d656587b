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

// Credentials are a key pair of an account or a sub account. They are printed, logged and marshaled
// to JSON, XML and YAML without the secret key. Do not keep them by value in an unexported field:
// fmt does not call the methods of such a field and prints the secret key.
type Credentials struct {
	AccessKey string
	SecretKey string `json:"-" xml:"-" yaml:"-"`
	// Expires is the time when the key pair stops working, such as that of a server role. Zero
	// means never.
	Expires time.Time
}

// Provider returns the credentials for the next request. The signer calls it for every request, so
// a provider can renew credentials that expire. It should cache them until then. It must be safe
// for concurrent use.
type Provider interface {
	Credentials(ctx context.Context) (Credentials, error)
}

// ProviderFunc is a function that implements [Provider].
type ProviderFunc func(ctx context.Context) (Credentials, error)

// Credentials calls f.
func (f ProviderFunc) Credentials(ctx context.Context) (Credentials, error) { return f(ctx) }

// Static returns a provider of one key pair that does not expire.
func Static(accessKey, secretKey string) Provider {
	return ProviderFunc(func(context.Context) (Credentials, error) {
		return Credentials{AccessKey: accessKey, SecretKey: secretKey}, nil
	})
}

// CredentialsError reports a key pair that is invalid or has expired. It does not contain the keys.
type CredentialsError struct {
	Key    string // "access key", "secret key", or "" for the pair
	Reason string // what is wrong, such as "is empty"
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
	// The access key is sent in a header, which holds visible ASCII characters.
	if i := strings.IndexFunc(c.AccessKey, func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
		return &CredentialsError{Key: "access key", Reason: fmt.Sprintf(
			"contains an invalid character (byte %d of %d)", i+1, len(c.AccessKey))}
	}
	return nil
}

func (c Credentials) checkExpiry(now time.Time) error {
	if !c.Expires.IsZero() && !now.Before(c.Expires) {
		return &CredentialsError{Reason: "expired at " + c.Expires.UTC().Format(time.RFC3339)}
	}
	return nil
}

// checkKey returns an error if the key is empty or contains what is often pasted with it, such as
// a line break.
func checkKey(name, key string) error {
	if key == "" {
		return &CredentialsError{Key: name, Reason: "is empty"}
	}
	for i, r := range key {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return &CredentialsError{Key: name, Reason: fmt.Sprintf(
				"contains a control character or line break (U+%04X, byte %d of %d)", r, i+1, len(key))}
		}
	}
	if strings.TrimSpace(key) != key {
		return &CredentialsError{Key: name, Reason: "begins or ends with a space"}
	}
	return nil
}

// String returns the access key, and whether there is a secret key.
func (c Credentials) String() string {
	secret := "none"
	if c.SecretKey != "" {
		secret = "hidden"
	}
	return fmt.Sprintf("access key %q, secret key %s", c.AccessKey, secret)
}

// Format prints the result of String for every verb, so that no verb prints the secret key.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// LogValue returns only the access key.
func (c Credentials) LogValue() slog.Value {
	return slog.GroupValue(slog.String("accessKey", c.AccessKey))
}
