package directory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/internal/meant"
)

// Kind is a kind of principal.
type Kind string

// The kinds of principals.
const (
	KindUser  Kind = "user"
	KindRole  Kind = "role"
	KindGroup Kind = "group"
)

// Principal is a user, a role or a group.
type Principal struct {
	Kind     Kind
	ID       string
	Name     string // the login ID of a user; in Unicode form NFC
	NRN      string
	Inactive bool
}

// mostGuesses is how many names that nobody has get a hint at the nearest one. A file may have
// thousands, and each is compared with all names of the account.
const mostGuesses = 20

// Find returns the user with a login ID, or the role or group with a name. Names are equal if they
// are the same in Unicode form NFC; case counts.
//
// Find returns a [*NotFoundError] if nobody has the name, an [*AmbiguousError] if several have it, and
// an [*IncompleteError] if the API sends no NRN with a user or a role.
func (d *Directory) Find(ctx context.Context, kind Kind, name string) (Principal, error) {
	all, err := d.principals(ctx, kind)
	if err != nil {
		return Principal{}, err
	}
	wanted := norm.NFC.String(name)
	var found []Principal
	var similar, names []string
	for _, candidate := range all {
		names = append(names, candidate.Name)
		if candidate.Name == wanted {
			found = append(found, candidate)
		} else if strings.EqualFold(candidate.Name, wanted) {
			similar = append(similar, candidate.Name)
		}
	}
	if len(found) == 0 {
		notFound := &NotFoundError{Kind: kind, Name: name, Similar: similar}
		if len(similar) == 0 && d.guesses.Add(1) <= mostGuesses {
			notFound.Near = meant.Nearest(wanted, names...)
		}
		return Principal{}, notFound
	}
	if len(found) > 1 {
		return Principal{}, &AmbiguousError{kind, name, found}
	}
	if found[0].NRN == "" && kind != KindGroup { // a group has no entry
		op := fmt.Sprintf("find %s %q", kind, name)
		return Principal{}, &IncompleteError{Op: op, Reason: "the Sub Account API sends no NRN of it"}
	}
	return found[0], nil
}

// principals returns all principals of a kind.
func (d *Directory) principals(ctx context.Context, kind Kind) ([]Principal, error) {
	switch kind {
	case KindUser:
		users, err := d.Users(ctx)
		return convert(users, User.principal), err
	case KindRole:
		roles, err := d.Roles(ctx)
		return convert(roles, Role.principal), err
	case KindGroup:
		groups, err := d.Groups(ctx)
		return convert(groups, Group.principal), err
	default:
		rule := fmt.Sprintf("must be %s, %s or %s, not %q", KindUser, KindRole, KindGroup, kind)
		return nil, &gateway.SettingError{Setting: "kind of principal", Rule: rule}
	}
}

// named is what users, roles and groups have in common.
type named interface{ principal() Principal }

func (u User) principal() Principal {
	return Principal{KindUser, u.ID, u.LoginID, u.NRN, u.Inactive}
}

func (r Role) principal() Principal {
	return Principal{KindRole, r.ID, r.Name, r.NRN, r.Inactive}
}

func (g Group) principal() Principal {
	return Principal{Kind: KindGroup, ID: g.ID, Name: g.Name, NRN: g.NRN}
}

func sortByName[T named](items []T) {
	slices.SortFunc(items, func(a, b T) int {
		left := a.principal()
		right := b.principal()
		return cmp.Or(cmp.Compare(left.Name, right.Name), cmp.Compare(left.ID, right.ID))
	})
}

func convert[From, To any](items []From, one func(From) To) []To {
	out := make([]To, len(items))
	for i, item := range items {
		out[i] = one(item)
	}
	return out
}
