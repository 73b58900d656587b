package access

import (
	"cmp"

	"github.com/nks-access/nks-access/internal/meant"
)

// Entry is an access entry. It lets one principal into one cluster.
type Entry struct {
	UUID        string `json:"uuid"`
	ClusterUUID string `json:"clusterUuid"`
	Principal   NRN    `json:"entry"`
	Username    string `json:"username,omitempty"` // in the provider's SDK, not in its docs
	Grants
}

// Administers reports whether the entry makes somebody a cluster-wide administrator: its principal is
// of a form that can exist, and its grants hold a cluster-wide NKSClusterAdminPolicy.
func (e Entry) Administers() bool { return e.Admin() && e.Principal.Known() }

// NewEntry is an entry to create.
type NewEntry struct {
	Principal NRN
	// Type is the type of the principal. Empty means Principal.Type().
	Type PrincipalType
	Grants
	// Unchecked allows a principal of a form that this package does not know, and a Type that does not
	// fit it. No docs page says which forms there are, nor that the type must fit.
	Unchecked bool
}

func (e NewEntry) principalType() PrincipalType { return cmp.Or(e.Type, e.Principal.Type()) }

// Validate returns a [*ValidationError] if the principal or the grants are invalid, or if the type
// does not fit the principal.
func (e NewEntry) Validate() error {
	var found problems
	principal := nrnProblems(string(e.Principal))
	if e.Unchecked {
		principal = uncheckedProblems(string(e.Principal))
	}
	found.within(Path{"principal"}, principal)
	if len(principal) == 0 || e.Type != "" {
		found.within(Path{"type"}, e.typeProblems())
	}
	found.within(nil, e.Grants.problems(Grants{}))
	return found.err()
}

func (e NewEntry) typeProblems() problems {
	var found problems
	given := e.principalType()
	expected := e.Principal.Type()
	switch {
	case given == "":
		found.add(nil, "must be given (%s or %s), because the NRN does not tell it", TypeUser, TypeRole)
	case given != TypeUser && given != TypeRole:
		hint := meant.Bracketed(string(given), string(TypeUser), string(TypeRole))
		found.add(nil, "must be %s or %s, not %q%s", TypeUser, TypeRole, given, hint)
	case expected != "" && given != expected && !e.Unchecked:
		found.add(nil, "must fit the NRN, which is of a %s, not %s", expected, given)
	}
	return found
}

// Change is one entry before and after a change. Before is the zero Entry if the change creates it,
// After if it removes it.
type Change struct{ Before, After Entry }

// Gains returns the lines of what the principal gets.
func (c Change) Gains() []string { return c.After.Grants.Beyond(c.Before.Grants) }

// Loses returns the lines of what the principal loses.
func (c Change) Loses() []string { return c.Before.Grants.Beyond(c.After.Grants) }
