package access

import (
	"regexp"
	"slices"
	"strings"
)

// Overlap returns the policies of g that permit some of what other does: of the same type, if one of the
// two is for the whole cluster, or if their namespaces have a name in common. A policy for several
// namespaces is returned as one for each, as in [Grants.Lines].
func (g Grants) Overlap(other Grants) []string {
	isSame := func(has, wanted PolicyType) bool { return has == wanted }
	return g.overlap(other, isSame)
}

// Stronger is Overlap for the policies of g whose type permits all that the type in other does, and
// more.
func (g Grants) Stronger(other Grants) []string { return g.overlap(other, isStronger) }

// isStronger reports whether a type permits all that another one does, and more (docs). PolicyTypes has
// the strongest type first.
func isStronger(t, other PolicyType) bool {
	place := slices.Index(PolicyTypes(), t)
	return place >= 0 && place < slices.Index(PolicyTypes(), other)
}

func (g Grants) overlap(other Grants, fits func(has, wanted PolicyType) bool) []string {
	wanted := policyItems(other.Policies)
	var found []string
	for _, has := range policyItems(g.Policies) {
		isWanted := func(w item) bool { return fits(has.policy, w.policy) && has.holdsBeside(w) }
		if slices.ContainsFunc(wanted, isWanted) {
			found = append(found, has.String())
		}
	}
	return found
}

func policyItems(policies []Policy) []item {
	var items []item
	for _, policy := range policies {
		items = append(items, policy.items()...)
	}
	return items
}

// holdsBeside reports whether there is a namespace in which both policies hold, as far as patterns tell.
func (i item) holdsBeside(other item) bool {
	isWhole := i.bare || other.bare
	return isWhole || patternsMeet(i.namespace, other.namespace)
}

// GroupsLike returns the groups of g that differ from one of other only in case and blanks.
func (g Grants) GroupsLike(other Grants) []string {
	var found []string
	for _, group := range g.Groups {
		isLike := func(wanted string) bool { return group != wanted && plainGroup(group) == plainGroup(wanted) }
		if slices.ContainsFunc(other.Groups, isLike) {
			found = append(found, group)
		}
	}
	return found
}

func plainGroup(group string) string { return strings.ToLower(strings.Join(strings.Fields(group), "")) }

// characterSet matches a set such as [ab], or a bracket that does not end.
var characterSet = regexp.MustCompile(`\[([^\]]*\])?`)

// patternsMeet reports whether a name can match both patterns. A set such as [ab] counts as any
// character.
func patternsMeet(a, b string) bool {
	seen := pairsSeen{}
	return seen.meet(characterSet.ReplaceAllString(a, "?"), characterSet.ReplaceAllString(b, "?"))
}

// pairsSeen are the pairs of patterns that were compared. Without it, the time would grow exponentially
// with the number of asterisks.
type pairsSeen map[[2]string]bool

func (seen pairsSeen) meet(a, b string) bool {
	pair := [2]string{a, b}
	if seen[pair] {
		return false
	}
	seen[pair] = true
	if a == "" || b == "" {
		return strings.Trim(a+b, "*") == ""
	}
	if a[0] == '*' {
		return seen.meet(a[1:], b) || seen.meet(a, b[1:])
	}
	if b[0] == '*' {
		return seen.meet(b, a)
	}
	isSame := a[0] == b[0] || a[0] == '?' || b[0] == '?'
	return isSame && seen.meet(a[1:], b[1:])
}
