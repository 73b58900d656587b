package desired_test

import (
	"context"
	"encoding/json"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a value as JSON with a file. A field may be added to the file, and none renamed or
// removed: programs read this JSON.
func golden(t *testing.T, name string, value any) {
	t.Helper()
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	data = append(data, '\n')
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(data)); diff != "" {
		t.Errorf("%s: %s", path, diff)
	}
}

// goldenObserved is what golden/access.yaml is planned for.
func goldenObserved(file *desired.File) []desired.Observed {
	grants := func(groups []string, policies ...access.Policy) access.Grants {
		return access.Grants{Groups: groups, Policies: policies}
	}
	id := func(i string) string { return "0000000" + i + "-0000-4dc9-af1b-97fd3f8d0000" }
	return []desired.Observed{
		{
			Spec:    file.Clusters[0],
			Cluster: access.Cluster{UUID: clusterUUID(0), Name: "c0", Status: "RUNNING", AuthType: access.AuthTypeAPI},
			Entries: []access.Entry{
				{UUID: id("1"), Principal: platform, Grants: grants(nil, access.ClusterAdmin.OnCluster())},
				{UUID: id("2"), Principal: alice, Grants: grants([]string{"a ", "ops"}, access.Policy{Type: "NKSNewPolicy", Scope: "project", Namespaces: []string{"x"}})},
				{UUID: id("3"), Principal: bob, Grants: grants([]string{"a ", "developers"}, access.Edit.In("*-ns"), access.Edit.In("dev"), access.View.OnCluster(), access.Policy{Type: "NKSNewPolicy", Scope: "project", Namespaces: []string{"x"}})},
				{UUID: id("4"), Principal: carol, Grants: grants(nil, access.Admin.OnCluster())},
				{UUID: id("5"), Principal: dave, Grants: grants([]string{"ops"})},
				{UUID: id("6"), Principal: dave, Grants: grants(nil, access.View.OnCluster())},
			},
		},
		{
			Spec:    file.Clusters[1],
			Cluster: access.Cluster{UUID: clusterUUID(1), Name: "c1", Status: "RUNNING", AuthType: access.AuthTypeConfigMap},
			Entries: []access.Entry{
				{UUID: id("7"), Principal: "user:odd", Grants: grants(nil)},
				{UUID: id("8"), Principal: erin, Grants: grants([]string{"ops"}, access.View.In("dev"))},
			},
		},
		{Spec: desired.Target{Name: "c2"}, Err: access.ErrForbidden},
	}
}

// A file of version 1 stays valid and keeps its meaning, and saved plans and lists keep their form.
func TestGoldenFiles(t *testing.T) {
	file, err := desired.Load(t.Context(), "testdata/golden/access.yaml")
	if err != nil {
		t.Fatal(err)
	}
	observed := goldenObserved(file)
	plan := file.Plan(observed, desired.At(time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)))
	golden(t, "plan.json", plan)
	list, err := file.Who(observed, desired.Filter{})
	if err == nil {
		t.Error("the cluster that could not be read is no error")
	}
	golden(t, "who.json", list)

	data, err := os.ReadFile(filepath.Join("testdata", "golden", "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	saved, err := desired.ParsePlan(data)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "plan.json", saved)
}

func TestGoldenReport(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, viewers(bob))
	file := oneCluster(t, "", "principal: alice, policies: [NKSViewPolicy]", "principal: bob, absent: true")
	plan := r.plan(t, file)
	clients := r.clients(t, access.WithHTTPClient(&http.Client{Transport: refusing(r, alice, http.StatusBadRequest)}))
	report, err := desired.Apply(context.Background(), plan, clients, anything)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "report.json", report)
}
