package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// MaxGroups is the number of groups that an entry can have (user guide).
const MaxGroups = 30

// Grants are the groups and policies of an entry: what its principal may do on the cluster.
type Grants struct {
	Groups   []string `json:"groups"` // Kubernetes groups
	Policies []Policy `json:"policies"`
}

// item is one thing that grants hold: a group, or a policy in one namespace. Two items that are
// equal grant the same.
type item struct {
	group     string
	policy    PolicyType
	scope     string // as requests spell it
	namespace string
	bare      bool // a policy without namespaces, which is not one for a namespace without a name
}

// items returns what is granted, sorted, without duplicates. The rules about "the same grants" stand
// on it: how namespaces are split over policies, order, repetition and the case of scopes do not
// count.
func (g Grants) items() []item {
	items := make([]item, 0, len(g.Groups)+len(g.Policies))
	for _, group := range g.Groups {
		items = append(items, item{group: group})
	}
	for _, policy := range g.Policies {
		items = append(items, policy.items()...)
	}
	slices.SortFunc(items, compareItems)
	return slices.Compact(items)
}

func (p Policy) items() []item {
	whole := item{policy: p.Type, scope: requestScope(p.Scope), bare: true}
	if len(p.Namespaces) == 0 {
		return []item{whole}
	}
	items := make([]item, len(p.Namespaces))
	for i, namespace := range p.Namespaces {
		items[i] = item{policy: p.Type, scope: whole.scope, namespace: namespace}
	}
	return items
}

func compareItems(a, b item) int {
	return cmp.Or(
		strings.Compare(a.group, b.group),
		strings.Compare(string(a.policy), string(b.policy)),
		strings.Compare(a.scope, b.scope),
		strings.Compare(a.namespace, b.namespace),
		compareBools(a.bare, b.bare),
	)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// groupWord stands before the names of groups in lines.
const groupWord = "group "

// String returns the item for people. It is not unique.
func (i item) String() string {
	switch {
	case i.policy == "" && i.scope == "":
		return groupWord + i.group
	case i.scope == ClusterScope && i.bare:
		return string(i.policy)
	case i.scope == NamespaceScope:
		return string(i.policy) + "@" + i.namespace
	case i.bare:
		return fmt.Sprintf("%s[%s]", i.policy, i.scope)
	}
	return fmt.Sprintf("%s[%s]@%s", i.policy, i.scope, i.namespace) // only the service knows the scope
}

// Lines returns a line for each group, and for each policy in each namespace, sorted.
func (g Grants) Lines() []string { return lines(g.items()) }

func lines(items []item) []string {
	texts := make([]string, len(items))
	for i, granted := range items {
		texts[i] = granted.String()
	}
	slices.Sort(texts)
	return texts
}

// String returns the lines, separated by commas.
func (g Grants) String() string { return strings.Join(g.Lines(), ", ") }

// OrNothing is String, or "nothing" if nothing is granted.
func (g Grants) OrNothing() string { return cmp.Or(g.String(), "nothing") }

// Key identifies grants: two have the same key if and only if they grant the same.
func (g Grants) Key() string {
	var key strings.Builder
	for _, granted := range g.items() {
		fmt.Fprintf(&key, "%q %q %q %q %t\n", granted.group, granted.policy, granted.scope, granted.namespace, granted.bare)
	}
	return key.String()
}

// Empty reports whether nothing is granted.
func (g Grants) Empty() bool { return len(g.Groups) == 0 && len(g.Policies) == 0 }

// Same reports whether both grant the same, however it is written.
func (g Grants) Same(other Grants) bool { return slices.Equal(g.items(), other.items()) }

// Beyond returns the lines of what g grants and other does not.
func (g Grants) Beyond(other Grants) []string { return lines(g.beyond(other)) }

func (g Grants) beyond(other Grants) []item {
	has := itemSet(other.items())
	return slices.DeleteFunc(g.items(), func(granted item) bool { return has[granted] })
}

func itemSet(items []item) map[item]bool {
	set := make(map[item]bool, len(items))
	for _, granted := range items {
		set[granted] = true
	}
	return set
}

// Narrows reports whether g permits less than before, however that is written: a policy for the whole
// cluster permits what the same policy for namespaces does, and a cluster-wide NKSClusterAdminPolicy
// what every policy does (docs).
func (g Grants) Narrows(before Grants) bool {
	has := itemSet(g.items())
	for _, lost := range before.beyond(g) {
		isPolicy := lost.scope == ClusterScope || lost.scope == NamespaceScope
		isWider := has[item{policy: lost.policy, scope: ClusterScope, bare: true}] || g.Admin()
		if !isPolicy || !isWider {
			return true
		}
	}
	return false
}

// Admin reports whether the grants hold a cluster-wide NKSClusterAdminPolicy. Groups do not count: no
// source says that NKS lets an entry into system:masters.
func (g Grants) Admin() bool {
	return slices.Contains(g.items(), item{policy: ClusterAdmin, scope: ClusterScope, bare: true})
}

// SystemGroups returns the groups for which [IsSystemGroup] is true.
func (g Grants) SystemGroups() []string {
	var groups []string
	for _, group := range g.Groups {
		if IsSystemGroup(group) {
			groups = append(groups, group)
		}
	}
	return groups
}

// IsSystemGroup reports whether a group begins with "system:". Kubernetes gives some of them a meaning;
// members of system:masters may do everything. No source says whether NKS lets an entry into them.
func IsSystemGroup(group string) bool { return strings.HasPrefix(group, "system:") }

// MayAdminister reports whether a line of [Grants.Lines] is a cluster-wide NKSClusterAdminPolicy, or a
// group of [Grants.SystemGroups].
func MayAdminister(line string) bool {
	group, isGroup := strings.CutPrefix(line, groupWord)
	return line == ClusterAdmin.OnCluster().String() || isGroup && IsSystemGroup(group)
}

// With returns the grants of both. Missing namespaces are added to the first policy of the same type
// and scope, so that what is there keeps its form.
func (g Grants) With(more Grants) Grants {
	b := newBuilder(g)
	for _, group := range more.Groups {
		b.addGroup(group)
	}
	for _, policy := range more.Policies {
		b.addPolicy(policy)
	}
	return b.grants
}

// builder puts grants together, in time that grows with their number only.
type builder struct {
	grants Grants
	has    map[item]bool
	places map[item]int // where the policy is that takes more namespaces, by an item without namespace
}

// newBuilder returns a builder that begins with a copy of g.
func newBuilder(g Grants) *builder {
	b := &builder{
		grants: g.clone(),
		has:    itemSet(g.items()),
		places: map[item]int{},
	}
	for i, policy := range b.grants.Policies {
		place := policy.place()
		if _, taken := b.places[place]; !taken {
			b.places[place] = i
		}
	}
	return b
}

// clone returns a copy that shares no list with g.
func (g Grants) clone() Grants {
	policies := slices.Clone(g.Policies)
	for i, policy := range policies {
		policies[i].Namespaces = slices.Clone(policy.Namespaces)
	}
	return Grants{slices.Clone(g.Groups), policies}
}

// place is equal for policies whose namespaces can stand in one policy. A policy without namespaces
// stays apart from one with some.
func (p Policy) place() item {
	return item{policy: p.Type, scope: requestScope(p.Scope), bare: len(p.Namespaces) == 0}
}

// isNew reports whether b lacks what is granted, and notes it.
func (b *builder) isNew(granted item) bool {
	if b.has[granted] {
		return false
	}
	b.has[granted] = true
	return true
}

func (b *builder) addGroup(group string) {
	if b.isNew(item{group: group}) {
		b.grants.Groups = append(b.grants.Groups, group)
	}
}

func (b *builder) addPolicy(policy Policy) {
	var added []item
	for _, granted := range policy.items() {
		if b.isNew(granted) {
			added = append(added, granted)
		}
	}
	if len(added) == 0 {
		return
	}
	place := policy.place()
	i, found := b.places[place]
	if !found {
		i = len(b.grants.Policies)
		b.places[place] = i
		policy.Scope = place.scope
		policy.Namespaces = nil
		b.grants.Policies = append(b.grants.Policies, policy)
	}
	for _, granted := range added {
		if !granted.bare {
			b.grants.Policies[i].Namespaces = append(b.grants.Policies[i].Namespaces, granted.namespace)
		}
	}
}

// Without returns g without what less grants. A policy for namespaces disappears with the last one.
func (g Grants) Without(less Grants) Grants { return g.without(itemSet(less.items())) }

func (g Grants) without(gone map[item]bool) Grants {
	rest := Grants{Groups: []string{}, Policies: []Policy{}}
	for _, group := range g.Groups {
		if !gone[item{group: group}] {
			rest.Groups = append(rest.Groups, group)
		}
	}
	for _, policy := range g.Policies {
		kept, some := policy.without(gone)
		if some {
			rest.Policies = append(rest.Policies, kept)
		}
	}
	return rest
}

// without returns what is left of the policy. some is false if nothing is.
func (p Policy) without(gone map[item]bool) (left Policy, some bool) {
	left = p
	left.Namespaces = nil
	for _, granted := range p.items() {
		if gone[granted] {
			continue
		}
		some = true
		if !granted.bare {
			left.Namespaces = append(left.Namespaces, granted.namespace)
		}
	}
	return left, some
}

// Joined returns the same grants in their shortest form: groups once, and one policy for each type
// and scope.
func (g Grants) Joined() Grants { return Grants{Groups: []string{}, Policies: []Policy{}}.With(g) }

// inFormOf returns the same grants in the form of current: policies of current stay as they are, with
// their unknown fields, less what is no longer granted.
func (g Grants) inFormOf(current Grants) Grants {
	return current.without(itemSet(current.beyond(g))).With(g)
}

// Filled returns the grants with empty lists in place of nil, as JSON shows them.
func (g Grants) Filled() Grants {
	if g.Groups == nil {
		g.Groups = []string{}
	}
	if g.Policies == nil {
		g.Policies = []Policy{}
	}
	return g
}

// Validate returns a [*ValidationError] if a request does not accept the grants.
func (g Grants) Validate() error { return g.problems(Grants{}).err() }

// ValidateChange is Validate for an entry that grants has now. What is granted already is not
// validated: the service may hold what is newer than this package, or older than its rules. It returns a
// [*ValidationError].
func (g Grants) ValidateChange(has Grants) error { return g.problems(has).err() }

func (g Grants) problems(has Grants) problems {
	var found problems
	if len(g.Groups) > max(MaxGroups, len(has.Groups)) {
		found.add(Path{"groups"}, "must be at most %d, not %d", MaxGroups, len(g.Groups))
	}
	known := itemSet(has.items())
	for i, group := range g.Groups {
		rule := NameProblem(group)
		if rule != "" && !known[item{group: group}] {
			found.add(Path{"groups", i}, "%s", rule)
		}
	}
	for i, policy := range g.Policies {
		added, some := policy.without(known)
		if some {
			found.within(Path{"policies", i}, policy.addedProblems(added))
		}
	}
	return found
}

// addedProblems returns the problems of a policy of which only added is new. Indexes are those of the
// whole policy.
func (p Policy) addedProblems(added Policy) problems {
	if len(added.Namespaces) == len(p.Namespaces) {
		return p.problems()
	}
	var found problems
	for _, problem := range p.problems() {
		isNamespace := len(problem.Path) == 2
		if !isNamespace || slices.Contains(added.Namespaces, p.Namespaces[problem.Path[1].(int)]) {
			found = append(found, problem)
		}
	}
	return found
}

// checkForm returns a [*ValidationError] for policies without a type, and for policies whose
// namespaces do not fit their scope: they cannot be part of an entry.
func (g Grants) checkForm() error {
	var found problems
	for i, policy := range g.Policies {
		if policy.Type == "" {
			found.add(Path{"policies", i, "type"}, "must not be empty")
		}
		if policy.Scope == "" {
			found.add(Path{"policies", i, "scope"}, "must not be empty")
		}
		if requestScope(policy.Scope) == NamespaceScope && len(policy.Namespaces) == 0 {
			found.add(Path{"policies", i, "namespaces"}, "must name at least one when the scope is namespace")
		}
	}
	return found.err()
}
