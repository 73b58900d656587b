// Package credentials finds key pairs where the provider's tools keep them: in the environment, in
// ~/.ncloud/configure, and in the role of the server that the program runs on.
//
//	keys := credentials.Default()
//	client, err := access.NewClient(access.WithCredentials(keys))
//
// Every provider is a [signer.Provider] and safe for concurrent use. No error, log line or printed
// value contains a secret key.
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
	// Source says where the provider looks, or where it found the credentials, for people.
	Source() string
}

// NotFoundError says that a place has no credentials. A [Chain] then tries the next place. It stops
// at any other error: an access key without a secret key is a mistake, not a reason to sign as
// somebody else.
type NotFoundError struct {
	Source string
	Reason string
}

func (e *NotFoundError) Error() string { return e.Source + ": " + e.Reason }

// Default returns a chain of the environment, the configure file (profile NCLOUD_PROFILE, or
// DEFAULT), and the server role.
func Default() *Chain { return NewChain(Environment{}, &File{}, &ServerRole{}) }

func pair(place, accessName, accessKey, secretName, secretKey string) (signer.Credentials, error) {
	none := signer.Credentials{}
	switch {
	case accessKey == "" && secretKey == "":
		return none, &NotFoundError{place, fmt.Sprintf("there is no %s, and no %s", accessName, secretName)}
	case accessKey == "":
		return none, fmt.Errorf("%s: there is %s but no %s", place, secretName, accessName)
	case secretKey == "":
		return none, fmt.Errorf("%s: there is %s but no %s", place, accessName, secretName)
	}
	return signer.Credentials{AccessKey: accessKey, SecretKey: secretKey}, nil
}

// Environment reads NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY, or NCLOUD_ACCESS_KEY and
// NCLOUD_SECRET_KEY. If neither pair is complete, it combines them.
type Environment struct{}

var (
	accessVariables = []string{"NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY"}
	secretVariables = []string{"NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY"}
)

// Credentials reads the variables on each call.
func (e Environment) Credentials(context.Context) (signer.Credentials, error) {
	accessName, secretName := e.variables()
	return pair("environment", accessName, os.Getenv(accessName), secretName, os.Getenv(secretName))
}

// Source names the variables.
func (e Environment) Source() string {
	accessName, secretName := e.variables()
	return fmt.Sprintf("environment (%s, %s)", accessName, secretName)
}

// variables returns the names of the complete pair, or else of the variables that are set. A
// variable that is not set has both names.
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

// Chain tries providers in order, and keeps the first that has credentials.
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

// ChainError says where a chain looked, and why each place has no credentials.
type ChainError struct{ Places []error }

func (e *ChainError) Error() string {
	text := "no credentials found"
	for _, place := range e.Places {
		text += "\n  " + place.Error()
	}
	return text
}

// Unwrap returns the errors of the places.
func (e *ChainError) Unwrap() []error { return e.Places }

// Credentials returns the credentials of the first provider that has some. The chain caches them if
// they do not expire. Otherwise it calls the provider each time.
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

// Source says where the credentials were found, or where the chain looks.
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

// Format prints Source, so that a chain prints without the keys it found.
func (c *Chain) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, c.Source()) }
