// Package rbac reads which roles of Kubernetes the groups and users of a cluster are bound to, as
// kubectl prints it:
//
//	kubectl get clusterrolebindings,rolebindings -A -o json
package rbac

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/nks-access/nks-access/internal/jsonlimit"
	"github.com/nks-access/nks-access/internal/textfile"
)

// MaxBytes limits the output of kubectl.
const MaxBytes = 32 << 20

// maxContent is enough for some 50,000 bindings.
var maxContent = jsonlimit.Limit{Objects: 400_000, Values: 2_000_000}

// ClusterAdmin is the role of Kubernetes that permits everything.
const ClusterAdmin = "cluster-admin"

// Authenticated is the group of everybody who may enter a cluster (Kubernetes).
const Authenticated = "system:authenticated"

// Binding says that a group or a user has a role.
type Binding struct {
	Group     string `json:"group,omitempty"`
	User      string `json:"user,omitempty"` // if it is not a group
	RoleKind  string `json:"roleKind"`       // ClusterRole or Role
	Role      string `json:"role"`
	Namespace string `json:"namespace,omitempty"` // in which the role holds; empty for the cluster
	Name      string `json:"binding"`             // of the ClusterRoleBinding or RoleBinding
}

// Subject returns who has the role, as "group NAME" or "user NAME".
func (b Binding) Subject() string {
	if b.User != "" {
		return "user " + b.User
	}
	return "group " + b.Group
}

// String returns the role, as KIND/NAME for the cluster, and as KIND/NAME@NAMESPACE for a namespace.
func (b Binding) String() string {
	role := b.RoleKind + "/" + b.Role
	if b.Namespace == "" {
		return role
	}
	return role + "@" + b.Namespace
}

// IsClusterAdmin reports whether the binding permits everything in the cluster.
func (b Binding) IsClusterAdmin() bool { return b.isAdminRole() && b.Namespace == "" }

func (b Binding) isAdminRole() bool { return b.RoleKind == "ClusterRole" && b.Role == ClusterAdmin }

// Bindings are the bindings of groups and users of one cluster. Those of service accounts are not kept:
// no entry is one.
type Bindings struct{ byGroup, byUser map[string][]Binding }

// Of returns the bindings of a user, which may be "", and of groups: cluster-admin first, then those for
// the whole cluster, then by namespace.
func (b *Bindings) Of(user string, groups ...string) []Binding {
	var found []Binding
	if user != "" {
		found = append(found, b.byUser[user]...)
	}
	seen := map[string]bool{}
	for _, group := range groups {
		if !seen[group] {
			found = append(found, b.byGroup[group]...)
		}
		seen[group] = true
	}
	slices.SortFunc(found, compare)
	return slices.Compact(found)
}

// Count returns how many bindings Of would return, or more: it counts those that are there twice.
func (b *Bindings) Count(user string, groups ...string) int {
	count := len(b.byUser[user])
	for _, group := range groups {
		count += len(b.byGroup[group])
	}
	return count
}

func compare(a, b Binding) int {
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		cmp.Compare(a.Namespace, b.Namespace), // the cluster has the empty one
		cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.RoleKind, b.RoleKind),
		cmp.Compare(a.Group, b.Group),
		cmp.Compare(a.User, b.User),
		cmp.Compare(a.Name, b.Name),
	)
}

// rank is lower for what permits more, as far as it is known.
func rank(b Binding) int {
	if b.isAdminRole() {
		return 0
	}
	return 1
}

// list is a list of bindings. Its items are decoded one by one, because small ones would take many
// times their size. Other fields are ignored.
type list struct {
	Kind  string            `json:"kind"`
	Items []json.RawMessage `json:"items"`
}

// binding is a ClusterRoleBinding or a RoleBinding.
type binding struct {
	Kind     string `json:"kind"`
	Metadata struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	RoleRef struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"roleRef"`
	Subjects []struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"subjects"`
}

// The kinds that are read. The items of the lists of one kind have no kind of their own.
var listKinds = map[string]string{
	"List":                   "",
	"ClusterRoleBindingList": clusterRoleBinding,
	"RoleBindingList":        roleBinding,
}

const (
	clusterRoleBinding = "ClusterRoleBinding"
	roleBinding        = "RoleBinding"
)

const want = "want the output of kubectl get clusterrolebindings,rolebindings -A -o json"

// Parse reads a list of ClusterRoleBindings and RoleBindings, or one of them, as JSON. The error says
// what is wrong with the input.
func Parse(data []byte) (*Bindings, error) {
	decoded, err := textfile.Decode(data)
	if err != nil {
		return nil, err
	}
	text := bytes.TrimPrefix(bytes.TrimSpace(decoded), []byte("\ufeff"))
	if len(text) == 0 {
		return nil, errors.New("is empty; " + want)
	}
	if text[0] != '{' {
		return nil, errors.New("is not a JSON object; " + want)
	}
	if err := maxContent.Check(text); err != nil {
		return nil, err
	}
	var root list
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, explained(text, err)
	}
	bindings := &Bindings{byGroup: map[string][]Binding{}, byUser: map[string][]Binding{}}
	itemKind, isList := listKinds[root.Kind]
	if !isList {
		return bindings.with(text, "")
	}
	for i, item := range root.Items {
		if _, err := bindings.with(item, itemKind); err != nil {
			return nil, fmt.Errorf("items[%d]: %w", i, err)
		}
	}
	return bindings, nil
}

// explained says where the JSON is malformed.
func explained(text []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := bytes.Count(text[:min(int(syntax.Offset), len(text))], []byte("\n")) + 1
		return fmt.Errorf("line %d is not JSON: %v; %s", line, err, want)
	}
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("field %s is a JSON %s; %s", wrong.Field, wrong.Value, want)
	}
	return fmt.Errorf("%v; %s", err, want)
}

// with adds a binding. kind is its kind if it does not say so itself.
func (b *Bindings) with(text []byte, kind string) (*Bindings, error) {
	var o binding
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, explained(text, err)
	}
	o.Kind = cmp.Or(o.Kind, kind)
	if err := o.check(); err != nil {
		return nil, err
	}
	for _, subject := range o.Subjects {
		bound := Binding{RoleKind: o.RoleRef.Kind, Role: o.RoleRef.Name, Namespace: o.namespace(), Name: o.Metadata.Name}
		switch subject.Kind {
		case "Group":
			bound.Group = subject.Name
			b.byGroup[subject.Name] = append(b.byGroup[subject.Name], bound)
		case "User":
			bound.User = subject.Name
			b.byUser[subject.Name] = append(b.byUser[subject.Name], bound)
		}
	}
	return b, nil
}

func (o *binding) check() error {
	if o.Kind != clusterRoleBinding && o.Kind != roleBinding {
		return fmt.Errorf("the kind is %.100q; %s", o.Kind, want)
	}
	if o.Kind == roleBinding && o.Metadata.Namespace == "" {
		return fmt.Errorf("RoleBinding %.100q has no metadata.namespace", o.Metadata.Name)
	}
	if o.RoleRef.Kind == "" || o.RoleRef.Name == "" {
		return fmt.Errorf("%s %.100q has no roleRef", o.Kind, o.Metadata.Name)
	}
	return nil
}

// namespace returns where the role holds, or "" for the whole cluster.
func (o *binding) namespace() string {
	if o.Kind == clusterRoleBinding {
		return ""
	}
	return o.Metadata.Namespace
}
