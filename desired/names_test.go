package desired_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// account is a directory of a test.
type account struct {
	identities []desired.Identity
	groups     map[string][]desired.Identity
	err        error

	mu    sync.Mutex
	finds []string
	lists int
}

func (a *account) Find(_ context.Context, kind desired.Kind, name string) ([]desired.Identity, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.finds = append(a.finds, string(kind)+" "+name)
	if a.err != nil {
		return nil, &desired.UnreadableError{Err: a.err}
	}
	if members, known := a.groups[name]; kind == desired.KindGroup && known {
		return members, nil
	}
	var found []desired.Identity
	for _, identity := range a.identities {
		if identity.Kind == kind && identity.Name == name {
			found = append(found, identity)
		}
	}
	if len(found) == 1 {
		return found, nil
	}
	return nil, fmt.Errorf("there are %d %ss %q", len(found), kind, name)
}

func (a *account) Identities(context.Context) ([]desired.Identity, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.lists++
	if a.err != nil {
		return nil, &desired.UnreadableError{Err: a.err}
	}
	return a.identities, nil
}

// only returns the directory for all regions and profiles.
func only(directory desired.Directory) desired.Directories {
	return func(string, string) (desired.Directory, error) { return directory, nil }
}

func id(n int) string { return fmt.Sprintf("%08x-0000-0000-0000-%012x", n, n) }

func userNRN(n int) access.NRN {
	return access.NRN("nrn:PUB:IAM::5000008:SubAccount/" + id(n))
}

func roleNRN(n int) access.NRN { return access.NRN("nrn:PUB:IAM::5000008:Role/" + id(n)) }

func person(n int, name string) desired.Identity {
	return desired.Identity{Kind: desired.KindUser, ID: id(n), NRN: userNRN(n), Name: name}
}

func actor(n int, name string) desired.Identity {
	return desired.Identity{Kind: desired.KindRole, ID: id(n), NRN: roleNRN(n), Name: name}
}

func inactive(identity desired.Identity) desired.Identity {
	identity.Inactive = true
	return identity
}

func deleted(identity desired.Identity) desired.Identity {
	identity.Deleted = true
	return identity
}

func parsed(t interface{ Fatalf(string, ...any) }, text string) *desired.File {
	file, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return file
}

// seen returns clusters of a file with the same entries.
func seen(file *desired.File, entries ...access.Entry) []desired.Observed {
	var observed []desired.Observed
	for i, target := range file.Clusters {
		observed = append(observed, desired.Observed{
			Spec:    target,
			Cluster: access.Cluster{UUID: clusterUUID(i), Name: target.Name, AuthType: access.AuthTypeAPI, Status: "RUNNING"},
			Entries: entries,
		})
	}
	return observed
}

func has(n int, principal access.NRN, policies ...access.Policy) access.Entry {
	return access.Entry{UUID: id(n), Principal: principal, Grants: access.Grants{Policies: policies}}
}

const withNames = `version: 1
principals:
  kim: {user: kim@corp}
  ops: [{role: deployer}, nrn:PUB:IAM::5000008:Role/00000009-0000-0000-0000-000000000009]
clusters:
  dev: {protect: [{role: deployer}]}
  prod:
access:
  - {principal: kim, clusters: '*', policies: [NKSEditPolicy@dev]}
  - {principal: [ops], clusters: '*', policies: [NKSClusterAdminPolicy]}
  - {principal: [{group: backend}, {user: kim@corp}], clusters: dev, policies: [NKSViewPolicy]}
`

func newAccount() *account {
	kim := person(1, "kim@corp")
	lee := person(2, "lee@corp")
	choi := inactive(person(3, "choi@corp"))
	return &account{
		identities: []desired.Identity{kim, lee, choi, actor(4, "deployer")},
		groups:     map[string][]desired.Identity{"backend": {kim, lee, choi, deleted(person(5, "park@corp"))}, "empty": nil},
	}
}

func TestResolve(t *testing.T) {
	directory := newAccount()
	file := parsed(t, withNames)
	if !file.HasNames() {
		t.Error("the file has no names")
	}
	resolved, err := file.Resolve(t.Context(), only(directory), 4)
	if err != nil {
		t.Fatal(err)
	}
	if resolved.HasNames() || !file.HasNames() {
		t.Error("the resolved file has names, or the file was changed")
	}
	slices.Sort(directory.finds)
	if diff := cmp.Diff([]string{"group backend", "role deployer", "user kim@corp"}, directory.finds); diff != "" {
		t.Error(diff)
	}
	var meanings []string
	for _, meaning := range resolved.Meanings() {
		meanings = append(meanings, meaning.String())
	}
	if diff := cmp.Diff([]string{
		"role deployer: " + string(roleNRN(4)),
		"user kim@corp: " + string(userNRN(1)),
		"group backend (3 people): kim@corp, lee@corp, choi@corp (inactive), park@corp (deleted, left out)",
	}, meanings); diff != "" {
		t.Error(diff)
	}
	plan := resolved.Plan(seen(resolved, has(1, roleNRN(4), access.ClusterAdmin.OnCluster())))
	if err := plan.Err(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]access.NRN{roleNRN(4)}, plan.Clusters[0].Protected); diff != "" {
		t.Error(diff)
	}
	type shown struct{ principal, name, principalName, through, adds, rules string }
	var steps []shown
	for _, step := range plan.Clusters[0].Steps {
		steps = append(steps, shown{
			string(step.Principal), step.Name, step.PrincipalName, strings.Join(step.Through, ", "), strings.Join(step.Adds, ", "),
			strings.Join(step.Rules, " "),
		})
	}
	if diff := cmp.Diff([]shown{
		{string(roleNRN(9)), "ops", "", "", "NKSClusterAdminPolicy", "access.yaml:10:5"},
		{string(userNRN(1)), "kim", "kim@corp", "backend (3 people)", "NKSEditPolicy@dev, NKSViewPolicy", "access.yaml:9:5 access.yaml:11:5"},
		{string(userNRN(2)), "", "lee@corp", "backend (3 people)", "NKSViewPolicy", "access.yaml:11:5"},
		{string(userNRN(3)), "", "choi@corp", "backend (3 people)", "NKSViewPolicy", "access.yaml:11:5"},
	}, steps, cmp.AllowUnexported(shown{})); diff != "" {
		t.Error(diff)
	}
}

// A file without names asks no directory, also if there is none.
func TestResolveWithoutNames(t *testing.T) {
	file := parsed(t, strings.NewReplacer("{user: kim@corp}", string(userNRN(1)), "{role: deployer}", string(roleNRN(4)), "{group: backend}, ", "").
		Replace(strings.ReplaceAll(withNames, "[{group: backend}, {user: kim@corp}]", "kim")))
	resolved, err := file.Resolve(t.Context(), func(string, string) (desired.Directory, error) { panic("asked") }, 4)
	if err != nil || resolved != file {
		t.Errorf("got %v, %v", resolved, err)
	}
}

// Every name that cannot be resolved is reported at once, at each of its places. What cannot be read
// is said once.
func TestResolveReportsAll(t *testing.T) {
	file := parsed(t, strings.ReplaceAll(withNames, "deployer", "nobody"))
	directory := newAccount()
	directory.groups["backend"] = append(directory.groups["backend"], desired.Identity{Kind: desired.KindUser, Name: "jung@corp"})
	_, err := file.Resolve(t.Context(), only(directory), 4)
	want := `access.yaml:4:16: there are 0 roles "nobody"
access.yaml:6:26: there are 0 roles "nobody"
access.yaml:11:26: the directory has no NRN of user "jung@corp"`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	directory.err = errors.New("the key may lack the permission")
	_, err = file.Resolve(t.Context(), only(directory), 4)
	want = `access.yaml:3:15: user "kim@corp" cannot be looked up
access.yaml:4:16: role "nobody" cannot be looked up
access.yaml:6:26: role "nobody" cannot be looked up
access.yaml:11:26: group "backend" cannot be looked up
access.yaml:11:43: user "kim@corp" cannot be looked up
the key may lack the permission`
	if err == nil || err.Error() != want || !errors.Is(err, directory.err) {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	failed := errors.New("no profile")
	_, err = file.Resolve(t.Context(), func(string, string) (desired.Directory, error) { return nil, failed }, 4)
	if !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
	// A file that is not resolved gives no plan, so that nobody is removed for a name that nobody knows.
	plan := file.Plan(seen(file, has(1, userNRN(1))))
	if plan.Summary.Failed != 2 || plan.Summary.Steps() != 0 || !strings.Contains(plan.Err().Error(), `role "nobody" is not resolved`) {
		t.Errorf("got %+v, %v", plan.Summary, plan.Err())
	}
}

// What a directory sends as an NRN is checked as one in a file is.
func TestResolveChecksNRNs(t *testing.T) {
	file := parsed(t, "version: 1\nclusters: {dev: }\naccess:\n  - {principal: {user: kim@corp}, clusters: dev, policies: [NKSViewPolicy]}\n")
	for nrn, words := range map[access.NRN]string{
		"nrn:PUB:IAM::5000008:Group/" + access.NRN(id(1)): "the principal is a group",
		"nrn:PUB:IAM::5000008:SubAccount/kim":             "must be a UUID",
		roleNRN(1):                                        "which is one of another kind",
		"":                                                "has no NRN",
	} {
		directory := &account{identities: []desired.Identity{{Kind: desired.KindUser, ID: id(1), NRN: nrn, Name: "kim@corp"}}}
		_, err := file.Resolve(t.Context(), only(directory), 4)
		if err == nil || !strings.Contains(err.Error(), "access.yaml:4:24: ") || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: got %v", nrn, err)
		}
	}
}

// Names mean what they mean in the account that a cluster is in.
func TestResolveInSeveralAccounts(t *testing.T) {
	file := parsed(t, `version: 1
principals: {kim: {user: kim@corp}}
clusters: {a: {profile: one}, b: {profile: two}, c: {profile: one, region: SGN}}
access:
  - {principal: kim, clusters: '*', policies: [NKSViewPolicy]}
  - {principal: {role: deployer}, clusters: [a, c], policies: [NKSClusterAdminPolicy]}
`)
	one := newAccount()
	two := &account{identities: []desired.Identity{person(20, "kim@corp")}}
	resolved, err := file.Resolve(t.Context(), func(_, profile string) (desired.Directory, error) {
		return map[string]desired.Directory{"one": one, "two": two}[profile], nil
	}, 4)
	if err != nil {
		t.Fatal(err)
	}
	if len(one.finds) != 2 || len(two.finds) != 1 {
		t.Errorf("looked up %v and %v", one.finds, two.finds)
	}
	plan := resolved.Plan(seen(resolved))
	for i, want := range [][]access.NRN{{roleNRN(4), userNRN(1)}, {userNRN(20)}, {roleNRN(4), userNRN(1)}} {
		var principals []access.NRN
		for _, step := range plan.Clusters[i].Steps {
			principals = append(principals, step.Principal)
			if step.Principal.Type() == access.TypeUser && (step.Name != "kim" || step.PrincipalName != "kim@corp") {
				t.Errorf("the step is %+v", step)
			}
		}
		if diff := cmp.Diff(want, principals); diff != "" {
			t.Error(diff)
		}
	}
	two.err = errors.New("refused")
	if err := plan.CheckNames(t.Context(), func(_, profile string) (desired.Directory, error) {
		return map[string]desired.Directory{"one": one, "two": two}[profile], nil
	}, 4); !errors.Is(err, two.err) || errors.Is(err, access.ErrConflict) {
		t.Errorf("got %v", err)
	}
}

// Rules that contradict each other once names are resolved are mistakes in the file.
func TestResolveFindsContradictions(t *testing.T) {
	file := parsed(t, fmt.Sprintf(`version: 1
clusters: {dev: }
access:
  - {principal: {group: backend}, clusters: dev, policies: [NKSViewPolicy]}
  - {principal: '%s', clusters: dev, absent: true}
`, userNRN(2)))
	_, err := file.Resolve(t.Context(), only(newAccount()), 4)
	var mistakes *desired.LoadError
	if !errors.As(err, &mistakes) || !strings.HasPrefix(err.Error(), "access.yaml:5:5: the rule contradicts the rule at access.yaml:4:5") {
		t.Errorf("got %v", err)
	}
	everybody := make([]desired.Identity, 2000)
	for i := range everybody {
		everybody[i] = person(i, fmt.Sprintf("user%d", i))
	}
	var many strings.Builder
	many.WriteString("version: 1\nclusters:\n")
	for i := range 501 {
		fmt.Fprintf(&many, "  c%d:\n", i)
	}
	many.WriteString("access:\n  - {principal: {group: all}, clusters: '*', policies: [NKSViewPolicy]}\n")
	_, err = parsed(t, many.String()).Resolve(t.Context(), only(&account{groups: map[string][]desired.Identity{"all": everybody}}), 4)
	if !errors.As(err, &mistakes) || !strings.Contains(err.Error(), "more than 1000000 times; split the file") {
		t.Errorf("got %v", err)
	}
}

// A saved plan is refused if a name means somebody else than when it was made.
func TestSavedPlanChecksNames(t *testing.T) {
	resolved, err := parsed(t, withNames).Resolve(t.Context(), only(newAccount()), 4)
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(resolved.Plan(seen(resolved)))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := desired.ParsePlan(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := plan.CheckNames(t.Context(), only(newAccount()), 4); err != nil {
		t.Errorf("nothing has changed, but %v", err)
	}
	for name, c := range map[string]struct {
		change func(*account)
		want   string
	}{
		"a newcomer": {
			func(a *account) { a.identities[0] = person(8, "kim@corp") },
			`user "kim@corp" is ` + string(userNRN(8)) + " now; when the plan was saved it was " + string(userNRN(1)),
		},
		"a rename": {
			func(a *account) { a.identities[3].Name = "releaser" },
			`role "deployer" has changed since the plan was saved: there are 0 roles "deployer"`,
		},
		"a twin": {
			func(a *account) { a.identities = append(a.identities, actor(8, "deployer")) },
			`role "deployer" has changed since the plan was saved: there are 2 roles "deployer"`,
		},
		"another member": {
			func(a *account) { a.groups["backend"][1] = person(8, "jung@corp") },
			`group "backend" has changed since the plan was saved: lee@corp (` + string(userNRN(2)) + ") left, jung@corp (" + string(userNRN(8)) + ") joined",
		},
		"a deleted member": {
			func(a *account) { a.groups["backend"][1].Deleted = true },
			`group "backend" has changed since the plan was saved: lee@corp (` + string(userNRN(2)) + ") left, nobody joined",
		},
	} {
		t.Run(name, func(t *testing.T) {
			directory := newAccount()
			c.change(directory)
			err := plan.CheckNames(t.Context(), only(directory), 4)
			if err == nil || err.Error() != c.want || !errors.Is(err, access.ErrConflict) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
	// Who was renamed but is the same in the group has not changed.
	renamed := newAccount()
	renamed.groups["backend"][1].Name = "lee.minho@corp"
	if err := plan.CheckNames(t.Context(), only(renamed), 4); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{`"kind":"team"`, `"name":"","kind":"user"`} {
		odd := strings.Replace(string(data), `"kind":"role","name":"deployer"`, bad, 1)
		if _, err := desired.ParsePlan([]byte(odd)); err == nil || !strings.Contains(err.Error(), "names[0]: ") {
			t.Errorf("%s: got %v", bad, err)
		}
	}
}

// Resolving a file and planning it gives the plan of the same file with NRNs, whatever the directory
// and the file are.
func TestResolveThenPlanIsPlanByNRN(t *testing.T) {
	checks(t, 200, func(rt *rapid.T) {
		directory := &account{groups: map[string][]desired.Identity{}}
		for n := range rapid.IntRange(1, 8).Draw(rt, "identities") {
			identity := person(n, fmt.Sprintf("user%d@corp", n))
			if rapid.Bool().Draw(rt, "is a role") {
				identity = actor(n, fmt.Sprintf("role%d", n))
			}
			identity.Inactive = rapid.Bool().Draw(rt, "inactive")
			directory.identities = append(directory.identities, identity)
		}
		for n := range rapid.IntRange(0, 3).Draw(rt, "groups") {
			var members []desired.Identity
			for _, identity := range directory.identities {
				if identity.Kind == desired.KindUser && rapid.Bool().Draw(rt, "member") {
					identity.Deleted = rapid.IntRange(0, 3).Draw(rt, "deleted") == 0
					members = append(members, identity)
				}
			}
			directory.groups[fmt.Sprintf("팀%d", n)] = members
		}
		files := anyFiles(rt, directory)
		resolved, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(files.named.String())})
		if err == nil {
			resolved, err = resolved.Resolve(context.Background(), only(directory), 2)
		}
		contradicts := err != nil && strings.Contains(err.Error(), "the rule contradicts")
		if err != nil && !contradicts {
			rt.Fatalf("%v\n%s", err, files.named.String())
		}
		file, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(files.plain.String())})
		if (err != nil) != contradicts {
			rt.Fatalf("with names it contradicts itself: %t, with NRNs: %v\n%s\n%s", contradicts, err, files.named.String(), files.plain.String())
		}
		if contradicts {
			return
		}
		var entries []access.Entry
		for i, identity := range directory.identities {
			if rapid.Bool().Draw(rt, "has an entry") {
				entries = append(entries, has(100+i, identity.NRN, access.View.OnCluster()))
			}
		}
		want := withoutNames(rt, file.Plan(seen(file, entries...)))
		got := withoutNames(rt, resolved.Plan(seen(resolved, entries...)))
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(desired.ClusterPlan{}, desired.Step{}), cmpopts.EquateErrors(), cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("%s\n%s\n%s", diff, files.named.String(), files.plain.String())
		}
	})
}

// twoFiles are one file, with names and with the NRNs that they stand for.
type twoFiles struct {
	named, plain strings.Builder
}

// line writes a line into both. whom is for the verb %s in format.
func (f *twoFiles) line(format string, whom whom) {
	fmt.Fprintf(&f.named, format+"\n", whom.named)
	if whom.plain != "[]" {
		fmt.Fprintf(&f.plain, format+"\n", whom.plain)
	}
}

func (f *twoFiles) both(text string) {
	f.named.WriteString(text)
	f.plain.WriteString(text)
}

// whom is a list of principals, with names and with NRNs.
type whom struct{ named, plain string }

// anybody draws principals of an account.
func anybody(t *rapid.T, a *account) whom {
	var named []string
	var plain []access.NRN
	for range rapid.IntRange(1, 3).Draw(t, "principals") {
		if name := rapid.SampledFrom([]string{"", "팀0", "팀1"}).Draw(t, "group"); a.groups[name] != nil {
			named = append(named, "{group: "+name+"}")
			for _, member := range a.groups[name] {
				if !member.Deleted {
					plain = append(plain, member.NRN)
				}
			}
			continue
		}
		identity := rapid.SampledFrom(a.identities).Draw(t, "identity")
		plain = append(plain, identity.NRN)
		if rapid.Bool().Draw(t, "by NRN") {
			named = append(named, string(identity.NRN))
			continue
		}
		named = append(named, fmt.Sprintf("{%s: %s}", identity.Kind, identity.Name))
	}
	slices.Sort(plain)
	var texts []string
	for _, nrn := range slices.Compact(plain) {
		texts = append(texts, string(nrn))
	}
	return whom{"[" + strings.Join(named, ", ") + "]", "[" + strings.Join(texts, ", ") + "]"}
}

// anyFiles draws a file about three clusters.
func anyFiles(t *rapid.T, a *account) *twoFiles {
	f := &twoFiles{}
	f.both("version: 1\nclusters:\n")
	for i := range 3 {
		others := rapid.SampledFrom([]string{"keep", "remove"}).Draw(t, "others")
		protected := anybody(t, a)
		if protected.plain == "[]" {
			f.both(fmt.Sprintf("  c%d: {others: %s}\n", i, others))
			continue
		}
		f.line(fmt.Sprintf("  c%d: {others: %s, protect: %%s}", i, others), protected)
	}
	f.both("access:\n  - {principal: '" + string(roleNRN(99)) + "', clusters: '*', policies: [NKSClusterAdminPolicy]}\n")
	for range rapid.IntRange(1, 4).Draw(t, "rules") {
		clusters := rapid.SampledFrom([]string{"'*'", "c0", "[c1, c2]"}).Draw(t, "clusters")
		grants := rapid.SampledFrom([]string{
			"policies: [NKSViewPolicy]", "policies: ['NKSEditPolicy@a,b']", "groups: [developers]", "absent: true",
		}).Draw(t, "grants")
		f.line(fmt.Sprintf("  - {principal: %%s, clusters: %s, %s}", clusters, grants), anybody(t, a))
	}
	return f
}

// withoutNames returns the JSON of the clusters of a plan without names and places, and in an order of
// its own.
func withoutNames(t *rapid.T, plan *desired.Plan) []desired.ClusterPlan {
	if err := plan.Err(); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(plan.Clusters)
	if err != nil {
		t.Fatal(err)
	}
	var clusters []desired.ClusterPlan
	if err := json.Unmarshal(data, &clusters); err != nil {
		t.Fatal(err)
	}
	for i := range clusters {
		c := &clusters[i]
		c.State = "" // a hash that knows the order of protect
		slices.Sort(c.Protected)
		c.Notes = slices.DeleteFunc(c.Notes, func(note string) bool { return strings.Contains(note, " is inactive, ") })
		slices.Sort(c.Notes)
		for j := range c.Notes {
			c.Notes[j] = nrns.FindString(c.Notes[j])
		}
		for j := range c.Steps {
			step := &c.Steps[j]
			step.Name, step.PrincipalName, step.Through, step.Rules = "", "", nil, nil
		}
		for j := range c.Others {
			c.Others[j].PrincipalName = ""
		}
		slices.SortFunc(c.Steps, func(a, b desired.Step) int { return strings.Compare(string(a.Principal), string(b.Principal)) })
		slices.Sort(c.Notes)
	}
	return clusters
}

var nrns = regexp.MustCompile(`nrn:[^ ).,]*`)
