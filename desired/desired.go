// Package desired manages the access entries of many clusters with one file: load the file, plan
// the changes that make the clusters match it, and apply the plan.
//
//	file, err := desired.Load("access.yaml")
//	clients := func(region, profile string) (*access.Client, error) {
//		return access.NewClient(access.WithRegion(region), access.WithProfile(profile))
//	}
//	plan := file.Plan(desired.Read(ctx, file.Clusters, clients, 16))
//	report, err := desired.Apply(ctx, plan, clients, desired.Options{MaxRemovals: 5})
//
// A plan is a function of the file and of what was read: it sends nothing and keeps no state.
// Entries that no rule names are left alone and listed, unless the cluster says "others: remove".
//
// Apply never takes the last cluster-wide administrator from a cluster. It never takes access from
// a protected principal, and never removes more entries than Options.MaxRemovals. Options lift each
// of these guards.
package desired

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// Version is the version of the file, and of a saved plan.
const Version = 1

// File says who may enter which clusters. [Load] returns one without mistakes.
type File struct {
	Principals []Principal
	Clusters   []Cluster
	Rules      []Rule
}

// Principal is a name for one or more NRNs.
type Principal struct {
	Name string
	NRNs []string
}

// Cluster is a cluster that a file is about.
type Cluster struct {
	Name    string   // name or UUID
	Region  string   // "" for the default of the client
	Profile string   // "" for the default of the client
	Others  Others   // what happens to entries that no rule names
	Protect []string // NRNs of principals that lose nothing
}

// Others says what happens to entries that no rule names.
type Others string

// The values of Others. The empty value means KeepOthers.
const (
	KeepOthers   Others = "keep"
	RemoveOthers Others = "remove"
)

// Rule says what principals get on clusters. Grants of several rules to one principal add up.
type Rule struct {
	Principals []string // NRNs
	Clusters   []string // names of clusters of the file
	Grants
	Absent bool // the principals have no entry on the clusters

	at position
}

// Grants is what an entry grants.
type Grants struct {
	Groups   []string        `json:"groups"`
	Policies []access.Policy `json:"policies"`
}

// Lines lists the grants one by one: a line for each group, and for each policy in each namespace.
// Two grants are the same if they have the same set of lines.
func (g Grants) Lines() []string {
	group := func(name string) string { return "group " + name }
	return g.each(group, func(policy access.Policy, namespace string) string {
		switch {
		case namespace == "":
			return policy.String()
		case policy.Scope == access.NamespaceScope:
			return policy.Type + "@" + namespace
		}
		return fmt.Sprintf("%s[%s]@%s", policy.Type, policy.Scope, namespace) // only the service knows the scope
	})
}

// key is equal for grants that are the same, and for no others, whatever is in their names.
func (g Grants) key() string {
	group := func(name string) string { return fmt.Sprintf("group %q", name) }
	return strings.Join(g.each(group, func(policy access.Policy, namespace string) string {
		return fmt.Sprintf("policy %q %q %q", policy.Type, policy.Scope, namespace)
	}), "\n")
}

// each returns the texts of all grants, sorted, each once. The namespace is "" for a policy without
// namespaces.
func (g Grants) each(group func(string) string, policy func(access.Policy, string) string) []string {
	texts := make([]string, 0, len(g.Groups)+len(g.Policies))
	for _, name := range g.Groups {
		texts = append(texts, group(name))
	}
	for _, p := range g.Policies {
		if len(p.Namespaces) == 0 {
			texts = append(texts, policy(p, ""))
		}
		for _, namespace := range p.Namespaces {
			texts = append(texts, policy(p, namespace))
		}
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}

// Same reports whether both grant the same, however it is written.
func (g Grants) Same(other Grants) bool { return g.entry().HasExactly(other.Groups, other.Policies) }

// Admin reports whether the grants hold a cluster-wide NKSClusterAdminPolicy.
func (g Grants) Admin() bool {
	return slices.ContainsFunc(g.Policies, func(p access.Policy) bool {
		return p.Type == access.ClusterAdminPolicy && strings.EqualFold(p.Scope, access.ClusterScope)
	})
}

// String is the lines, separated by a comma.
func (g Grants) String() string { return strings.Join(g.Lines(), ", ") }

// plus returns the grants of both.
func (g Grants) plus(other Grants) Grants {
	return Grants{union(slices.Clip(g.Groups), other.Groups), join(slices.Concat(g.Policies, other.Policies))}
}

// union appends to list what it lacks of more.
func union(list, more []string) []string {
	for _, text := range more {
		if !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}

// join returns the same policies with one for each type and scope. One without namespaces stays
// apart from one with some.
func join(policies []access.Policy) []access.Policy {
	joined := make([]access.Policy, 0, len(policies))
	for _, policy := range policies {
		bare := len(policy.Namespaces) == 0
		i := slices.IndexFunc(joined, func(p access.Policy) bool {
			return p.Type == policy.Type && p.Scope == policy.Scope && (len(p.Namespaces) == 0) == bare
		})
		if i < 0 {
			i = len(joined)
			joined = append(joined, access.Policy{Type: policy.Type, Scope: policy.Scope})
		}
		joined[i].Namespaces = union(joined[i].Namespaces, policy.Namespaces)
	}
	return joined
}

func (g Grants) entry() access.Entry { return access.Entry{Groups: g.Groups, Policies: g.Policies} }

func grantsOf(e access.Entry) Grants { return Grants{e.Groups, e.Policies} }

// missing lists the lines of a that b does not have.
func missing(a, b []string) []string {
	var lines []string
	for _, line := range a {
		if _, found := slices.BinarySearch(b, line); !found {
			lines = append(lines, line)
		}
	}
	return lines
}

// want is what the rules say about one principal on one cluster.
type want struct {
	principal string
	grants    Grants
	absent    bool
	at        position // of the last rule that added to it
}

// wants collects what the rules say, by cluster, in the order of the rules. It calls conflict where
// a rule contradicts an earlier one: one grants and the other says absent.
func (f *File) wants(conflict func(rule *Rule, cluster string, earlier want)) map[string][]want {
	byCluster := make(map[string][]want, len(f.Clusters))
	index := make(map[string]map[string]int, len(f.Clusters))
	for _, cluster := range f.Clusters {
		index[cluster.Name] = map[string]int{}
		byCluster[cluster.Name] = nil
	}
	for i := range f.Rules {
		rule := &f.Rules[i]
		for _, cluster := range rule.Clusters {
			principals, ok := index[cluster]
			if !ok {
				continue // a cluster of another shard
			}
			for _, principal := range rule.Principals {
				j, known := principals[principal]
				if !known {
					principals[principal] = len(byCluster[cluster])
					byCluster[cluster] = append(byCluster[cluster], want{principal, rule.Grants, rule.Absent, rule.at})
					continue
				}
				earlier := &byCluster[cluster][j]
				if earlier.absent != rule.Absent {
					if conflict != nil {
						conflict(rule, cluster, *earlier)
					}
					continue
				}
				earlier.grants, earlier.at = earlier.grants.plus(rule.Grants), rule.at
			}
		}
	}
	return byCluster
}

// names returns the names of NRNs, those of a single NRN first.
func (f *File) names() map[string]string {
	names := map[string]string{}
	for _, single := range []bool{true, false} {
		for _, principal := range f.Principals {
			for _, nrn := range principal.NRNs {
				if _, named := names[nrn]; !named && single == (len(principal.NRNs) == 1) {
					names[nrn] = principal.Name
				}
			}
		}
	}
	return names
}
