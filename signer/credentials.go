package signer

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
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

// Validate returns a [*KeyError] if a key is empty or contains characters that cannot be part of it.
func (c Credentials) Validate() error {
	notInHeader := func(r rune) bool { return r <= ' ' || r > '~' }
	if problem := findProblem(c.AccessKey, notInHeader); problem != "" {
		return &KeyError{Key: "access key", Problem: problem}
	}
	notInLine := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	if problem := findProblem(c.SecretKey, notInLine); problem != "" {
		return &KeyError{Key: "secret key", Problem: problem}
	}
	return nil
}

// KeyError says what is wrong with a key. It does not contain the key.
type KeyError struct {
	Key     string // "access key" or "secret key"
	Problem string
}

func (e *KeyError) Error() string { return e.Key + " " + e.Problem }

// findProblem finds what is often pasted with a key, such as a line break. It returns "" if the key
// is well-formed.
func findProblem(text string, invalid func(rune) bool) string {
	if text == "" {
		return "is empty"
	}
	if i := strings.IndexFunc(text, invalid); i >= 0 {
		r, _ := utf8.DecodeRuneInString(text[i:])
		return fmt.Sprintf("contains the invalid character %+q (byte %d of %d)", r, i+1, len(text))
	}
	if strings.TrimSpace(text) != text {
		return "begins or ends with a space"
	}
	return ""
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
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.String()) }
