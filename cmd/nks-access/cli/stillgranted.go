package cli

import (
	"fmt"
	"path"
	"slices"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// permitting returns what an entry grants that permits some of what was revoked: policies of the same
// type, for the whole cluster or for one of the namespaces.
func permitting(grants, revoked access.Grants) []string {
	var found []string
	for _, policy := range single(grants.Policies) {
		permits := func(less access.Policy) bool { return policy.Type == less.Type && overlap(policy, less) }
		if slices.ContainsFunc(single(revoked.Policies), permits) {
			found = append(found, policy.String())
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
	return matches(a.Namespaces[0], b.Namespaces[0]) || matches(b.Namespaces[0], a.Namespaces[0])
}

func matches(pattern, name string) bool {
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}

// errStillGranted says that a principal keeps access like that which was revoked.
type errStillGranted struct {
	principal string
	kept      []string // policies
}

func (e *errStillGranted) Error() string {
	return fmt.Sprintf("%s still has %s, which permits what was to be revoked",
		term.Printable(e.principal), term.PrintableSeries(e.kept))
}
