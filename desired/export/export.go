// Package export writes files for access that is there already: an access.yaml for package desired,
// resources for Terraform, and an access.yaml for the users of an old ConfigMap.
package export

import (
	"fmt"
	"slices"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// Skipped is an entry that an export leaves out.
type Skipped struct {
	Cluster   string     `json:"cluster"`
	Principal access.NRN `json:"principal"`
	Reason    string     `json:"reason"`
}

func (s Skipped) String() string {
	return fmt.Sprintf("cluster %q: the entry of %q is left out: %s", s.Cluster, s.Principal, s.Reason)
}

// File returns a file for what was observed, so that a plan with it changes nothing. It leaves out
// entries that a file cannot hold. The error is that of a cluster that could not be read, or that is
// listed more than once.
//
// Options say how principals are called.
func File(observed []desired.Observed, options ...Option) (*desired.File, []Skipped, error) {
	g := newGrouper()
	for _, option := range options {
		option(g)
	}
	var skipped []Skipped
	for _, o := range desired.FailDuplicates(observed) {
		if o.Err != nil {
			return nil, nil, failed(o)
		}
		g.file.Clusters = append(g.file.Clusters, o.Spec)
		kept, left := writable(o)
		skipped = append(skipped, left...)
		for _, entry := range kept {
			g.add(o.Spec.Name, entry)
		}
	}
	g.makeRules()
	return g.file, skipped, nil
}

func failed(o desired.Observed) error {
	return fmt.Errorf("export cluster %q: %w", o.Spec.Name, o.Err)
}

// writable divides the entries of a cluster into those that can be exported and the others.
func writable(o desired.Observed) (kept []access.Entry, left []Skipped) {
	count := map[access.NRN]int{}
	for _, entry := range o.Entries {
		count[entry.Principal]++
	}
	for _, entry := range o.Entries {
		reason := unwritable(entry.Grants)
		if count[entry.Principal] > 1 {
			reason = "the principal has more than one entry"
		}
		if reason != "" {
			left = append(left, Skipped{o.Spec.Name, entry.Principal, reason})
			continue
		}
		kept = append(kept, entry)
	}
	return kept, left
}

// unwritable returns why grants cannot be exported, or "".
func unwritable(grants access.Grants) string {
	if len(grants.Groups) > access.MaxGroups {
		return fmt.Sprintf("it has more than %d groups", access.MaxGroups)
	}
	if slices.Contains(grants.Groups, "") {
		return "it has a group without a name"
	}
	for _, policy := range grants.Joined().Policies {
		if policy.Type == "" || policy.Scope == "" {
			return "a policy has no type or no scope"
		}
		if len(policy.Namespaces) > access.MaxNamespaces {
			return fmt.Sprintf("it has %s in more than %d namespaces", policy.Type, access.MaxNamespaces)
		}
		if slices.Contains(policy.Namespaces, "") {
			return "a policy has a namespace without a name"
		}
	}
	return ""
}

// grouper groups entries into rules.
type grouper struct {
	file       *desired.File
	names      map[access.NRN]string
	taken      taken
	people     *desired.People
	byName     bool
	principals []access.NRN // in the order in which they were added
	grants     map[access.NRN][]*granted
	byGrants   map[grantsID]*granted
}

// grantsID is equal for a principal with the same grants.
type grantsID struct {
	principal access.NRN
	key       string // see access.Grants.Key
}

// granted is what a principal has on some clusters.
type granted struct {
	grants   access.Grants
	clusters []string
}

func newGrouper() *grouper {
	return &grouper{
		file:     &desired.File{},
		names:    map[access.NRN]string{},
		taken:    taken{},
		grants:   map[access.NRN][]*granted{},
		byGrants: map[grantsID]*granted{},
	}
}

func (g *grouper) add(cluster string, entry access.Entry) {
	principal := entry.Principal
	if g.names[principal] == "" {
		named := g.principal(entry)
		g.names[principal] = named.Name
		g.principals = append(g.principals, principal)
		g.file.Principals = append(g.file.Principals, named)
	}
	id := grantsID{principal, entry.Key()}
	known := g.byGrants[id]
	if known != nil {
		known.clusters = append(known.clusters, cluster)
		return
	}
	grants := entry.Joined()
	slices.Sort(grants.Groups)
	known = &granted{grants, []string{cluster}}
	g.byGrants[id] = known
	g.grants[principal] = append(g.grants[principal], known)
}

// makeRules makes one rule for all principals that have the same grants on the same clusters.
func (g *grouper) makeRules() {
	place := map[string]int{}
	for _, principal := range g.principals {
		for _, has := range g.grants[principal] {
			key := fmt.Sprintf("%q %s", has.clusters, has.grants.Key())
			i, found := place[key]
			if !found {
				i = len(g.file.Rules)
				place[key] = i
				g.file.Rules = append(g.file.Rules, desired.Rule{Clusters: has.clusters, Grants: has.grants})
			}
			rule := &g.file.Rules[i]
			rule.Principals = append(rule.Principals, principal)
		}
	}
}
