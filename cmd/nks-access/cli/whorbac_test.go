package cli

import (
	"slices"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/rbac"
	"github.com/nks-access/nks-access/desired"
)

// Entries and bindings multiply: both fit their limits, and the result would take gigabytes.
func TestEntriesTimesBindingsAreBounded(t *testing.T) {
	const binding = `{"kind": "ClusterRoleBinding", "metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "view"},
		"subjects": [{"kind": "Group", "name": "g"}]},`
	items := strings.TrimSuffix(strings.Repeat(binding, 1000), ",")
	bindings, err := rbac.Parse([]byte(`{"kind": "List", "items": [` + items + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	known := clusterBindings{"id": bindings}
	entry := access.Entry{Grants: access.Grants{Groups: []string{"g"}}}
	observed := func(entries int) []desired.Observed {
		return []desired.Observed{{
			Spec: desired.Target{Name: "prod"}, Cluster: access.Cluster{UUID: "id"},
			Entries: slices.Repeat([]access.Entry{entry}, entries),
		}}
	}
	if err := known.check(observed(200)); err != nil {
		t.Errorf("200,000 bindings: %v", err)
	}
	err = known.check(observed(201))
	if err == nil || !strings.Contains(err.Error(), "the entries up to cluster prod have more than 200000 bindings") {
		t.Errorf("201,000 bindings: %v", err)
	}
}
