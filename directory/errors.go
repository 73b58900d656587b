package directory

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gateway"
)

// Permission is the system policy that a key needs to read the directory. That it is enough is an
// inference; the docs say that it permits all lists and views of Sub Account.
const Permission = "NCP_SUB_ACCOUNT_VIEWER"

// PermissionError says that the key may not read the directory: the API refused a request with 401 or
// 403. Everything by NRN works without the permission.
type PermissionError struct {
	Err *gateway.Error
}

func (e *PermissionError) Error() string {
	if e.WrongKey() {
		return fmt.Sprintf("names cannot be read: the key pair or the clock may be wrong: %s", e.Err)
	}
	return fmt.Sprintf("names cannot be read: the key may lack the permission %s: %s", Permission, e.Err)
}

// WrongKey reports whether the gateway does not accept the signature: the key pair or the clock is wrong.
// Its code 200 is "Authentication Failed", and a missing permission has another code.
func (e *PermissionError) WrongKey() bool {
	return e.Err.Status == http.StatusUnauthorized && e.Err.Code == "200"
}

// Unwrap returns the refusal.
func (e *PermissionError) Unwrap() error { return e.Err }

// IncompleteError says that the API did not send the whole list, or a response that is not what
// api/subaccount.yaml says. A part of a list never counts as the list.
type IncompleteError struct {
	Op     string // such as "list roles"
	Reason string
}

func (e *IncompleteError) Error() string { return e.Op + ": " + e.Reason }

// NotFoundError says that there is no user, role or group of a name or an ID.
type NotFoundError struct {
	Kind    Kind
	Name    string   // or ID
	Similar []string // names that differ only in case
	Near    []string // if there are none of these: the nearest names, if Name may be a misspelt one of them
}

func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("there is no %s %q", e.Kind, e.Name)
	if len(e.Similar) > 0 {
		text += fmt.Sprintf(", but %s: the case counts", quoted(e.Similar))
	}
	if len(e.Near) > 0 {
		text += fmt.Sprintf(" (did you mean %s?)", strings.Join(e.Near, " or "))
	}
	return text
}

// AmbiguousError says that several users, roles or groups have a name.
type AmbiguousError struct {
	Kind       Kind
	Name       string
	Candidates []Principal
}

func (e *AmbiguousError) Error() string {
	var ids []string
	for _, candidate := range e.Candidates {
		id := candidate.NRN
		if id == "" {
			id = candidate.ID
		}
		ids = append(ids, id)
	}
	return fmt.Sprintf("%d %ss are called %q; use one of the NRNs: %s",
		len(e.Candidates), e.Kind, e.Name, strings.Join(ids, ", "))
}

func quoted(names []string) string {
	var out []string
	for _, name := range names {
		out = append(out, fmt.Sprintf("%q", name))
	}
	return strings.Join(out, ", ")
}

func isNotFound(err error) bool {
	var notFound *NotFoundError
	return errors.As(err, &notFound)
}

// missing is the code of the service for a group (with 400) and an account (with 401) that does not
// exist (older docs pages). It is no refusal.
const missing = "30"

// refused returns a [*PermissionError] for the 401 or 403 of a key that may not do what it tried, and
// any other error as it is.
func refused(err error) error {
	var failed *gateway.Error
	if !errors.As(err, &failed) {
		return err
	}
	if errors.Is(failed, gateway.ErrForbidden) {
		return &PermissionError{failed}
	}
	if errors.Is(failed, gateway.ErrUnauthenticated) && failed.Code != missing {
		return &PermissionError{failed}
	}
	return err
}

// documented are the messages of errors that docs pages name.
var documented = []string{
	"Bad Request Exception", "Authentication Failed", "Permission Denied", "Not Found Exception",
	"Quota Exceeded", "Throttle Limited", "Rate Limited", "Request Entity Too Large",
	"Endpoint Error", "Endpoint Timeout", "Unexpected Error",
}

// withoutBody returns err without the text of a response, which may contain personal data. It keeps
// status, code and documented messages.
func withoutBody(err error) error {
	var failed *gateway.Error
	if !errors.As(err, &failed) {
		return err
	}
	bare := *failed
	bare.Details = ""
	if !slices.Contains(documented, bare.Message) {
		bare.Message = ""
	}
	return &bare
}
