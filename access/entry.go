package access

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// Type is what a principal is.
type Type = nks.EntryType

// The types of principals.
const (
	User = nks.EntryTypeUser // a sub account
	Role = nks.EntryTypeRole
)

// The types of access policies. The service may report others.
const (
	ClusterAdminPolicy = string(nks.PolicyTypeNKSClusterAdminPolicy) // everything in the cluster
	AdminPolicy        = string(nks.PolicyTypeNKSAdminPolicy)        // most permissions on resources
	EditPolicy         = string(nks.PolicyTypeNKSEditPolicy)         // write
	ViewPolicy         = string(nks.PolicyTypeNKSViewPolicy)         // read
)

// PolicyTypes are the types that requests take.
var PolicyTypes = []string{ClusterAdminPolicy, AdminPolicy, EditPolicy, ViewPolicy}

// The scopes of access policies. The service spells them Cluster and Namespace in what it reports; a [Policy] always has them
// as requests take them.
const (
	ClusterScope   = string(nks.AccessPolicyScopeCluster)
	NamespaceScope = string(nks.AccessPolicyScopeNamespace)
)

// Policy is an access policy of an entry.
type Policy struct {
	Type       string   `json:"type"`                 // one of [PolicyTypes], or another that the service reports
	Scope      string   `json:"scope"`                // ClusterScope or NamespaceScope
	Namespaces []string `json:"namespaces,omitempty"` // 1 to 50 names or patterns such as *-ns, of NamespaceScope only
}

// ParsePolicy reads a policy as String writes it: TYPE for the whole cluster, TYPE@NAMESPACE,NAMESPACE for namespaces.
func ParsePolicy(s string) (Policy, error) {
	kind, namespaces, scoped := strings.Cut(s, "@")
	policy := Policy{Type: kind, Scope: ClusterScope}
	if scoped {
		policy.Scope, policy.Namespaces = NamespaceScope, strings.Split(namespaces, ",")
	}
	if problems := policy.problems(fmt.Sprintf("policy %q", s), -1); len(problems) > 0 {
		return Policy{}, &ValidationError{Problems: problems}
	}
	return policy, nil
}

// String is TYPE for the whole cluster, TYPE@NAMESPACE,NAMESPACE for namespaces. A scope that this package does not know, which
// only the service can report, stands in brackets.
func (p Policy) String() string {
	switch requestScope(p.Scope) {
	case ClusterScope:
		return p.Type
	case NamespaceScope:
		return p.Type + "@" + strings.Join(p.Namespaces, ",")
	}
	return fmt.Sprintf("%s[%s]", p.Type, p.Scope)
}

// Equal compares policies, namespaces in any order.
func (p Policy) Equal(q Policy) bool {
	return p.Type == q.Type && strings.EqualFold(p.Scope, q.Scope) && sameSet(p.Namespaces, q.Namespaces)
}

// Entry is an access entry: one principal that may enter one cluster.
type Entry struct {
	UUID        string   `json:"uuid"`
	ClusterUUID string   `json:"clusterUuid"`
	Principal   string   `json:"entry"`              // NRN
	Username    string   `json:"username,omitempty"` // the provider's SDK has it, its docs do not
	Groups      []string `json:"groups"`             // Kubernetes groups
	Policies    []Policy `json:"policies"`
}

// Type is what the principal is, as its NRN says.
func (e Entry) Type() Type { return TypeOf(e.Principal) }

// Grants compares what the entry grants: the same groups, and the same policies in the same namespaces, in any order, and
// however they are split.
func (e Entry) Grants(groups []string, policies []Policy) bool {
	return sameSet(e.Groups, groups) && sameSet(grants(e.Policies), grants(policies))
}

// grants lists the policies one by one: those of namespaces for each namespace.
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

// Granting returns the entry with groups and policies added. A policy for namespaces joins the first of its type that is
// there, with those namespaces that none has. It leaves e as it is.
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

// Revoking returns the entry with groups and policies taken away. A policy for namespaces is taken from those namespaces; it
// goes with its last one. It leaves e as it is.
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

// like reports whether policies differ in nothing but their namespaces.
func (p Policy) like(q Policy) bool {
	return p.Type == q.Type && requestScope(p.Scope) == requestScope(q.Scope)
}

// entryFrom takes what the service reports. Lists are never nil, scopes are spelled as requests take them, and an unknown
// scope is kept as it is.
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

// requestPolicies makes what requests take of policies. It is never nil.
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
