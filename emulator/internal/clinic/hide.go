package clinic

import (
	"net/url"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/signer"
)

// A diagnosis may be stored, and a header may be long.
const (
	maxShown  = 2 << 10 // bytes of a value
	maxQuoted = 200     // bytes of a value inside a sentence
)

const hidden = "(hidden)"

func clip(value string, most int) string {
	if len(value) > most {
		return strings.ToValidUTF8(value[:most], "") + "…"
	}
	return value
}

// newHider returns a function that replaces secret keys in texts, and cuts off what is too long to
// store. Clients send secret keys where they do not belong.
func newHider(keys []signer.Credentials) func(string) string {
	var short, long []string
	for _, key := range keys {
		// A shorter secret would be found in ordinary words. It is replaced if it is all of a text.
		if secret := strings.TrimSpace(key.SecretKey); len(secret) >= 8 {
			long = append(long, secret, url.QueryEscape(secret), url.PathEscape(secret))
		} else if secret != "" {
			short = append(short, secret)
		}
	}
	// The longest first: one secret may be part of another.
	slices.SortFunc(long, func(a, b string) int { return len(b) - len(a) })
	long = slices.Compact(long)
	return func(text string) string {
		if slices.Contains(short, strings.TrimSpace(text)) {
			return hidden
		}
		for _, secret := range long {
			text = strings.ReplaceAll(text, secret, hidden)
		}
		return clip(text, maxShown)
	}
}
