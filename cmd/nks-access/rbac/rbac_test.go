package rbac_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/cmd/nks-access/rbac"
)

const bindings = `{
  "apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""},
  "items": [
    {"kind": "ClusterRoleBinding", "metadata": {"name": "viewers"}, "roleRef": {"kind": "ClusterRole", "name": "view"},
     "subjects": [{"kind": "Group", "name": "ops"}, {"kind": "User", "name": "kim"}, {"kind": "Group", "name": "qa"},
     {"kind": "ServiceAccount", "name": "lee", "namespace": "dev"}]},
    {"kind": "RoleBinding", "metadata": {"name": "b", "namespace": "dev"},
     "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"}, "subjects": [{"kind": "Group", "name": "ops"}]},
    {"kind": "RoleBinding", "metadata": {"name": "a", "namespace": "apps"},
     "roleRef": {"kind": "Role", "name": "cluster-admin"}, "subjects": [{"kind": "Group", "name": "ops"}]},
    {"kind": "ClusterRoleBinding", "metadata": {"name": "admins"},
     "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
     "subjects": [{"kind": "Group", "name": "ops"}, {"kind": "Group", "name": "ops"}]},
    {"kind": "ClusterRoleBinding", "metadata": {"name": "nobody"}, "roleRef": {"kind": "ClusterRole", "name": "edit"}}
  ]
}`

func ExampleParse() {
	found, err := rbac.Parse([]byte(bindings))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, binding := range found.Of("", "ops", "no such group") {
		fmt.Println(binding, binding.IsClusterAdmin())
	}
	// Output:
	// ClusterRole/cluster-admin true
	// ClusterRole/cluster-admin@dev false
	// ClusterRole/view false
	// Role/cluster-admin@apps false
}

// A user with the name of a group is not that group, service accounts are neither, and the order of
// groups and their repetition make no difference.
func TestOf(t *testing.T) {
	found, err := rbac.Parse([]byte(bindings))
	if err != nil {
		t.Fatal(err)
	}
	kim := rbac.Binding{User: "kim", RoleKind: "ClusterRole", Role: "view", Name: "viewers"}
	qa := rbac.Binding{Group: "qa", RoleKind: "ClusterRole", Role: "view", Name: "viewers"}
	for _, c := range []struct {
		user   string
		groups []string
		want   []rbac.Binding
	}{
		{"", []string{"qa"}, []rbac.Binding{qa}},
		{"kim", nil, []rbac.Binding{kim}},
		{"kim", []string{"qa", "kim"}, []rbac.Binding{kim, qa}},
		{"qa", []string{"lee"}, nil},
		{"lee", nil, nil},
		{"", []string{""}, nil},
	} {
		if diff := cmp.Diff(c.want, found.Of(c.user, c.groups...)); diff != "" {
			t.Errorf("user %q, groups %q: %s", c.user, c.groups, diff)
		}
	}
	if kim.Subject() != "user kim" || qa.Subject() != "group qa" {
		t.Errorf("got %s, %s", kim.Subject(), qa.Subject())
	}
	if diff := cmp.Diff(found.Of("", "ops", "qa"), found.Of("", "qa", "ops", "qa")); diff != "" {
		t.Error(diff)
	}
	if got := found.Of(""); len(got) != 0 {
		t.Errorf("got %v for no groups", got)
	}
}

func TestParse(t *testing.T) {
	one := `{"kind": "ClusterRoleBinding", "metadata": {"name": "x"}, "roleRef": {"kind": "ClusterRole", "name": "y"},
		"subjects": [{"kind": "Group", "name": "g"}]}`
	for name, c := range map[string]struct{ text, says string }{
		"one binding":       {one, ""},
		"a byte order mark": {"\ufeff" + one, ""},
		"a list of one kind": {`{"kind": "ClusterRoleBindingList", "items": [` + strings.Replace(one,
			`"kind": "ClusterRoleBinding", `, "", 1) + `]}`, ""},
		"nothing":                 {" \n", "is empty; want the output of kubectl get"},
		"YAML":                    {"kind: List\n", "is not a JSON object; want"},
		"a table":                 {"NAME   ROLE\n", "is not a JSON object"},
		"a list":                  {"[" + one + "]", "is not a JSON object"},
		"half of it":              {one[:80], "line 1 is not JSON: unexpected end"},
		"a mistake on a line":     {"{\n\"kind\": x}", "line 2 is not JSON: invalid character 'x'"},
		"more than one object":    {one + one, "line 2 is not JSON: invalid character '{'"},
		"a field of another type": {`{"kind": "List", "items": {}}`, "field items is a JSON object"},
		"other objects":           {`{"kind": "List", "items": [{"kind": "Pod"}]}`, `items[0]: the kind is "Pod"; want`},
		"another object":          {`{"kind": "Config"}`, `the kind is "Config"; want`},
		"a binding without a role": {`{"kind": "ClusterRoleBinding", "metadata": {"name": "x"}}`,
			`ClusterRoleBinding "x" has no roleRef`},
		"a binding in no namespace": {strings.Replace(one, "ClusterRoleBinding", "RoleBinding", 1),
			`RoleBinding "x" has no metadata.namespace`},
		"many small objects": {`{"kind": "List", "items": [` + strings.Repeat("{},", 400_000) + "{}]}",
			"it holds 400002 JSON objects; the limit is 400000"},
		"many subjects": {strings.Replace(one, `"subjects": [`, `"subjects": [`+strings.Repeat("{},", 400_000), 1),
			"it holds 400004 JSON objects; the limit is 400000"},
		"a long kind":                {`{"kind": "` + strings.Repeat("x", 1000) + `"}`, strings.Repeat("x", 99) + `x"; want`},
		"an error of the API server": {`{"kind": "Status", "message": "forbidden"}`, `the kind is "Status"`},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := rbac.Parse([]byte(c.text))
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("got %v, want %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprint(found.Of("", "g")); got != "[ClusterRole/y]" {
				t.Errorf("got %s", got)
			}
		})
	}
}

// Whatever the input is, Parse returns bindings or an error.
func FuzzParse(f *testing.F) {
	f.Add([]byte(bindings))
	f.Add([]byte(`{"kind":"List","items":[{"kind":"RoleBinding","subjects":[null]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := rbac.Parse(data)
		if (found == nil) == (err == nil) {
			t.Errorf("got %v, %v", found, err)
		}
	})
}
