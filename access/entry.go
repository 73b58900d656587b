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
	e.Groups, e.Policies = addMissing(slices.Clone(e.Groups), groups), clonePolicies(e.Policies)
	for _, policy := range policies {
		policy.Scope = requestScope(policy.Scope)
		missing := slices.DeleteFunc(slices.Clone(policy.Namespaces), func(namespace string) bool {
			return slices.ContainsFunc(e.Policies, func(p Policy) bool { return p.like(policy) && slices.Contains(p.Namespaces, namespace) })
		})
		i := slices.IndexFunc(e.Policies, policy.like)
		if i < 0 {
			e.Policies = append(e.Policies, Policy{policy.Type, policy.Scope, missing})
			continue
		}
		e.Policies[i].Namespaces = addMissing(e.Policies[i].Namespaces, missing)
	}
	return e
}

// Revoking returns a copy of the entry with groups and policies removed. A policy for namespaces is
// removed from those namespaces, and goes away with its last namespace.
func (e Entry) Revoking(groups []string, policies []Policy) Entry {
	e.Groups, e.Policies = slices.Clone(e.Groups), clonePolicies(e.Policies)
	e.Groups = slices.DeleteFunc(e.Groups, func(group string) bool { return slices.Contains(groups, group) })
	for _, policy := range policies {
		e.Policies = slices.DeleteFunc(e.Policies, func(p Policy) bool {
			return p.like(policy) && !slices.ContainsFunc(p.Namespaces, func(namespace string) bool {
				return !slices.Contains(policy.Namespaces, namespace)
			})
		})
		for i, p := range e.Policies {
			if p.like(policy) {
				e.Policies[i].Namespaces = slices.DeleteFunc(p.Namespaces, func(namespace string) bool {
					return slices.Contains(policy.Namespaces, namespace)
				})
			}
		}
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

func clonePolicies(policies []Policy) []Policy {
	clone := slices.Clone(policies)
	for i := range clone {
		clone[i].Namespaces = slices.Clone(clone[i].Namespaces)
	}
	return clone
}

func addMissing(list, more []string) []string {
	for _, s := range more {
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

func sameSet(a, b []string) bool {
	return !slices.ContainsFunc(a, func(s string) bool { return !slices.Contains(b, s) }) &&
		!slices.ContainsFunc(b, func(s string) bool { return !slices.Contains(a, s) })
}
