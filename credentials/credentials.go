// Package credentials finds the key pair to sign with where users of the provider's tools keep
// theirs: in the environment, in ~/.ncloud/configure, or in the role of the server the program runs
// on.
//
//	keys := credentials.Default()
//	client, err := access.NewClient(access.WithCredentials(keys))
//
// Every provider here is a signer.Provider and safe for concurrent use. No error, log line or
// printed value holds a secret key.
//
// Sources: the provider's Go SDK and command line, and ncp-iam-authenticator.
package credentials

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"github.com/nks-access/nks-access/signer"
)

// Provider is a place where credentials may be found.
type Provider interface {
	signer.Provider
	// Source says where the provider looks, or where it found the credentials, in words for a
	// person.
	Source() string
}

// NotFoundError says that a place holds no credentials at all. A [Chain] goes on to the next place
// then, and stops at any other error: a key without a secret is a mistake to mend, not a reason to
// sign as somebody else.
type NotFoundError struct {
	Source string
	Reason string
}

func (e *NotFoundError) Error() string { return e.Source + ": " + e.Reason }

// Default looks in the environment, in the configure file (profile NCLOUD_PROFILE, or DEFAULT), and
// in the server role, in this order.
func Default() *Chain { return NewChain(Environment{}, &File{}, &ServerRole{}) }

// complete returns an error when half of the pair is missing.
func complete(pair signer.Credentials, place, accessName, secretName string) error {
	if pair.AccessKey == "" {
		return fmt.Errorf("%s: there is %s but no %s", place, secretName, accessName)
	}
	if pair.SecretKey == "" {
		return fmt.Errorf("%s: there is %s but no %s", place, accessName, secretName)
	}
	return nil
}

// Environment reads NCLOUD_ACCESS_KEY_ID with NCLOUD_SECRET_ACCESS_KEY, or NCLOUD_ACCESS_KEY with
// NCLOUD_SECRET_KEY. One of each pair will do where neither is complete.
type Environment struct{}

var (
	accessVariables = []string{"NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY"}
	secretVariables = []string{"NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY"}
)

// Credentials reads the variables anew.
func (e Environment) Credentials(context.Context) (signer.Credentials, error) {
	accessName, secretName := e.variables()
	pair := signer.Credentials{AccessKey: os.Getenv(accessName), SecretKey: os.Getenv(secretName)}
	if pair.AccessKey == "" && pair.SecretKey == "" {
		return signer.Credentials{}, &NotFoundError{"environment", fmt.Sprintf("none of %s, %s is set",
			strings.Join(accessVariables, ", "), strings.Join(secretVariables, ", "))}
	}
	if err := complete(pair, "environment", accessName, secretName); err != nil {
		return signer.Credentials{}, err
	}
	return pair, nil
}

// Source names the variables.
func (e Environment) Source() string {
	accessName, secretName := e.variables()
	return fmt.Sprintf("environment (%s, %s)", accessName, secretName)
}

// variables finds the pair that is complete, or else whatever is set. What is not set goes by both
// names.
func (e Environment) variables() (accessName, secretName string) {
	for i := range accessVariables {
		if os.Getenv(accessVariables[i]) != "" && os.Getenv(secretVariables[i]) != "" {
			return accessVariables[i], secretVariables[i]
		}
	}
	return firstSet(accessVariables), firstSet(secretVariables)
}

func firstSet(names []string) string {
	for _, name := range names {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return strings.Join(names, " or ")
}

// Chain tries providers in order and stays with the first that has credentials.
type Chain struct {
	providers []Provider
	found     atomic.Pointer[found]
}

type found struct {
	provider    Provider
	credentials signer.Credentials
}

// NewChain returns a chain of providers.
func NewChain(providers ...Provider) *Chain { return &Chain{providers: providers} }

// ChainError says where a chain looked, and why it found nothing in each place.
type ChainError struct{ Places []error }

func (e *ChainError) Error() string {
	var s strings.Builder
	s.WriteString("no credentials found")
	for _, place := range e.Places {
		s.WriteString("\n  " + place.Error())
	}
	return s.String()
}

// Unwrap returns the errors of the places.
func (e *ChainError) Unwrap() []error { return e.Places }

// Credentials returns those of the first provider that has some. Credentials that do not expire are
// kept, others are asked for each time, which is cheap while they last.
func (c *Chain) Credentials(ctx context.Context) (signer.Credentials, error) {
	if f := c.found.Load(); f != nil {
		if f.credentials.Expires.IsZero() {
			return f.credentials, nil
		}
		return f.provider.Credentials(ctx)
	}
	var places []error
	for _, provider := range c.providers {
		credentials, err := provider.Credentials(ctx)
		if err == nil {
			c.found.Store(&found{provider, credentials})
			return credentials, nil
		}
		if nothing := (*NotFoundError)(nil); !errors.As(err, &nothing) {
			return signer.Credentials{}, err
		}
		places = append(places, err)
	}
	return signer.Credentials{}, &ChainError{places}
}

// Source says where the credentials were found, or where they are looked for.
func (c *Chain) Source() string {
	if f := c.found.Load(); f != nil {
		return f.provider.Source()
	}
	places := make([]string, len(c.providers))
	for i, provider := range c.providers {
		places[i] = provider.Source()
	}
	return strings.Join(places, ", then ")
}

// String is Source, so that a chain prints without the keys it found.
func (c *Chain) String() string { return c.Source() }

// GoString is Source.
func (c *Chain) GoString() string { return c.Source() }
