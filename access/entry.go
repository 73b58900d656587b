package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// Type is the type of a principal.
type Type = nks.EntryType

// The types of principals.
const (
	TypeUser = nks.EntryTypeUser // a sub account
	TypeRole = nks.EntryTypeRole // a role
)

// The types of access policies. Responses may hold others.
const (
	ClusterAdminPolicy = string(nks.PolicyTypeNKSClusterAdminPolicy) // everything in the cluster
	AdminPolicy        = string(nks.PolicyTypeNKSAdminPolicy)        // most permissions on resources
	EditPolicy         = string(nks.PolicyTypeNKSEditPolicy)         // write
	ViewPolicy         = string(nks.PolicyTypeNKSViewPolicy)         // read
)

// PolicyTypes are the types that requests accept.
var PolicyTypes = []string{ClusterAdminPolicy, AdminPolicy, EditPolicy, ViewPolicy}

// The scopes of access policies, as requests spell them. Responses may spell them Cluster and
// Namespace; a [Policy] of this package has the spelling of requests.
const (
	ClusterScope   = string(nks.AccessPolicyScopeCluster)
	NamespaceScope = string(nks.AccessPolicyScopeNamespace)
)

// Policy is an access policy of an entry.
type Policy struct {
	Type       string   `json:"type"`                 // one of [PolicyTypes], or a newer one in a response
	Scope      string   `json:"scope"`                // ClusterScope or NamespaceScope
	Namespaces []string `json:"namespaces,omitempty"` // 1 to 50 names or patterns such as *-ns; NamespaceScope only
}

// ParsePolicy parses TYPE (the whole cluster) or TYPE@NAMESPACE,NAMESPACE. It returns a
// [*ValidationError] if s is not a valid policy.
func ParsePolicy(s string) (Policy, error) {
	kind, namespaces, scoped := strings.Cut(s, "@")
	policy := Policy{Type: kind, Scope: ClusterScope}
	if scoped {
		policy.Scope, policy.Namespaces = NamespaceScope, strings.Split(namespaces, ",")
	}
	if err := problem(policy.problems(fmt.Sprintf("policy %q", s))); err != nil {
		return Policy{}, err
	}
	return policy, nil
}

// String returns TYPE for the whole cluster, TYPE@NAMESPACE,NAMESPACE for namespaces. An unknown
// scope, which only a response can have, is in brackets.
func (p Policy) String() string {
	switch requestScope(p.Scope) {
	case ClusterScope:
		return p.Type
	case NamespaceScope:
		return p.Type + "@" + strings.Join(p.Namespaces, ",")
	}
	return fmt.Sprintf("%s[%s]", p.Type, p.Scope)
}

// Equal reports whether two policies are the same. The order of namespaces and the case of scopes
// do not count.
func (p Policy) Equal(q Policy) bool {
	return p.Type == q.Type && strings.EqualFold(p.Scope, q.Scope) && sameSet(p.Namespaces, q.Namespaces)
}

// Entry is an access entry. It lets one principal into one cluster.
type Entry struct {
	UUID        string   `json:"uuid"`
	ClusterUUID string   `json:"clusterUuid"`
	Principal   string   `json:"entry"`              // NRN
	Username    string   `json:"username,omitempty"` // in the provider's SDK, not in its docs
	Groups      []string `json:"groups"`             // Kubernetes groups
	Policies    []Policy `json:"policies"`
}

// Type returns the type of the principal by its NRN; see [TypeOf].
func (e Entry) Type() Type { return TypeOf(e.Principal) }

// HasExactly reports whether the entry has these groups and policies and no others. It compares
// what is granted: order, repetition, the case of scopes, and how namespaces are split over
// policies do not count.
func (e Entry) HasExactly(groups []string, policies []Policy) bool {
	return sameSet(e.Groups, groups) && sameSet(grants(e.Policies), grants(policies))
}

// grants lists what policies grant, one string for each policy and namespace.
func grants(policies []Policy) []string {
	var list []string
	for _, p := range policies {
		for _, namespace := range p.Namespaces {
			list = append(list, fmt.Sprintf("%s %s %s", p.Type, requestScope(p.Scope), namespace))
		}
		if len(p.Namespaces) == 0 {
			list = append(list, fmt.Sprintf("%s %s", p.Type, requestScope(p.Scope)))
		}
	}
	return list
}

// Granting returns a copy of the entry with groups and policies added. Missing namespaces are added
// to the first policy of the same type.
func (e Entry) Granting(groups []string, policies []Policy) Entry {
	e.Groups, e.Policies = addMissing(e.Groups, groups), slices.Clone(e.Policies)
	for _, policy := range policies {
		missing := policy.Namespaces
		for _, p := range e.Policies {
			if p.like(policy) {
				missing = without(missing, p.Namespaces)
			}
		}
		if i := slices.IndexFunc(e.Policies, policy.like); i >= 0 {
			e.Policies[i].Namespaces = addMissing(e.Policies[i].Namespaces, missing)
		} else {
			e.Policies = append(e.Policies, Policy{policy.Type, requestScope(policy.Scope), addMissing(nil, missing)})
		}
	}
	return e
}

// Revoking returns a copy of the entry with groups and policies removed. A policy for namespaces is
// removed from those namespaces, and disappears with the last one.
func (e Entry) Revoking(groups []string, policies []Policy) Entry {
	e.Groups, e.Policies = without(e.Groups, groups), slices.Clone(e.Policies)
	for _, policy := range policies {
		for i, p := range e.Policies {
			if p.like(policy) {
				e.Policies[i].Namespaces = without(p.Namespaces, policy.Namespaces)
			}
		}
		e.Policies = slices.DeleteFunc(e.Policies, func(p Policy) bool { return p.like(policy) && len(p.Namespaces) == 0 })
	}
	return e
}

// like reports whether two policies have the same type and scope.
func (p Policy) like(q Policy) bool {
	return p.Type == q.Type && requestScope(p.Scope) == requestScope(q.Scope)
}

// entryFrom converts an entry of a response. Lists are never nil, and scopes have the spelling of
// requests. An unknown scope is kept as it is.
func entryFrom(cluster string, e nks.AccessEntry) Entry {
	entry := Entry{
		UUID: e.UUID, ClusterUUID: cluster, Principal: e.Entry, Username: e.Username,
		Groups: append([]string{}, e.Groups...), Policies: make([]Policy, len(e.Policies)),
	}
	for i, p := range e.Policies {
		entry.Policies[i] = Policy{Type: p.Type, Scope: requestScope(p.Scope), Namespaces: p.Namespaces}
	}
	return entry
}

func requestScope(scope string) string {
	if lower := strings.ToLower(scope); lower == ClusterScope || lower == NamespaceScope {
		return lower
	}
	return scope
}

// requestPolicies converts policies for a request. The result is never nil.
func requestPolicies(policies []Policy) []nks.AccessPolicy {
	request := make([]nks.AccessPolicy, len(policies))
	for i, p := range policies {
		request[i] = nks.AccessPolicy{
			Type: nks.PolicyType(p.Type), Scope: nks.AccessPolicyScope(requestScope(p.Scope)), Namespaces: p.Namespaces,
		}
	}
	return request
}

// addMissing returns a copy of list with the strings of more that it lacks.
func addMissing(list, more []string) []string {
	list = slices.Clone(list)
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func without(list, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(gone, s) })
}

func sameSet(a, b []string) bool {
	return len(without(a, b)) == 0 && len(without(b, a)) == 0
}
