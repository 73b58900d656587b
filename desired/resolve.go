package desired

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// Resolve returns the file with NRNs in place of names. A name is looked up in the account that the
// clusters of its rule are in, each name once, and at most parallel at a time. A group stands for its
// members; those that were deleted are left out. A file without names asks nobody.
//
// Resolve returns a [*NamesError] with every name that it cannot resolve, or a [*LoadError] if rules
// contradict each other once names are resolved.
func (f *File) Resolve(ctx context.Context, directories Directories, parallel int) (*File, error) {
	if !f.HasNames() {
		return f, nil
	}
	r := &resolver{file: f, at: map[string]Directory{}, byKey: map[lookupKey]*lookup{}}
	if err := r.open(directories); err != nil {
		return nil, fmt.Errorf("resolve names: %w", err)
	}
	r.collect()
	each(parallel, len(r.lookups), func(i int) { r.lookups[i].find(ctx) })
	if err := r.err(); err != nil {
		return nil, err
	}
	resolved := r.resolve()
	if mistakes := resolved.resolvedMistakes(); len(mistakes) > 0 {
		return nil, &LoadError{Mistakes: mistakes}
	}
	return resolved, nil
}

// Meanings returns whom the names of the file stand for, after [File.Resolve].
func (f *File) Meanings() []Meaning { return slices.Clone(f.meanings) }

// Meaning says whom a name stands for.
type Meaning struct {
	Kind       Kind     `json:"kind"`
	Name       string   `json:"name"`
	Region     string   `json:"region,omitempty"`  // with the profile: what reaches the account
	Profile    string   `json:"profile,omitempty"` // as for a cluster of the file
	Principals []Called `json:"principals"`
	Deleted    []string `json:"deleted,omitempty"` // members of a group that were deleted, and are left out
}

// Called is a principal, and what the directory calls it.
type Called struct {
	Principal access.NRN `json:"principal"`
	Name      string     `json:"name"`
	Inactive  bool       `json:"inactive,omitempty"`
}

// Title returns the name, and for a group the number of its members, such as "backend (3 people)".
func (m Meaning) Title() string {
	if m.Kind != KindGroup {
		return m.Name
	}
	if len(m.Principals) == 1 {
		return m.Name + " (1 person)"
	}
	return fmt.Sprintf("%s (%d people)", m.Name, len(m.Principals))
}

// String returns the name and whom it stands for, on one line.
func (m Meaning) String() string {
	var names []string
	for _, principal := range m.Principals {
		name := string(principal.Principal)
		if m.Kind == KindGroup {
			name = principal.Name
		}
		if principal.Inactive {
			name += " (inactive)"
		}
		names = append(names, name)
	}
	for _, name := range m.Deleted {
		names = append(names, name+" (deleted, left out)")
	}
	if len(names) == 0 {
		names = []string{"nobody"}
	}
	return fmt.Sprintf("%s %s: %s", m.Kind, m.Title(), strings.Join(names, ", "))
}

// NamesError lists the names of a file that stand for nobody, or that cannot be looked up.
type NamesError struct {
	Mistakes []Mistake
	Unread   []error // why directories cannot be read, each once
}

// Error lists the names, one a line, and then why directories cannot be read.
func (e *NamesError) Error() string {
	var lines []string
	for _, mistake := range e.Mistakes {
		lines = append(lines, mistake.String())
	}
	for _, err := range e.Unread {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns why directories cannot be read.
func (e *NamesError) Unwrap() []error { return e.Unread }

// lookupKey is a name in a directory.
type lookupKey struct {
	directory Directory
	name      nameKey
}

// lookup is a name that is looked up in a directory.
type lookup struct {
	directory Directory
	meaning   Meaning
	places    []Name // where the files use it
	err       error
}

// find fills in the meaning, or the error.
func (l *lookup) find(ctx context.Context) {
	found, err := l.directory.Find(ctx, l.meaning.Kind, l.meaning.Name)
	if err != nil {
		l.err = err
		return
	}
	for _, identity := range found {
		if identity.Deleted {
			l.meaning.Deleted = append(l.meaning.Deleted, identity.Name)
			continue
		}
		if problem := identity.problem(); problem != "" {
			l.err = errors.New(problem)
			return
		}
		l.meaning.Principals = append(l.meaning.Principals, Called{identity.NRN, identity.Name, identity.Inactive})
	}
}

// problem returns why nobody can tell the NRN of a user or a role, or "".
func (i Identity) problem() string {
	if i.NRN == "" {
		return fmt.Sprintf("the directory has no NRN of %s %q", i.Kind, i.Name)
	}
	if problem := access.NRNProblem(string(i.NRN)); problem != "" {
		return fmt.Sprintf("the directory has %q as the NRN of %s %q: %s", i.NRN, i.Kind, i.Name, problem)
	}
	wanted := access.TypeUser
	if i.Kind == KindRole {
		wanted = access.TypeRole
	}
	if i.NRN.Type() != wanted {
		return fmt.Sprintf("the directory has %q as the NRN of %s %q, which is one of another kind", i.NRN, i.Kind, i.Name)
	}
	return ""
}

// resolver resolves the names of one file.
type resolver struct {
	file    *File
	at      map[string]Directory // by the name of the cluster
	lookups []*lookup            // in the order of the file
	byKey   map[lookupKey]*lookup
}

// open finds the directory for each cluster.
func (r *resolver) open(directories Directories) error {
	opened := map[endpoint]Directory{}
	for _, target := range r.targets() {
		to := endpointOf(target)
		if opened[to] == nil {
			directory, err := directories(to.region, to.profile)
			if err != nil {
				return err
			}
			opened[to] = directory
		}
		r.at[target.Name] = opened[to]
	}
	return nil
}

// targets returns the clusters of the file, also those of other shards.
func (r *resolver) targets() []Target { return slices.Concat(r.file.Clusters, r.file.elsewhere) }

// collect lists the names that are looked up.
func (r *resolver) collect() {
	targets := map[string]Target{}
	for _, target := range r.targets() {
		targets[target.Name] = target
		r.need(target, target.ProtectNames)
	}
	for i := range r.file.Rules {
		rule := &r.file.Rules[i]
		for _, cluster := range rule.Clusters {
			r.need(targets[cluster], rule.Names)
		}
	}
}

func (r *resolver) need(target Target, names []Name) {
	directory := r.at[target.Name]
	for _, name := range names {
		key := lookupKey{directory, nameKey{name.Kind, name.Text}}
		known := r.byKey[key]
		if known == nil {
			meaning := Meaning{
				Kind: name.Kind, Name: name.Text, Region: target.Region, Profile: target.Profile, Principals: []Called{},
			}
			known = &lookup{directory: directory, meaning: meaning}
			r.byKey[key] = known
			r.lookups = append(r.lookups, known)
		}
		if !slices.Contains(known.places, name) {
			known.places = append(known.places, name)
		}
	}
}

// err returns a [*NamesError] if a name could not be resolved.
func (r *resolver) err() error {
	failed := &NamesError{}
	said := map[string]bool{}
	for _, l := range r.lookups {
		if l.err == nil {
			continue
		}
		message := l.err.Error()
		var unreadable *UnreadableError
		if errors.As(l.err, &unreadable) {
			if !said[message] {
				said[message] = true
				failed.Unread = append(failed.Unread, unreadable)
			}
			message = fmt.Sprintf("%s cannot be looked up", l.places[0])
		}
		for _, place := range l.places {
			failed.Mistakes = append(failed.Mistakes, place.at.mistake("%s", message))
		}
	}
	if len(failed.Mistakes) == 0 {
		return nil
	}
	failed.Mistakes = inOrder(failed.Mistakes)
	return failed
}

// inOrder sorts mistakes by file and line, and returns each once.
func inOrder(mistakes []Mistake) []Mistake {
	files := map[string]bool{}
	for _, mistake := range mistakes {
		files[mistake.File] = true
	}
	list := &LoadError{Mistakes: mistakes}
	list.sort(slices.Sorted(maps.Keys(files)))
	return slices.Compact(list.Mistakes)
}

// resolve returns the file with NRNs in place of names.
func (r *resolver) resolve() *File {
	resolved := *r.file
	resolved.called = map[access.NRN]string{}
	resolved.inactive = map[access.NRN]bool{}
	for _, l := range r.lookups {
		resolved.meanings = append(resolved.meanings, l.meaning)
		for _, principal := range l.meaning.Principals {
			resolved.called[principal.Principal] = principal.Name
			resolved.inactive[principal.Principal] = principal.Inactive
		}
	}
	resolved.Principals = r.principals()
	resolved.Clusters = r.clusters(r.file.Clusters)
	resolved.elsewhere = r.clusters(r.file.elsewhere)
	resolved.Rules = nil
	for _, rule := range r.file.Rules {
		resolved.Rules = append(resolved.Rules, r.rule(rule)...)
	}
	return &resolved
}

// rule returns a rule with NRNs. If its clusters are in several accounts, it becomes a rule for each.
func (r *resolver) rule(rule Rule) []Rule {
	if len(rule.Names) == 0 {
		return []Rule{rule}
	}
	var parts []Rule
	place := map[Directory]int{}
	for _, cluster := range rule.Clusters {
		directory := r.at[cluster]
		i, known := place[directory]
		if !known {
			i = len(parts)
			place[directory] = i
			part := rule
			part.Clusters = nil
			part.Names = nil
			part.Principals = r.whom(directory, rule.Principals, rule.Names)
			part.through = r.through(directory, rule.Names)
			parts = append(parts, part)
		}
		parts[i].Clusters = append(parts[i].Clusters, cluster)
	}
	return parts
}

// whom returns the NRNs, and those that names stand for in a directory, each once.
func (r *resolver) whom(directory Directory, nrns []access.NRN, names []Name) []access.NRN {
	var all who
	seen := map[any]bool{}
	all.add(who{nrns: nrns}, seen)
	for _, name := range names {
		found := r.byKey[lookupKey{directory, nameKey{name.Kind, name.Text}}]
		if found == nil {
			continue // no rule of the account uses it
		}
		for _, principal := range found.meaning.Principals {
			all.add(who{nrns: []access.NRN{principal.Principal}}, seen)
		}
	}
	return all.nrns
}

// through returns the groups that principals are members of.
func (r *resolver) through(directory Directory, names []Name) map[access.NRN][]string {
	groups := map[access.NRN][]string{}
	for _, name := range names {
		if name.Kind != KindGroup {
			continue
		}
		meaning := r.byKey[lookupKey{directory, nameKey{name.Kind, name.Text}}].meaning
		for _, principal := range meaning.Principals {
			groups[principal.Principal] = append(groups[principal.Principal], meaning.Title())
		}
	}
	return groups
}

// principals returns the principals of the file with what their names stand for in the accounts where
// rules use them.
func (r *resolver) principals() []Principal {
	var resolved []Principal
	for _, principal := range r.file.Principals {
		seen := map[Directory]bool{}
		for _, target := range r.targets() {
			directory := r.at[target.Name]
			if !seen[directory] {
				seen[directory] = true
				principal.NRNs = r.whom(directory, principal.NRNs, principal.Names)
			}
		}
		principal.Names = nil
		resolved = append(resolved, principal)
	}
	return resolved
}

func (r *resolver) clusters(targets []Target) []Target {
	var resolved []Target
	for _, target := range targets {
		if len(target.ProtectNames) > 0 {
			target.Protect = r.whom(r.at[target.Name], target.Protect, target.ProtectNames)
			target.ProtectNames = nil
		}
		resolved = append(resolved, target)
	}
	return resolved
}

// resolvedMistakes returns what is wrong with the file now that names are resolved.
func (f *File) resolvedMistakes() []Mistake {
	uses := 0
	for i := range f.Rules {
		uses += f.Rules[i].uses()
		if uses > maxUses {
			return []Mistake{f.Rules[i].at.mistake(tooManyUses, maxUses)}
		}
	}
	return inOrder(f.ruleMistakes())
}
