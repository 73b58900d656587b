package desired_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

func without(identity desired.Identity, nrn access.NRN) desired.Identity {
	identity.NRN = nrn
	return identity
}

// A principal is gone only if the whole, not empty list of its account and its kind is there without it.
func TestStatus(t *testing.T) {
	full := []desired.Identity{person(1, "kim@corp"), inactive(person(2, "lee@corp")), actor(4, "deployer")}
	const gone = 77
	mainAccount := access.NRN("nrn:PUB:Account::5000008:Customer/static")
	for name, c := range map[string]struct {
		lists     [][]desired.Identity
		principal access.NRN
		want      desired.Status
	}{
		"a user that is there":              {[][]desired.Identity{full}, userNRN(1), ""},
		"an inactive user":                  {[][]desired.Identity{full}, userNRN(2), desired.Inactive},
		"a user that is gone":               {[][]desired.Identity{full}, userNRN(gone), desired.Gone},
		"a role that is gone":               {[][]desired.Identity{full}, roleNRN(gone), desired.Gone},
		"a role with the ID of a user":      {[][]desired.Identity{full}, roleNRN(1), desired.Gone},
		"no list":                           {nil, userNRN(gone), ""},
		"an empty list":                     {[][]desired.Identity{{}}, userNRN(gone), ""},
		"a list of roles alone":             {[][]desired.Identity{{actor(4, "deployer")}}, userNRN(gone), ""},
		"a list of users alone":             {[][]desired.Identity{{person(1, "kim@corp")}}, roleNRN(gone), ""},
		"another account":                   {[][]desired.Identity{full}, access.NRN("nrn:PUB:IAM::5000009:SubAccount/" + id(gone)), ""},
		"the main account":                  {[][]desired.Identity{full}, mainAccount, ""},
		"an unknown form":                   {[][]desired.Identity{full}, access.NRN("nrn:PUB:IAM::5000008:Server/" + id(gone)), ""},
		"a user without NRN in the list":    {[][]desired.Identity{append(slices.Clone(full), without(person(gone, "x"), ""))}, userNRN(gone), ""},
		"a list without NRNs":               {[][]desired.Identity{{without(person(1, "kim@corp"), "")}}, userNRN(gone), ""},
		"a list of two accounts":            {[][]desired.Identity{append(slices.Clone(full), without(person(5, "x"), access.NRN("nrn:PUB:IAM::5000009:SubAccount/"+id(5))))}, userNRN(gone), ""},
		"a deleted user":                    {[][]desired.Identity{append(slices.Clone(full), deleted(person(5, "park@corp")))}, userNRN(5), desired.Gone},
		"two lists, one is of the account":  {[][]desired.Identity{{without(person(5, "x"), access.NRN("nrn:PUB:IAM::5000009:SubAccount/"+id(5)))}, full}, userNRN(gone), desired.Gone},
		"two lists of the same account":     {[][]desired.Identity{full, full}, userNRN(1), ""},
		"a user that is in the second list": {[][]desired.Identity{full[:1], full}, userNRN(2), desired.Inactive},
	} {
		t.Run(name, func(t *testing.T) {
			if got := desired.PeopleOf(c.lists...).Status(c.principal); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	var nobody *desired.People
	if nobody.Status(userNRN(1)) != "" || nobody.Name(userNRN(1)) != "" {
		t.Error("nobody is known, but something is said")
	}
}

// Whatever the account is, somebody who is in it is never called gone, and nobody of another account.
func TestNobodyIsGoneWhoIsThere(t *testing.T) {
	checks(t, 200, func(rt *rapid.T) {
		var list []desired.Identity
		for n := range rapid.IntRange(0, 6).Draw(rt, "people") {
			identity := person(n, fmt.Sprint("user", n))
			if rapid.Bool().Draw(rt, "is a role") {
				identity = actor(n, fmt.Sprint("role", n))
			}
			identity.Inactive = rapid.Bool().Draw(rt, "inactive")
			if rapid.IntRange(0, 4).Draw(rt, "no NRN") == 0 {
				identity.NRN = ""
			}
			list = append(list, identity)
		}
		people := desired.PeopleOf(list)
		for n, identity := range list {
			nrn := userNRN(n)
			if identity.Kind == desired.KindRole {
				nrn = roleNRN(n)
			}
			if people.Status(nrn) == desired.Gone {
				rt.Fatalf("%v is called gone", identity)
			}
			other := access.NRN(strings.Replace(string(nrn), "5000008", "5000009", 1))
			if people.Status(other) != "" {
				rt.Fatalf("%s is called %s", other, people.Status(other))
			}
		}
	})
}

func TestPlanShowsStaleEntries(t *testing.T) {
	file := parsed(t, fmt.Sprintf(`version: 1
clusters: {dev: , prod: {others: remove}}
access:
  - {principal: '%s', clusters: '*', policies: [NKSClusterAdminPolicy]}
  - {principal: '%s', clusters: dev, policies: [NKSViewPolicy]}
`, roleNRN(4), userNRN(9)))
	people, err := file.People(t.Context(), only(newAccount()), 4)
	if err != nil {
		t.Fatal(err)
	}
	entries := []access.Entry{
		has(1, roleNRN(4), access.ClusterAdmin.OnCluster()), has(2, userNRN(1)), has(3, userNRN(3)), has(7, userNRN(7), access.View.OnCluster()),
	}
	plan := file.WithPeople(people).Plan(seen(file, entries...))
	type shown struct{ uuid, name, status string }
	var stale [][]shown
	for _, c := range plan.Clusters {
		var list []shown
		for _, entry := range c.Stale {
			list = append(list, shown{entry.UUID, entry.PrincipalName, string(entry.Status)})
		}
		stale = append(stale, list)
	}
	// The plan removes the entries from prod anyway.
	if diff := cmp.Diff([][]shown{{{id(3), "choi@corp", "inactive"}, {id(7), "", "gone"}}, nil}, stale, cmp.AllowUnexported(shown{})); diff != "" {
		t.Error(diff)
	}
	if plan.Summary.Stale != 1 || plan.Summary.Inactive != 1 {
		t.Errorf("the summary is %+v", plan.Summary)
	}
	if notes := strings.Join(plan.Clusters[0].Notes, "\n"); !strings.Contains(notes, string(userNRN(9))+" is not in its account any more, but the file gives it access") {
		t.Errorf("the notes are %s", notes)
	}
	if other := plan.Clusters[0].Others[0]; other.PrincipalName != "kim@corp" {
		t.Errorf("the other entry is %+v", other)
	}

	list, err := file.WithPeople(people).Who(seen(file, entries...), desired.Filter{Stale: true, Clusters: []string{"dev"}})
	if err != nil || len(list) != 2 || list[0].Status != desired.Gone || list[1].PrincipalName != "choi@corp" {
		t.Errorf("got %+v, %v", list, err)
	}
	list, err = file.WithPeople(people).Who(seen(file, entries...), desired.Filter{Principal: "kim@corp"})
	if err != nil || len(list) != 2 || list[0].Principal != userNRN(1) {
		t.Errorf("got %+v, %v", list, err)
	}

	// Without people, nothing is stale.
	if plan := file.Plan(seen(file, entries...)); plan.Summary.Stale != 0 || plan.Clusters[0].Stale != nil {
		t.Errorf("got %+v", plan.Summary)
	}
}

// A stale entry of a principal with several NRNs says which of them it is.
func TestStaleEntriesHaveLabels(t *testing.T) {
	file := parsed(t, fmt.Sprintf("version: 1\nprincipals: {backend: ['%s', '%s']}\nclusters: {dev: }\n"+
		"access: [{principal: backend, clusters: dev, policies: []}]\n", userNRN(1), userNRN(9)))
	people, err := file.People(t.Context(), only(newAccount()), 4)
	if err != nil {
		t.Fatal(err)
	}
	plan := file.WithPeople(people).Plan(seen(file, has(1, userNRN(1)), has(9, userNRN(9))))
	stale := plan.Clusters[0].Stale
	if len(stale) != 1 || stale[0].Shown() != "backend (2 of 2)" {
		t.Errorf("got %+v", stale)
	}
}

// A directory that refuses makes nobody stale, and says so.
func TestNobodyIsStaleWithoutPermission(t *testing.T) {
	directory := newAccount()
	directory.err = errors.New("refused")
	file := parsed(t, "version: 1\nclusters: {dev: }\n")
	people, err := file.People(t.Context(), only(directory), 4)
	if !errors.Is(err, directory.err) || people.Status(userNRN(77)) != "" {
		t.Errorf("got %v, %q", err, people.Status(userNRN(77)))
	}
	if plan := file.WithPeople(people).Plan(seen(file, has(1, userNRN(77)))); plan.Summary.Stale != 0 {
		t.Errorf("got %+v", plan.Summary)
	}
}

// Stale entries are removed as a plan: through the guards, and only they.
func TestPlanStale(t *testing.T) {
	directory := newAccount()
	entries := []nks.AccessEntry{
		entry(string(roleNRN(77)), nil, "NKSClusterAdminPolicy"), entry(string(userNRN(77)), nil, "NKSViewPolicy"),
		entry(string(userNRN(1)), nil, "NKSViewPolicy"), entry(string(userNRN(3)), nil, "NKSViewPolicy"),
	}
	r := newRig(t, emulator.Faults{}, 1, entries, entries[2:])
	client, err := r.clients(t)("", "")
	if err != nil {
		t.Fatal(err)
	}
	clusters, err := client.Clusters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	file := desired.FileOf("", desired.Region{Code: "KR", Clusters: clusters})
	people, err := file.People(t.Context(), only(directory), 4)
	if err != nil {
		t.Fatal(err)
	}
	plan := file.WithPeople(people).PlanStale(r.read(t, file))
	if plan.Summary.Remove != 2 || plan.Summary.Steps() != 2 || plan.Summary.Losing != 2 {
		t.Fatalf("the plan is %+v", plan.Summary)
	}
	if _, err := desired.Apply(t.Context(), plan, r.clients(t), desired.Options{MaxRemovals: 1}); !errors.Is(err, desired.ErrRemovals) {
		t.Errorf("got %v", err)
	}
	report, err := desired.Apply(t.Context(), plan, r.clients(t), desired.Options{MaxRemovals: 2})
	if err != nil || !errors.Is(report.Err(), access.ErrNoAdmin) {
		t.Errorf("the last administrator is taken: %v, %v", err, report.Err())
	}
	report, err = desired.Apply(t.Context(), plan, r.clients(t), desired.Options{MaxRemovals: 2, AllowNoAdmin: true})
	if err != nil || report.Err() != nil {
		t.Errorf("got %v, %v", err, report.Err())
	}
	var left []string
	for principal := range r.entries(t, 0) {
		left = append(left, principal)
	}
	slices.Sort(left)
	if diff := cmp.Diff([]string{string(userNRN(1)), string(userNRN(3))}, left); diff != "" {
		t.Error(diff)
	}
}

// A plan of 500 clusters with names looks each name up once, and reads each list once.
func TestNamesOfManyClusters(t *testing.T) {
	var text strings.Builder
	text.WriteString("version: 1\nclusters:\n")
	for i := range 500 {
		fmt.Fprintf(&text, "  c%d: {region: %s, protect: {role: deployer}}\n", i, []string{"KR", "SGN"}[i%2])
	}
	text.WriteString("access:\n")
	for i := range 500 {
		fmt.Fprintf(&text, "  - {principal: [{user: kim@corp}, {group: backend}], clusters: c%d, policies: [NKSViewPolicy]}\n", i)
	}
	directory := newAccount()
	file, err := parsed(t, text.String()).Resolve(t.Context(), only(directory), 4)
	if err != nil {
		t.Fatal(err)
	}
	people, err := file.People(t.Context(), only(directory), 4)
	if err != nil {
		t.Fatal(err)
	}
	if plan := file.WithPeople(people).Plan(seen(file)); plan.Summary.Add != 1500 {
		t.Errorf("the plan is %+v", plan.Summary)
	}
	if len(directory.finds) != 3 || directory.lists != 1 {
		t.Errorf("looked up %v, and read %d lists", directory.finds, directory.lists)
	}
}
