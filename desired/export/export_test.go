package export_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
)

const (
	alice   = "nrn:PUB:IAM::5000008:SubAccount/aaaaaaaa-0000-0000-0000-000000000000"
	bob     = "nrn:PUB:IAM::5000008:SubAccount/bbbbbbbb-0000-0000-0000-000000000000"
	cluster = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
)

func entry(principal access.NRN, groups []string, policies ...access.Policy) access.Entry {
	return access.Entry{Principal: principal, Grants: access.Grants{Groups: groups, Policies: policies}}
}

func one(entries ...access.Entry) []desired.Observed {
	return []desired.Observed{{
		Spec:    desired.Target{Name: "prod"},
		Cluster: access.Cluster{UUID: cluster, Name: "1 운영\n} evil"},
		Entries: entries,
	}}
}

func yaml(t *testing.T, file *desired.File) string {
	t.Helper()
	var b strings.Builder
	if err := export.WriteYAML(&b, file); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a request does not accept is written so that it loads, and nothing else is marked.
func TestFileKeepsWhatTheServiceHolds(t *testing.T) {
	file, skipped, err := export.File(one(
		entry("user:x", []string{"developers ", "b"}, access.View.OnCluster()),
		entry(alice, nil, access.Edit.In("a b"), access.Policy{Type: "NKSNewPolicy", Scope: "project"}),
	))
	if err != nil || len(skipped) > 0 {
		t.Fatal(skipped, err)
	}
	text := yaml(t, file)
	want := `# yaml-language-server: $schema=` + desired.SchemaURL + `
version: 1
principals:
  principal-x: {nrn: 'user:x', unchecked: true}
  user-aaaaaaaa: ` + alice + `
clusters:
  prod: {}
access:
  - {principal: principal-x, clusters: [prod], groups: [b, {name: 'developers ', unchecked: true}], policies: [NKSViewPolicy]}
  - {principal: user-aaaaaaaa, clusters: [prod], policies: [{type: NKSEditPolicy, scope: namespace, namespaces: ['a b'], unknown: true}, {type: NKSNewPolicy, scope: project, unknown: true}]}
`
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	loaded, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, yaml(t, loaded)); diff != "" {
		t.Errorf("loaded and written again: %s", diff)
	}
}

func TestFileSkips(t *testing.T) {
	for name, test := range map[string]struct {
		entry access.Entry
		want  string
	}{
		"31 groups":     {entry(alice, strings.Split(strings.Repeat("g", 31), "")), "it has more than 30 groups"},
		"no name":       {entry(alice, []string{""}), "it has a group without a name"},
		"no type":       {entry(alice, nil, access.PolicyType("").OnCluster()), "a policy has no type or no scope"},
		"no namespace":  {entry(alice, nil, access.View.In("")), "a policy has a namespace without a name"},
		"51 namespaces": {entry(alice, nil, access.View.In(names(26, "a")...), access.View.In(names(25, "b")...)), "it has NKSViewPolicy in more than 50 namespaces"},
	} {
		file, skipped, err := export.File(one(test.entry))
		if err != nil || len(file.Rules) > 0 {
			t.Errorf("%s: %+v, %v", name, file.Rules, err)
		}
		want := []export.Skipped{{Cluster: "prod", Principal: alice, Reason: test.want}}
		if diff := cmp.Diff(want, skipped); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func names(n int, prefix string) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.Repeat(prefix, i+1)
	}
	return list
}

// Lists of any length are fine, and a cluster that could not be read is an error.
func TestFileErrors(t *testing.T) {
	file, skipped, err := export.File(nil)
	if err != nil || len(skipped) > 0 || len(file.Clusters) > 0 {
		t.Errorf("nothing: %+v, %v, %v", file, skipped, err)
	}
	observed := append(one(), one()...)
	if _, _, err := export.File(observed); err == nil || !strings.Contains(err.Error(), "are the same cluster") {
		t.Errorf("a cluster that is listed twice: %v", err)
	}
	observed[1].Err = access.ErrUnavailable
	if _, _, err := export.File(observed); err == nil || !strings.Contains(err.Error(), `export cluster "prod": `) {
		t.Errorf("a cluster that could not be read: %v", err)
	}
	if _, err := export.WriteTerraform(&strings.Builder{}, observed, ""); err == nil {
		t.Error("Terraform: no error")
	}
}

// What others wrote into names is text in Terraform configuration, too.
func TestWriteTerraform(t *testing.T) {
	observed := one(
		entry(alice, []string{"b", "a", "a", "${file(\"/etc/passwd\")}", "%{if true}\"\\\n"},
			access.View.OnCluster(),
			access.Edit.In("dev"),
			access.Edit.In("*-ns"),
			access.Policy{Type: "NKSNewPolicy", Scope: "project"},
			access.Policy{Type: "NKSNewPolicy", Scope: "project", Namespaces: []string{"dev"}},
		),
		entry(bob, nil),
		entry(bob, nil),
	)
	var b strings.Builder
	skipped, err := export.WriteTerraform(&b, observed, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(skipped) != 2 || skipped[0].Reason != "the principal has more than one entry" {
		t.Errorf("skipped %q", skipped)
	}
	_, resources, _ := strings.Cut(b.String(), "provider \"nks\" {}\n")
	want := `
resource "nks_access_entry" "cluster_1_evil_user-aaaaaaaa" {
  cluster   = "` + cluster + `" # 1 운영 } evil
  principal = "` + alice + `"
  groups    = ["$${file(\"/etc/passwd\")}", "%%{if true}\"\\\n", "a", "b"]
  policies = [
    { type = "NKSViewPolicy" },
    { type = "NKSEditPolicy", namespaces = ["dev", "*-ns"] },
    { type = "NKSNewPolicy[project]" },
    { type = "NKSNewPolicy[project]", namespaces = ["dev"] },
  ]
}

# cluster "prod": the entry of "` + bob + `" is left out: the principal has more than one entry
# cluster "prod": the entry of "` + bob + `" is left out: the principal has more than one entry

# Remove everything below when Terraform has imported the entries.

import {
  to = nks_access_entry.cluster_1_evil_user-aaaaaaaa
  id = "` + cluster + `,` + alice + `"
}
`
	if diff := cmp.Diff(want, resources); diff != "" {
		t.Error(diff)
	}
}

// With a reference, Terraform knows that the entries go with the cluster.
func TestWriteTerraformWithAReference(t *testing.T) {
	odd := access.AnyNRN("nrn:PUB:IAM::5000008:Robot/7")
	var b strings.Builder
	if _, err := export.WriteTerraform(&b, one(entry(odd, nil)), "ncloud_nks_cluster.main.uuid"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"  cluster   = ncloud_nks_cluster.main.uuid # ", "  principal = \"nrn:PUB:IAM::5000008:Robot/7\"\n  unchecked = true\n",
		"  id = \"" + cluster + ",nrn:PUB:IAM::5000008:Robot/7\"\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in\n%s", want, b.String())
		}
	}
	for text, valid := range map[string]bool{
		"ncloud_nks_cluster.main.uuid": true, "module.nks[0].uuid": true, `module.nks["prod a"].uuid`: true,
		"": false, "main": false, "a.b\n}": false, `file("/etc/passwd")`: false, "a.b # c": false, `a["${b}"].c`: false,
	} {
		if err := export.CheckClusterReference(text, 1); (err == nil) != valid {
			t.Errorf("%q: %v", text, err)
		}
	}
	two := append(one(entry(alice, nil)), desired.Observed{Spec: desired.Target{Name: "b"}})
	if _, err := export.WriteTerraform(&b, two, "ncloud_nks_cluster.main.uuid"); err == nil {
		t.Error("one reference for two clusters: no error")
	}
}
