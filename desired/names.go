package desired

import (
	"cmp"
	"context"
	"fmt"

	"github.com/nks-access/nks-access/access"
)

// Kind is a kind of name.
type Kind string

// The kinds of names.
const (
	KindUser  Kind = "user" // a sub account, by its login ID
	KindRole  Kind = "role"
	KindGroup Kind = "group" // of sub accounts
)

// Name is a user, a role or a group in a file, such as {user: kim@corp}. A [Directory] knows whom it
// stands for.
type Name struct {
	Kind Kind
	Text string

	at position
}

func (n Name) String() string { return fmt.Sprintf("%s %q", n.Kind, n.Text) }

// Identity is a user or a role, as a [Directory] knows it.
type Identity struct {
	Kind     Kind // KindUser or KindRole
	ID       string
	NRN      access.NRN // empty if it is not known
	Name     string     // login ID, or name of a role
	Inactive bool
	Deleted  bool // a member of a group that was deleted
}

// Directory knows the users, roles and groups of an account. It must be comparable and safe for
// concurrent use, and a name must mean the same as long as it is used.
type Directory interface {
	// Find returns the user or the role with a name, or the members of the group with a name. The error
	// says what is wrong with the name, or is an [*UnreadableError].
	Find(ctx context.Context, kind Kind, name string) ([]Identity, error)
	// Identities returns all users and all roles of the account. A part of them is an
	// [*UnreadableError].
	Identities(ctx context.Context) ([]Identity, error)
}

// Directories returns the directory of the account that a region and a profile reach. It is called
// like [Clients], and returns the same directory for the same account.
type Directories func(region, profile string) (Directory, error)

// UnreadableError says that a directory cannot be read, whatever the name is. The same reason is said
// once.
type UnreadableError struct {
	Reason string // one line; empty for that of Err
	Err    error
}

func (e *UnreadableError) Error() string { return cmp.Or(e.Reason, e.Err.Error()) }

func (e *UnreadableError) Unwrap() error { return e.Err }

// HasNames reports whether the file has names that a [Directory] must resolve; see [File.Resolve].
func (f *File) HasNames() bool { return f.firstName() != nil }

// firstName returns a name of the file that is not resolved, or nil.
func (f *File) firstName() *Name {
	for i := range f.Rules {
		if names := f.Rules[i].Names; len(names) > 0 {
			return &names[0]
		}
	}
	for i := range f.Clusters {
		if names := f.Clusters[i].ProtectNames; len(names) > 0 {
			return &names[0]
		}
	}
	return nil
}

// who is whom a rule is about.
type who struct {
	nrns  []access.NRN
	names []Name
}

// add adds NRNs and names that are not there yet.
func (w *who) add(more who, seen map[any]bool) {
	for _, nrn := range more.nrns {
		if !seen[nrn] {
			seen[nrn] = true
			w.nrns = append(w.nrns, nrn)
		}
	}
	for _, name := range more.names {
		key := nameKey{name.Kind, name.Text}
		if !seen[key] {
			seen[key] = true
			w.names = append(w.names, name)
		}
	}
}

// nameKey is a name without its place.
type nameKey struct {
	kind Kind
	text string
}
