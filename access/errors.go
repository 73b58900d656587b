package access

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/gateway"
)

// The kinds of errors, for errors.Is.
var (
	ErrInvalid         = gateway.ErrInvalid                                          // 400, 413, or not sent because it is invalid
	ErrUnauthenticated = gateway.ErrUnauthenticated                                  // 401: wrong key, signature or clock
	ErrForbidden       = gateway.ErrForbidden                                        // 403, or 401 with code 210
	ErrNotFound        = gateway.ErrNotFound                                         // 404: no such cluster or entry
	ErrBusy            = gateway.ErrBusy                                             // 409: an earlier change is under way
	ErrThrottled       = gateway.ErrThrottled                                        // 429
	ErrUnavailable     = gateway.ErrUnavailable                                      // 5XX, a page of a proxy, or no response
	ErrTooLarge        = gateway.ErrTooLarge                                         // a response beyond the limits; also ErrUnavailable
	ErrExists          = errors.New("entry exists")                                  // see ExistsError
	ErrUnknownOutcome  = errors.New("the change may have been made")                 // see UnknownOutcomeError
	ErrAmbiguous       = errors.New("more than one has the name")                    // a cluster's name, or a principal with two entries
	ErrConflict        = errors.New("somebody else changed the cluster meanwhile")   // see ConflictError
	ErrNoAdmin         = errors.New("the cluster would be without an administrator") // see NoAdminError
	ErrDeleting        = errors.New("the cluster is being deleted")                  // it accepts no more changes
)

// Error is a failed call: an error response, or no response. See [gateway.Error] for its fields.
type Error = gateway.Error

// SettingError says that a base URL, an environment or a region is invalid. It is [ErrInvalid].
type SettingError = gateway.SettingError

// ExistsError says that the principal already has an entry. It is [ErrExists].
type ExistsError struct{ Existing Entry }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("%s already has entry %s, which grants %s",
		e.Existing.Principal, clean(e.Existing.UUID), clean(e.Existing.Grants.OrNothing()))
}

// Is reports whether target is ErrExists.
func (e *ExistsError) Is(target error) bool { return target == ErrExists }

// ConflictError says that an entry is not as the caller has read it. It is [ErrConflict].
type ConflictError struct {
	Before Entry // as the caller has read it
	Now    Entry // as it is now; the zero Entry if it is gone
}

func (e *ConflictError) Error() string {
	if e.Now.UUID == "" {
		return fmt.Sprintf("%s: the entry of %s is gone", ErrConflict, e.Before.Principal)
	}
	return fmt.Sprintf("%s: the entry of %s grants %s, and granted %s before", ErrConflict, e.Before.Principal,
		clean(e.Now.Grants.OrNothing()), clean(e.Before.Grants.OrNothing()))
}

// Is reports whether target is ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// UnknownOutcomeError says that a change may or may not have been made, or may be made yet: the
// request may have arrived, and reading the state did not tell. It is [ErrUnknownOutcome], and the
// error of the caller's context if that has ended. It is no other kind of error, because the others
// say that the change was not made.
type UnknownOutcomeError struct {
	Op      string // what was tried, such as "create access entry for nrn:… on cluster …"
	Err     error  // the failed attempt; nil if it succeeded
	ReadErr error  // why the state does not tell
}

func (e *UnknownOutcomeError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: the service accepted the change, but it is not confirmed: %s", e.Op, reason(e.ReadErr))
	}
	return fmt.Sprintf("%s: the change may have been made, or may be made yet: %s; %s", e.Op, reason(e.Err), reason(e.ReadErr))
}

// Is reports whether target is ErrUnknownOutcome or the end of the caller's context.
func (e *UnknownOutcomeError) Is(target error) bool {
	switch target {
	case ErrUnknownOutcome:
		return true
	case context.Canceled, context.DeadlineExceeded:
		return errors.Is(e.Err, target) || errors.Is(e.ReadErr, target)
	}
	return false
}

// MayStillArrive reports whether err leaves the outcome of a request unknown that the service may not
// have received yet. Until five minutes after a request was signed, the gateway accepts it.
func MayStillArrive(err error) bool {
	var unknown *UnknownOutcomeError
	return errors.As(err, &unknown) && unknown.Err != nil
}

// reason returns the words of err without the operation, which its caller has said already, and without
// a period, because more words follow.
func reason(err error) string {
	words := err.Error()
	var failed *Error
	if errors.As(err, &failed) {
		words = failed.Reason()
	}
	return strings.TrimSuffix(words, ".")
}

// clean makes text of a server safe for a terminal and a log.
func clean(text string) string { return gateway.Clean(text) }
