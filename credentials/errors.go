package credentials

import "fmt"

// NotFoundError says that a source has no credentials. A [Chain] then tries the next source. It
// stops at any other error: an access key without a secret key is a mistake, not a reason to sign as
// somebody else.
type NotFoundError struct {
	Source string
	Reason string
}

func (e *NotFoundError) Error() string { return e.Source + ": " + e.Reason }

// IncompleteError says that a source has one of the two keys.
type IncompleteError struct {
	Source           string
	Present, Missing string // the names of the keys, such as "NCLOUD_ACCESS_KEY"
	Hint             string // at a misspelt name, such as "; write X instead of Y"; may be empty
}

func (e *IncompleteError) Error() string {
	return fmt.Sprintf("%s: there is %s but no %s%s", e.Source, e.Present, e.Missing, e.Hint)
}

// InvalidError says that a source cannot be read, or that a key in it is malformed. Err is a
// [*signer.KeyError] in the second case. Its text contains no value of the source.
type InvalidError struct {
	Source string
	Err    error
}

func (e *InvalidError) Error() string { return e.Source + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *InvalidError) Unwrap() error { return e.Err }
