package access

import "strings"

// Look is what the client has read of a cluster right before it changes an entry.
type Look struct {
	Entries []Entry // of the cluster
	Change  Change  // the entry as it is, and as it shall be
}

// Condition returns an error if a change must not be made by what was read. It is checked before
// every attempt, also before the retries on a busy cluster. The API has no conditional write, so
// between the check and the write there is the time of one request, in which somebody else can
// change the cluster.
type Condition func(Look) error

// WriteOption configures one change of an entry.
type WriteOption func(*conditions)

// conditions are what must hold before every attempt.
type conditions struct {
	allowNoAdmin bool
	more         []Condition
}

// If makes a change only while the condition holds. Otherwise the change ends with its error.
func If(condition Condition) WriteOption {
	return func(c *conditions) { c.more = append(c.more, condition) }
}

// IfSame makes a change only while the entry grants what it granted when the caller read it. If not,
// the error is a [*ConflictError].
func IfSame(before Entry) WriteOption {
	return If(func(look Look) error {
		now := look.Change.Before
		if strings.EqualFold(now.UUID, before.UUID) && now.Grants.Same(before.Grants) {
			return nil
		}
		return &ConflictError{Before: before, Now: now}
	})
}

// AllowNoAdmin lets a change take the last cluster-wide administrator from the cluster. Without it,
// such a change ends with a [*NoAdminError].
func AllowNoAdmin() WriteOption { return func(c *conditions) { c.allowNoAdmin = true } }

func newConditions(opts []WriteOption) conditions {
	var c conditions
	for _, option := range opts {
		option(&c)
	}
	return c
}

// check returns the error of the first condition that does not hold.
func (c conditions) check(entries []Entry, change Change) error {
	if !c.allowNoAdmin {
		if err := GuardAdmin(entries, change); err != nil {
			return err
		}
	}
	look := Look{Entries: entries, Change: change}
	for _, condition := range c.more {
		if err := condition(look); err != nil {
			return err
		}
	}
	return nil
}
