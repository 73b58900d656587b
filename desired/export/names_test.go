package export_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
)

func identity(kind desired.Kind, n int, name string) desired.Identity {
	resource := "SubAccount"
	if kind == desired.KindRole {
		resource = "Role"
	}
	id := fmt.Sprintf("%08x-0000-0000-0000-%012x", n, n)
	return desired.Identity{Kind: kind, ID: id, NRN: access.NRN("nrn:PUB:IAM::5000008:" + resource + "/" + id), Name: name}
}

// directory finds the only one with a name.
type directory struct{ all []desired.Identity }

func (d *directory) Find(_ context.Context, kind desired.Kind, name string) ([]desired.Identity, error) {
	found := slices.DeleteFunc(slices.Clone(d.all), func(i desired.Identity) bool { return i.Kind != kind || i.Name != name })
	if len(found) != 1 {
		return nil, errors.New("not one")
	}
	return found, nil
}

func (d *directory) Identities(context.Context) ([]desired.Identity, error) { return d.all, nil }

func observe(entries ...access.Entry) []desired.Observed {
	return []desired.Observed{{
		Spec:    desired.Target{Name: "demo"},
		Cluster: access.Cluster{UUID: "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000", AuthType: access.AuthTypeAPI},
		Entries: entries,
	}}
}

func written(t interface{ Fatal(...any) }, file *desired.File) string {
	var text bytes.Buffer
	if err := export.WriteYAML(&text, file); err != nil {
		t.Fatal(err)
	}
	_, text2, _ := strings.Cut(text.String(), "\n")
	return text2
}

func TestExportNames(t *testing.T) {
	kim := identity(desired.KindUser, 1, "kim@corp")
	lee := identity(desired.KindUser, 2, "lee@corp")
	lee.Inactive = true
	people := []desired.Identity{
		kim, lee, identity(desired.KindRole, 3, "twins"), identity(desired.KindRole, 4, "twins"), identity(desired.KindRole, 5, "운영"),
	}
	var entries []access.Entry
	for n, person := range append(people, identity(desired.KindUser, 9, "")) { // nobody knows the last one
		entries = append(entries, access.Entry{UUID: fmt.Sprint(n), Principal: person.NRN, Grants: access.Grants{Policies: []access.Policy{access.View.OnCluster()}}})
	}
	for name, c := range map[string]struct {
		option export.Option
		want   string
	}{
		"called": {export.Called(desired.PeopleOf(people)), `version: 1
principals:
  kim@corp: nrn:PUB:IAM::5000008:SubAccount/00000001-0000-0000-0000-000000000001 # user kim@corp
  lee@corp: nrn:PUB:IAM::5000008:SubAccount/00000002-0000-0000-0000-000000000002 # user lee@corp (inactive)
  twins: nrn:PUB:IAM::5000008:Role/00000003-0000-0000-0000-000000000003 # role twins
  role-00000004: nrn:PUB:IAM::5000008:Role/00000004-0000-0000-0000-000000000004 # role twins
  "운영": nrn:PUB:IAM::5000008:Role/00000005-0000-0000-0000-000000000005 # role 운영
  user-00000009: nrn:PUB:IAM::5000008:SubAccount/00000009-0000-0000-0000-000000000009
`},
		"by name": {export.ByName(desired.PeopleOf(people)), `version: 1
principals:
  kim@corp: {user: kim@corp}
  lee@corp: {user: lee@corp}
  twins: nrn:PUB:IAM::5000008:Role/00000003-0000-0000-0000-000000000003 # role twins
  role-00000004: nrn:PUB:IAM::5000008:Role/00000004-0000-0000-0000-000000000004 # role twins
  "운영": {role: "운영"}
  user-00000009: nrn:PUB:IAM::5000008:SubAccount/00000009-0000-0000-0000-000000000009
`},
	} {
		t.Run(name, func(t *testing.T) {
			file, _, err := export.File(observe(entries...), c.option)
			if err != nil {
				t.Fatal(err)
			}
			want := c.want + `clusters:
  demo: {}
access:
  - {principal: [kim@corp, lee@corp, twins, role-00000004, "운영", user-00000009], clusters: [demo], policies: [NKSViewPolicy]}
`
			if diff := cmp.Diff(want, written(t, file)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// An export by names, resolved again, is a plan without changes, whatever people are called.
func TestExportByNameThenPlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var entries []access.Entry
		known := &directory{}
		for n := range rapid.IntRange(1, 8).Draw(rt, "entries") {
			kind := rapid.SampledFrom([]desired.Kind{desired.KindUser, desired.KindRole}).Draw(rt, "kind")
			name := rapid.SampledFrom([]string{"kim@corp", "deployer", "운영", "a b", " a", "true", "nrn:x", "a\u200bb", "#", "", "'"}).Draw(rt, "name")
			who := identity(kind, n, name)
			entries = append(entries, access.Entry{UUID: who.ID, Principal: who.NRN, Grants: access.Grants{Policies: []access.Policy{access.View.OnCluster()}}})
			if rapid.IntRange(0, 3).Draw(rt, "unknown") > 0 {
				known.all = append(known.all, who)
			}
		}
		file, skipped, err := export.File(observe(entries...), export.ByName(desired.PeopleOf(known.all)))
		if err != nil || len(skipped) > 0 {
			rt.Fatal(skipped, err)
		}
		text := written(rt, file)
		read, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(text)})
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		resolved, err := read.Resolve(context.Background(), func(string, string) (desired.Directory, error) { return known, nil }, 2)
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		plan := resolved.Plan(observe(entries...))
		if plan.Err() != nil || plan.Summary.Steps() > 0 || plan.Summary.Unchanged != len(entries) {
			rt.Fatalf("%v, %+v\n%s", plan.Err(), plan.Summary, text)
		}
	})
}

func TestMigrateWithNames(t *testing.T) {
	people := []desired.Identity{{Kind: desired.KindUser, ID: kim, NRN: access.NRN(nrn(kim)), Name: "kim@corp"}}
	groups := func() ([]export.Group, error) {
		gone := identity(desired.KindUser, 8, "park@corp")
		gone.Deleted = true
		return []export.Group{{Name: "backend", Members: []desired.Identity{people[0], gone}}, {Name: "empty"}}, nil
	}
	text := configMap("", "subAccountIdNo: "+kim+", username: k, groups: [system:masters, 'ncp-sub-account-group:backend', 'ncp-sub-account-group:frontend']",
		"subAccountIdNo: "+lee+", username: lee, groups: [system:masters]")
	migration, err := export.Migrate([]byte(text), desired.Target{Name: "prod"}, account, export.WithNames(desired.PeopleOf(people), groups))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{
		nrn(kim): "NKSClusterAdminPolicy, group ncp-sub-account-group:backend, group ncp-sub-account-group:frontend",
	}, rights(migration)); diff != "" {
		t.Error(diff)
	}
	if name := migration.File.Principals[0].Name; name != "kim@corp" {
		t.Errorf("kim is called %s", name)
	}
	notes := strings.Join(migration.Notes, "\n")
	for _, want := range []string{
		"lee " + nrn(lee) + ": left out, because no sub account of the account has this ID",
		"proposal for the members of backend (today: kim@corp, park@corp (deleted)), if RoleBindings or ClusterRoleBindings name their group: " +
			"{principal: {group: backend}, clusters: [prod], groups: ['ncp-sub-account-group:backend']}",
		`the account has no group "frontend"`,
	} {
		if !strings.Contains(notes, want) {
			t.Errorf("%s is not in\n%s", want, notes)
		}
	}
	if strings.Contains(notes, "empty") {
		t.Errorf("a group that nobody names is proposed:\n%s", notes)
	}

	all := "kind: ConfigMap\ndata: {authenticateAll: 'true'}\n"
	migration, err = export.Migrate([]byte(all), desired.Target{Name: "prod"}, account, export.WithNames(desired.PeopleOf(people), groups))
	if notes := strings.Join(migration.Notes, "\n"); err != nil || !strings.Contains(notes, "members of empty (today: nobody)") || !strings.Contains(notes, "members of backend") {
		t.Errorf("got %v\n%s", err, notes)
	}
	refused := errors.New("refused")
	_, err = export.Migrate([]byte(all), desired.Target{Name: "prod"}, account,
		export.WithNames(nil, func() ([]export.Group, error) { return nil, refused }))
	if !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
}
