package clinic

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nks-access/nks-access/signer"
)

// A diagnosis may be stored, and a header may be long.
const (
	maxShown  = 2 << 10 // bytes of a value
	maxQuoted = 200     // bytes of a value inside a sentence
)

func clip(value string, most int) string {
	if len(value) > most {
		return strings.ToValidUTF8(value[:most], "") + "…"
	}
	return value
}

// quote quotes a value of the request. It hides secrets twice: an escape such as \x16 may complete
// a secret key.
func (c *clinic) quote(value string) string {
	return c.hide.In(strconv.Quote(clip(c.hide.In(value), maxQuoted)))
}

// Hider replaces secret keys in texts. Clients send them where they do not belong.
type Hider []string

// NewHider returns a Hider for the secret keys of keys.
func NewHider(keys []signer.Credentials) Hider {
	var secrets []string
	for _, key := range keys {
		secret := strings.TrimSpace(key.SecretKey)
		secrets = append(secrets, secret)
		for _, escaped := range []string{url.QueryEscape(secret), url.PathEscape(secret)} {
			if escaped != secret {
				secrets = append(secrets, escaped)
			}
		}
	}
	// The longest first: one secret may be part of another.
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	return secrets
}

const hidden = "(hidden)"

// In returns value with every secret key replaced.
func (h Hider) In(value string) string {
	for _, secret := range h {
		// A secret shorter than this would be found in ordinary words.
		if len(secret) >= 8 {
			value = strings.ReplaceAll(value, secret, hidden)
		} else if secret != "" && strings.TrimSpace(value) == secret {
			return hidden
		}
	}
	return value
}
