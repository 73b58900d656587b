package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// permitting returns what an entry grants that permits some of what was revoked: policies of the same
// type, for the whole cluster or for one of the namespaces.
func permitting(grants, revoked access.Grants) []string {
	return overlapping(grants, revoked, func(left, less access.PolicyType) bool { return left == less })
}

// permittingMore returns the policies of a type that permits more than a revoked one.
func permittingMore(grants, revoked access.Grants) []string {
	return overlapping(grants, revoked, isStronger)
}

// isStronger reports whether a type permits all that another one does, and more (docs). The types are
// listed in this order.
func isStronger(stronger, weaker access.PolicyType) bool {
	place := slices.Index(access.PolicyTypes(), stronger)
	return place >= 0 && place < slices.Index(access.PolicyTypes(), weaker)
}

// overlapping returns the single policies that hold where a revoked one of a fitting type did.
func overlapping(grants, revoked access.Grants, fits func(left, less access.PolicyType) bool) []string {
	var found []string
	for _, policy := range single(grants.Policies) {
		permits := func(less access.Policy) bool { return fits(policy.Type, less.Type) && overlap(policy, less) }
		if slices.ContainsFunc(single(revoked.Policies), permits) {
			found = append(found, policy.String())
		}
	}
	return found
}

// likeRevoked returns the groups of an entry that differ from a revoked one only in case and blanks.
func likeRevoked(grants, revoked access.Grants) []string {
	plain := func(group string) string { return strings.ToLower(strings.Join(strings.Fields(group), "")) }
	var found []string
	for _, group := range grants.Groups {
		isLike := func(less string) bool { return group != less && plain(group) == plain(less) }
		if slices.ContainsFunc(revoked.Groups, isLike) {
			found = append(found, "group "+group)
		}
	}
	return found
}

// single returns the same policies, each for the whole cluster or for one namespace.
func single(policies []access.Policy) []access.Policy {
	var list []access.Policy
	for _, policy := range policies {
		if len(policy.Namespaces) == 0 {
			list = append(list, policy)
		}
		for _, namespace := range policy.Namespaces {
			list = append(list, policy.Type.In(namespace))
		}
	}
	return list
}

// overlap reports whether there is a namespace in which both single policies hold, as far as patterns
// tell.
func overlap(a, b access.Policy) bool {
	if len(a.Namespaces) == 0 || len(b.Namespaces) == 0 { // the whole cluster
		return true
	}
	return meet(a.Namespaces[0], b.Namespaces[0])
}

// meet reports whether a name matches both patterns. A set such as [ab] counts as any character.
func meet(a, b string) bool { return meetUnseen(a, b, map[[2]string]bool{}) }

// meetUnseen is meet, and looks at each pair of rests once.
func meetUnseen(a, b string, seen map[[2]string]bool) bool {
	pair := [2]string{a, b}
	if seen[pair] {
		return false
	}
	seen[pair] = true
	if a == "" || b == "" {
		return strings.Trim(a+b, "*") == ""
	}
	if a[0] == '*' {
		return meetUnseen(a[1:], b, seen) || meetUnseen(a, afterFirst(b), seen)
	}
	if b[0] == '*' {
		return meetUnseen(b, a, seen)
	}
	isOpen := strings.ContainsRune("?[", rune(a[0])) || strings.ContainsRune("?[", rune(b[0]))
	return (isOpen || a[0] == b[0]) && meetUnseen(afterFirst(a), afterFirst(b), seen)
}

// afterFirst returns a pattern without its first character or set.
func afterFirst(pattern string) string {
	if end := strings.IndexByte(pattern, ']'); pattern[0] == '[' && end > 0 {
		return pattern[end+1:]
	}
	return pattern[1:]
}

// errStillGranted says that a principal keeps access like that which was revoked.
type errStillGranted struct {
	principal string
	kept      []string // policies
	alike     []string // groups
}

func (e *errStillGranted) Error() string {
	principal := term.Printable(e.principal)
	var reasons []string
	if len(e.kept) > 0 {
		reasons = append(reasons, fmt.Sprintf("%s still has %s, which permits what was to be revoked",
			principal, term.PrintableSeries(e.kept)))
	}
	if len(e.alike) > 0 {
		reasons = append(reasons, fmt.Sprintf("%s still has %s: the case and the blanks of a group count",
			principal, term.PrintableSeries(e.alike)))
	}
	return strings.Join(reasons, "; ")
}

// hint says how to revoke what is left.
func (e *errStillGranted) hint() string {
	if len(e.kept) == 0 {
		return "Name the group as the entry has it."
	}
	return "To remove a type in every scope, use nks-access revoke --policy-type."
}
