package cli

import (
	"cmp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/internal/meant"
)

// checkClusterFilter returns a [*access.ClusterNotFoundError] if a pattern matches no cluster that was
// observed. all are the clusters of the file, of which those that cannot match were not observed.
func checkClusterFilter(patterns []string, observed []desired.Observed, all []desired.Target) error {
	for _, pattern := range patterns {
		one := desired.Filter{Clusters: []string{pattern}}
		isRead := func(o desired.Observed) bool { return o.Err == nil && one.Match(o) }
		if !slices.ContainsFunc(observed, isRead) {
			return &access.ClusterNotFoundError{NameOrUUID: pattern, Clusters: knownClusters(observed, all)}
		}
	}
	return nil
}

// knownClusters returns the clusters that were read, and the names of all others.
func knownClusters(observed []desired.Observed, all []desired.Target) []access.Cluster {
	var clusters []access.Cluster
	isRead := map[string]bool{}
	for _, o := range observed {
		clusters = append(clusters, o.Cluster)
		isRead[o.Spec.Name] = true
	}
	for _, target := range all {
		if !isRead[target.Name] {
			clusters = append(clusters, access.Cluster{Name: target.Name})
		}
	}
	return clusters
}

// checkPolicyFilter returns an error if a pattern matches no type of policies, known or observed.
func checkPolicyFilter(pattern string, observed []desired.Observed) error {
	if pattern == "" {
		return nil
	}
	types := policyTypes()
	for _, o := range observed {
		for _, entry := range o.Entries {
			for _, policy := range entry.Policies {
				types = append(types, string(policy.Type))
			}
		}
	}
	for _, policyType := range types {
		if matchesName(pattern, policyType) {
			return nil
		}
	}
	policyType, _, isScoped := strings.Cut(pattern, "@")
	if isScoped {
		return usagef("--policy %s: want the type alone, such as %s", term.ShellWord(pattern), policyType)
	}
	want := cmp.Or(meant.Hint(pattern, types...), "want "+strings.Join(policyTypes(), ", ")+", or a pattern")
	return usagef("--policy %s: no policy has this type (%s)", term.ShellWord(pattern), want)
}

// checkPrincipalFilter returns an error if a filter is a name of a file, and the file does not have it.
// file is nil if there is none.
func checkPrincipalFilter(principal string, file *desired.File) error {
	isName := principal != "" && !strings.ContainsAny(principal, "*?[:")
	if !isName {
		return nil
	}
	if file == nil {
		return usagef("--principal %s: this is a name of a file without --file; "+
			"give --file, user:%s, role:%s, an NRN or a pattern",
			term.ShellWord(principal), principal, principal)
	}
	if isInFile(file, principal) {
		return nil
	}
	return usagef("--principal %s: no principal of the file has this name", term.ShellWord(principal))
}

// checkNRNFilter returns an error if a filter is an NRN that no principal can have, unless an entry has
// it.
func checkNRNFilter(principal string, file *desired.File, observed []desired.Observed) error {
	isOne := strings.Contains(principal, ":") && !strings.ContainsAny(principal, "*?[")
	problem := access.NRNProblem(principal)
	if !isOne || problem == "" || isInFile(file, principal) {
		return nil
	}
	for _, o := range observed {
		for _, entry := range o.Entries {
			if string(entry.Principal) == principal {
				return nil
			}
		}
	}
	return usagef("--principal %s: no entry has it, and it is no NRN: %s", term.ShellWord(principal), problem)
}
