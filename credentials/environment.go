package credentials

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/nks-access/nks-access/signer"
)

// Environment reads NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY, or NCLOUD_ACCESS_KEY and
// NCLOUD_SECRET_KEY. If neither pair is complete, it combines them.
type Environment struct{}

var (
	accessVariables = []string{"NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY"}
	secretVariables = []string{"NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY"}
)

// Credentials reads the variables on each call. It returns a [*NotFoundError] if none is set, an
// [*IncompleteError] if one of the keys is missing, and an [*InvalidError] for a malformed key.
func (e Environment) Credentials(context.Context) (signer.Credentials, error) {
	accessName, secretName := e.variables()
	pair := keyPair{
		source:     "environment",
		accessName: accessName, access: os.Getenv(accessName),
		secretName: secretName, secret: os.Getenv(secretName),
	}
	return pair.credentials()
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
