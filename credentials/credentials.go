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
	"fmt"

	"github.com/nks-access/nks-access/signer"
)

// Default returns a chain of the environment, the configure file (profile NCLOUD_PROFILE, or
// DEFAULT), and the server role.
func Default() *Chain { return NewChain(Environment{}, &File{}, &ServerRole{}) }

// Source says where a provider found its credentials, or where it looks. A provider can have a
// method Source() string for this. Of other providers, Source returns the type.
func Source(provider signer.Provider) string {
	if sourced, ok := provider.(interface{ Source() string }); ok {
		return sourced.Source()
	}
	return fmt.Sprintf("a provider of type %T", provider)
}

// keyPair holds the values that a source has for the two keys, and the names of these values.
type keyPair struct {
	source                 string
	accessName, secretName string
	access, secret         string
}

// credentials returns a [*NotFoundError], an [*IncompleteError] or an [*InvalidError] if the pair
// cannot be used.
func (p keyPair) credentials() (signer.Credentials, error) {
	none := signer.Credentials{}
	if p.access == "" && p.secret == "" {
		return none, &NotFoundError{p.source, fmt.Sprintf("there is no %s, and no %s", p.accessName, p.secretName)}
	}
	if p.access == "" {
		return none, &IncompleteError{Source: p.source, Present: p.secretName, Missing: p.accessName}
	}
	if p.secret == "" {
		return none, &IncompleteError{Source: p.source, Present: p.accessName, Missing: p.secretName}
	}
	pair := signer.Credentials{AccessKey: p.access, SecretKey: p.secret}
	if err := pair.Validate(); err != nil {
		return none, &InvalidError{p.source, err}
	}
	return pair, nil
}
