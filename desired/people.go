package desired

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// People are the users and roles of accounts. They tell what principals are called, and which of them
// are gone. A nil *People knows nobody.
type People struct {
	byNRN   map[access.NRN]Identity
	ids     map[listKey]map[string]bool // the IDs of a list that is complete
	known   map[string]bool             // kinds and IDs
	names   map[nameKey][]access.NRN    // of all who have a name
	account string                      // the only account, or "" if there are several
}

// listKey is a list of an account.
type listKey struct {
	account string
	kind    Kind
}

// Status says what is known against a principal.
type Status string

// The values of Status. The empty value means that nothing is known against it.
const (
	Gone     Status = "gone"     // no user or role of its account
	Inactive Status = "inactive" // deactivated
)

// PeopleOf returns what lists tell. Each list has all users and all roles of one account.
func PeopleOf(lists ...[]Identity) *People {
	p := &People{
		byNRN: map[access.NRN]Identity{}, ids: map[listKey]map[string]bool{},
		known: map[string]bool{}, names: map[nameKey][]access.NRN{},
	}
	numbers := map[string]bool{}
	for _, list := range lists {
		number := accountOf(list)
		numbers[number] = true
		for _, identity := range list {
			p.add(identity, number)
		}
	}
	if len(numbers) == 1 {
		for number := range numbers {
			p.account = number
		}
	}
	return p
}

// accountOf returns the number of the account that a list is of, or "" if its NRNs do not agree on one.
func accountOf(list []Identity) string {
	common := ""
	for _, identity := range list {
		if identity.NRN == "" {
			continue
		}
		number := identity.NRN.Account()
		isOther := common != "" && number != common
		if number == "" || isOther {
			return ""
		}
		common = number
	}
	return common
}

func (p *People) add(identity Identity, number string) {
	id := string(identity.Kind) + " " + strings.ToLower(identity.ID)
	if p.known[id] {
		return // two lists of one account
	}
	p.known[id] = true
	if identity.NRN != "" {
		p.byNRN[identity.NRN] = identity
	}
	key := nameKey{identity.Kind, identity.Name}
	p.names[key] = append(p.names[key], identity.NRN)
	if number == "" {
		return
	}
	list := listKey{number, identity.Kind}
	if p.ids[list] == nil {
		p.ids[list] = map[string]bool{}
	}
	p.ids[list][strings.ToLower(identity.ID)] = true
}

// Identity returns the user or the role with an NRN. ok is false if it is not known.
func (p *People) Identity(principal access.NRN) (identity Identity, ok bool) {
	if p == nil {
		return Identity{}, false
	}
	identity, ok = p.byNRN[principal]
	return identity, ok
}

// All returns the users and roles that have an NRN, by kind and name.
func (p *People) All() []Identity {
	if p == nil {
		return nil
	}
	return slices.SortedFunc(maps.Values(p.byNRN), func(a, b Identity) int {
		return cmp.Or(-cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.NRN, b.NRN))
	})
}

// Account returns the number of the only account, or "".
func (p *People) Account() string {
	if p == nil {
		return ""
	}
	return p.account
}

// Name returns the login ID of a user, or the name of a role. It returns "" if the principal is not
// known.
func (p *People) Name(principal access.NRN) string {
	identity, _ := p.Identity(principal)
	return identity.Name
}

// only returns the NRN of the only user or role with a name, or "".
func (p *People) only(name Name) access.NRN {
	if p == nil {
		return ""
	}
	found := p.names[nameKey{name.Kind, name.Text}]
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// With returns the same people with one more principal, of whom nothing but the NRN is known. It is not
// gone.
func (p *People) With(principal access.NRN) *People {
	more := *p
	more.byNRN = maps.Clone(p.byNRN)
	more.byNRN[principal] = Identity{NRN: principal, ID: principal.ID(), Kind: kindOfPrincipal(principal)}
	return &more
}

// Status returns what is known against a principal. It is [Gone] only if the list of the users, or of
// the roles, of its account is there, is not empty, and has neither its NRN nor its ID.
func (p *People) Status(principal access.NRN) Status {
	if p == nil {
		return ""
	}
	identity, known := p.byNRN[principal]
	if known && identity.Deleted {
		return Gone
	}
	if known && identity.Inactive {
		return Inactive
	}
	if known || !principal.Known() {
		return ""
	}
	ids := p.ids[listKey{principal.Account(), kindOfPrincipal(principal)}]
	if len(ids) == 0 || ids[strings.ToLower(principal.ID())] {
		return ""
	}
	return Gone
}

// kindOfPrincipal returns the kind of a sub account or a role, and "" for the main account.
func kindOfPrincipal(principal access.NRN) Kind {
	if !access.IsUUID(principal.ID()) {
		return ""
	}
	switch principal.Type() {
	case access.TypeUser:
		return KindUser
	case access.TypeRole:
		return KindRole
	}
	return ""
}

// StandsFor returns the name that stands for the principal and nobody else, so that a file may have it
// in place of the NRN. ok is false if there is none.
func (p *People) StandsFor(principal access.NRN) (name Name, ok bool) {
	identity, known := p.Identity(principal)
	if !known || identity.Deleted || identity.problem() != "" || access.NameProblem(identity.Name) != "" {
		return Name{}, false
	}
	isHere := p.account != "" && principal.Account() == p.account
	isOnly := len(p.names[nameKey{identity.Kind, identity.Name}]) == 1
	if !isHere || !isOnly {
		return Name{}, false
	}
	return Name{Kind: identity.Kind, Text: identity.Name}, true
}

// People reads the users and roles of the accounts that the clusters of the file are in, each account
// once. The error says which accounts it could not read; the people of the others are there.
func (f *File) People(ctx context.Context, directories Directories, parallel int) (*People, error) {
	var endpoints []endpoint
	known := map[endpoint]bool{}
	for _, target := range f.Clusters {
		at := endpointOf(target)
		if !known[at] {
			known[at] = true
			endpoints = append(endpoints, at)
		}
	}
	var different []Directory
	var failed []error
	seen := map[Directory]bool{}
	for _, at := range endpoints {
		directory, err := directories(at.region, at.profile)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		if !seen[directory] {
			seen[directory] = true
			different = append(different, directory)
		}
	}
	lists := make([][]Identity, len(different))
	errs := make([]error, len(different))
	each(parallel, len(different), func(i int) { lists[i], errs[i] = different[i].Identities(ctx) })
	var read [][]Identity
	for i, list := range lists {
		if errs[i] == nil {
			read = append(read, list)
		}
	}
	return PeopleOf(read...), errors.Join(append(failed, errs...)...)
}

// WithPeople returns the file with people, so that plans and lists name principals, and tell which are
// gone.
func (f *File) WithPeople(people *People) *File {
	with := *f
	with.people = people
	return &with
}

// Switched returns a file about the clusters whose auth type the plan switches.
func (p *Plan) Switched() *File {
	file := &File{}
	for i := range p.Clusters {
		c := &p.Clusters[i]
		if c.NeedsSwitch() {
			file.Clusters = append(file.Clusters, Target{Name: c.Cluster, Region: c.Region, Profile: c.Profile})
		}
	}
	return file
}

// NoteStatuses notes which principals of the plan are gone or inactive.
func (p *Plan) NoteStatuses(people *People) {
	for i := range p.Clusters {
		steps := p.Clusters[i].Steps
		for j := range steps {
			steps[j].status = cmp.Or(steps[j].status, people.Status(steps[j].Principal))
		}
	}
}

// statusOf returns what is known against a principal, also by the names of the file.
func (f *File) statusOf(principal access.NRN) Status {
	status := f.people.Status(principal)
	if status == "" && f.inactive[principal] {
		return Inactive
	}
	return status
}

// nameOf returns what a directory calls a principal, or "".
func (f *File) nameOf(principal access.NRN) string {
	if name := f.called[principal]; name != "" {
		return name
	}
	return f.people.Name(principal)
}
