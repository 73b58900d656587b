package export

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// Option says how a file calls principals.
type Option func(*grouper)

// Called names principals by their login IDs and role names, and says in a comment whom an NRN is of.
func Called(people *desired.People) Option { return func(g *grouper) { g.people = people } }

// ByName is like Called, and writes {user: LOGIN_ID} and {role: NAME} in place of NRNs, where a name
// stands for one principal alone.
func ByName(people *desired.People) Option {
	return func(g *grouper) {
		g.people = people
		g.byName = true
	}
}

// principal returns the principal of an entry, as the file has it.
func (g *grouper) principal(entry access.Entry) desired.Principal {
	nrn := entry.Principal
	identity, known := g.people.Identity(nrn)
	named := desired.Principal{NRNs: []access.NRN{nrn}, Unchecked: !nrn.Known()}
	if !known {
		named.Name = g.taken.nameFor(entry)
		return named
	}
	short, long := namesFromNRN(nrn)
	named.Name = g.taken.pick(identity.Name, short, long)
	named.Comment = fmt.Sprintf("%s %s", identity.Kind, identity.Name)
	if identity.Inactive {
		named.Comment += " (inactive)"
	}
	name, alone := g.people.StandsFor(nrn)
	if g.byName && alone {
		named.WriteAs = name
	}
	return named
}

// taken holds the names that are in use.
type taken map[string]bool

// nameFor returns a name for the principal of an entry: the user name that the service reports, or
// the type and the first part of the ID, such as role-9ba09190.
func (t taken) nameFor(entry access.Entry) string {
	short, long := namesFromNRN(entry.Principal)
	return t.pick(entry.Username, short, long)
}

// namesFromNRN returns two names: the type with the first part of the ID, and with all of it.
func namesFromNRN(principal access.NRN) (short, long string) {
	kind := strings.ToLower(cmp.Or(string(principal.Type()), "principal"))
	text := string(principal)
	id := text[strings.LastIndexAny(text, ":/")+1:]
	first, _, _ := strings.Cut(id, "-")
	return kind + "-" + first, kind + "-" + id
}

// pick returns the first name that is free, or the last with a number.
func (t taken) pick(names ...string) string {
	for _, name := range names {
		if t.take(name) {
			return name
		}
	}
	last := names[len(names)-1]
	for n := 2; ; n++ {
		name := fmt.Sprintf("%s-%d", last, n)
		if t.take(name) {
			return name
		}
	}
}

// take reports whether a name is fit for a principal and was free, and takes it.
func (t taken) take(name string) bool {
	fit := name != "" && !strings.HasPrefix(name, "nrn:") && !strings.HasSuffix(name, "-")
	if !fit || t[name] {
		return false
	}
	t[name] = true
	return true
}
