package credentials

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/nks-access/nks-access/signer"
)

// Chain tries providers in order, and keeps the first that has credentials.
type Chain struct {
	providers []signer.Provider
	found     atomic.Pointer[found]
}

type found struct {
	provider    signer.Provider
	credentials signer.Credentials
}

// NewChain returns a chain of providers.
func NewChain(providers ...signer.Provider) *Chain { return &Chain{providers: providers} }

// ChainError says where a chain looked, and why each source has no credentials.
type ChainError struct{ Places []error }

func (e *ChainError) Error() string {
	text := "no credentials found"
	for _, place := range e.Places {
		text += "\n  " + place.Error()
	}
	return text
}

// Unwrap returns the errors of the sources.
func (e *ChainError) Unwrap() []error { return e.Places }

// Credentials returns the credentials of the first provider that has some. The chain caches them if
// they do not expire. Otherwise it calls the provider each time. It returns a [*ChainError] if every
// provider returns a [*NotFoundError], and the error of a provider if it is of another type.
func (c *Chain) Credentials(ctx context.Context) (signer.Credentials, error) {
	if kept := c.found.Load(); kept != nil {
		if kept.credentials.Expires.IsZero() {
			return kept.credentials, nil
		}
		return kept.provider.Credentials(ctx)
	}
	var places []error
	for _, provider := range c.providers {
		pair, err := provider.Credentials(ctx)
		if err == nil {
			c.found.Store(&found{provider, pair})
			return pair, nil
		}
		if !isNotFound(err) {
			return signer.Credentials{}, err
		}
		places = append(places, err)
	}
	return signer.Credentials{}, &ChainError{places}
}

func isNotFound(err error) bool {
	var notFound *NotFoundError
	return errors.As(err, &notFound)
}

// Source says where the credentials were found, or where the chain looks.
func (c *Chain) Source() string {
	if kept := c.found.Load(); kept != nil {
		return Source(kept.provider)
	}
	sources := make([]string, len(c.providers))
	for i, provider := range c.providers {
		sources[i] = Source(provider)
	}
	return strings.Join(sources, ", then ")
}

// Format prints Source, so that a chain prints without the keys it found.
func (c *Chain) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.Source()) }
