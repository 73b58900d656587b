package access

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/internal/meant"
)

// PolicyType says what a policy permits. Responses may have types that are not listed here.
type PolicyType string

// The types of policies that requests accept (docs page "Create access entry").
const (
	ClusterAdmin PolicyType = "NKSClusterAdminPolicy" // everything in the cluster
	Admin        PolicyType = "NKSAdminPolicy"        // most permissions on resources
	Edit         PolicyType = "NKSEditPolicy"         // write
	View         PolicyType = "NKSViewPolicy"         // read
)

// PolicyTypes returns the types that requests accept.
func PolicyTypes() []PolicyType { return []PolicyType{ClusterAdmin, Admin, Edit, View} }

// The scopes of policies, as requests spell them. Responses may spell them Cluster and Namespace; a
// [Policy] of this package has the spelling of requests.
const (
	ClusterScope   = "cluster"
	NamespaceScope = "namespace"
)

// MaxNamespaces is the number of namespaces that a policy can have (docs).
const MaxNamespaces = 50

// Policy is an access policy of an entry. [PolicyType.OnCluster] and [PolicyType.In] make one.
type Policy struct {
	Type       PolicyType `json:"type"`
	Scope      string     `json:"scope"`                // ClusterScope or NamespaceScope; a response may have others
	Namespaces []string   `json:"namespaces,omitempty"` // 1 to 50 names or patterns such as *-ns; NamespaceScope only

	// unknown are the fields of a response that this package does not know. An update sends them back.
	unknown map[string]json.RawMessage
}

// OnCluster returns the policy for the whole cluster.
func (t PolicyType) OnCluster() Policy { return Policy{Type: t, Scope: ClusterScope} }

// In returns the policy for namespaces: names, or patterns such as *-ns.
func (t PolicyType) In(namespaces ...string) Policy {
	return Policy{Type: t, Scope: NamespaceScope, Namespaces: namespaces}
}

// ParsePolicy parses TYPE (the whole cluster) or TYPE@NAMESPACE,NAMESPACE. It returns a
// [*ValidationError] if text is not a policy that a request accepts.
func ParsePolicy(text string) (Policy, error) {
	name, list, scoped := strings.Cut(text, "@")
	policy := PolicyType(name).OnCluster()
	if scoped {
		policy = PolicyType(name).In(strings.Split(list, ",")...)
	}
	var found problems
	for _, problem := range policy.problems() {
		found.add(nil, "policy %q: %s", text, problem)
	}
	if err := found.err(); err != nil {
		return Policy{}, err
	}
	return policy, nil
}

// String returns TYPE for the whole cluster and TYPE@NAMESPACE,NAMESPACE for namespaces. A scope
// that only a response can have is in brackets.
func (p Policy) String() string {
	switch requestScope(p.Scope) {
	case ClusterScope:
		return string(p.Type)
	case NamespaceScope:
		return string(p.Type) + "@" + strings.Join(p.Namespaces, ",")
	}
	return fmt.Sprintf("%s[%s]", p.Type, p.Scope)
}

// Equal reports whether two policies grant the same. Order and repetition of namespaces and the
// case of scopes do not count.
func (p Policy) Equal(q Policy) bool {
	return slices.Equal(Grants{Policies: []Policy{p}}.items(), Grants{Policies: []Policy{q}}.items())
}

// Validate returns a [*ValidationError] if a request does not accept the policy.
func (p Policy) Validate() error { return p.problems().err() }

func (p Policy) problems() problems {
	var found problems
	if !slices.Contains(PolicyTypes(), p.Type) {
		found.add(Path{"type"}, "must be one of %s, not %q%s", joinTypes(PolicyTypes()), p.Type, meantType(p.Type))
	}
	switch requestScope(p.Scope) {
	case ClusterScope:
		if len(p.Namespaces) > 0 {
			found.add(Path{"namespaces"}, "must be empty when the scope is cluster")
		}
	case NamespaceScope:
		if len(p.Namespaces) == 0 {
			found.add(Path{"namespaces"}, "must name at least one when the scope is namespace")
		}
	default:
		hint := meant.Bracketed(p.Scope, ClusterScope, NamespaceScope)
		found.add(Path{"scope"}, "must be %s or %s, not %q%s", ClusterScope, NamespaceScope, p.Scope, hint)
	}
	if len(p.Namespaces) > MaxNamespaces {
		found.add(Path{"namespaces"}, "must be at most %d, not %d", MaxNamespaces, len(p.Namespaces))
		return found
	}
	for i, namespace := range p.Namespaces {
		if rule := NamespaceProblem(namespace); rule != "" {
			found.add(Path{"namespaces", i}, "%s", rule)
		}
	}
	return found
}

func joinTypes(types []PolicyType) string {
	names := make([]string, len(types))
	for i, t := range types {
		names[i] = string(t)
	}
	return strings.Join(names, ", ")
}

// meantType returns a hint at the type that was probably meant: a short form such as edit, or the
// nearest one. Blanks around it do not count.
func meantType(t PolicyType) string {
	short := func(t PolicyType) string {
		name := strings.ToLower(strings.TrimSpace(string(t)))
		return strings.TrimSuffix(strings.TrimPrefix(name, "nks"), "policy")
	}
	var names []string
	for _, known := range PolicyTypes() {
		if t != "" && short(t) == short(known) {
			return fmt.Sprintf(" (did you mean %s?)", known)
		}
		names = append(names, string(known))
	}
	return meant.Bracketed(string(t), names...)
}

// requestScope returns a scope as requests spell it. An unknown one stays as it is.
func requestScope(scope string) string {
	lower := strings.ToLower(scope)
	if lower == ClusterScope || lower == NamespaceScope {
		return lower
	}
	return scope
}
