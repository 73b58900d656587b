package desired_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

const (
	alice = "nrn:PUB:IAM::5000008:SubAccount/aaaaaaaa-0000-0000-0000-000000000000"
	bob   = "nrn:PUB:IAM::5000008:SubAccount/bbbbbbbb-0000-0000-0000-000000000000"
	carol = "nrn:PUB:IAM::5000008:SubAccount/cccccccc-0000-0000-0000-000000000000"
	dave  = "nrn:PUB:IAM::5000008:SubAccount/dddddddd-0000-0000-0000-000000000000"
	erin  = "nrn:PUB:IAM::5000008:SubAccount/eeeeeeee-0000-0000-0000-000000000000"
	frank = "nrn:PUB:IAM::5000008:SubAccount/ffffffff-0000-0000-0000-000000000000"
)

// access.yaml with one cluster c0, its settings, and the rules.
func oneCluster(t testing.TB, settings string, rules ...string) *desired.File {
	t.Helper()
	text := "version: 1\nprincipals:\n"
	for name, nrn := range map[string]string{"alice": alice, "bob": bob, "carol": carol, "dave": dave, "erin": erin, "frank": frank} {
		if strings.Contains(settings+strings.Join(rules, " "), name) {
			text += "  " + name + ": " + nrn + "\n"
		}
	}
	text = strings.TrimSuffix(text, "principals:\n") + "clusters:\n  c0: {" + settings + "}\n"
	if len(rules) > 0 {
		text += "access:\n"
	}
	for _, rule := range rules {
		text += "  - {clusters: c0, " + rule + "}\n"
	}
	return parse(t, text)
}

func (r *rig) plan(t testing.TB, file *desired.File) *desired.Plan {
	t.Helper()
	plan := file.Plan(r.read(t, file))
	if err := plan.Err(); err != nil {
		t.Fatal(err)
	}
	r.restart()
	return plan
}

func (r *rig) apply(t testing.TB, plan *desired.Plan, options desired.Options) (*desired.Report, error) {
	t.Helper()
	report, err := desired.Apply(context.Background(), plan, r.clients(t), options)
	if err == nil {
		err = report.Err()
	}
	return report, err
}

// What a plan says of one cluster, in short.
func summary(c desired.ClusterPlan) []string {
	var lines []string
	for _, step := range c.Steps {
		line := string(step.Action) + " " + step.Name
		for _, grant := range step.Adds {
			line += " +" + grant
		}
		for _, grant := range step.Takes {
			line += " -" + grant
		}
		lines = append(lines, line)
	}
	for _, other := range c.Others {
		lines = append(lines, "keep "+string(other.Principal))
	}
	return lines
}

// Administrators come first, then additions, changes that widen, changes that narrow, and removals.
// Entries that no rule names are listed.
func TestPlan(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{
		entry(alice, []string{"x"}, "NKSClusterAdminPolicy"), entry(bob, nil, "NKSViewPolicy"), entry(carol, []string{"b", "a", "a"}, "NKSEditPolicy@a", "NKSEditPolicy@b"),
		entry(dave, nil, "NKSViewPolicy"), entry(platform, nil, "NKSViewPolicy"),
	})
	file := oneCluster(t, "", "principal: dave, absent: true", "principal: alice, policies: [NKSViewPolicy]", "principal: bob, policies: [NKSViewPolicy], groups: [g]",
		"principal: erin, groups: []", "principal: frank, policies: [NKSClusterAdminPolicy]", "principal: carol, policies: ['NKSEditPolicy@b,a']", "principal: carol, groups: [a, b]")
	plan := r.plan(t, file)
	want := []string{
		"add frank +NKSClusterAdminPolicy", "add erin", "change bob +group g", "change alice +NKSViewPolicy -NKSClusterAdminPolicy -group x",
		"remove dave -NKSViewPolicy", "keep " + platform,
	}
	if diff := cmp.Diff(want, summary(plan.Clusters[0])); diff != "" {
		t.Error(diff)
	}
	if want := (desired.Summary{Clusters: 1, Add: 2, Change: 2, Remove: 1, Losing: 2, Unchanged: 1, Others: 1}); plan.Summary != want {
		t.Errorf("the summary is %+v, want %+v", plan.Summary, want)
	}
	if report, err := r.apply(t, plan, desired.Options{MaxRemovals: 2}); err != nil || report.Done != 5 {
		t.Fatalf("%+v, %v", report, err)
	}
	if again := r.plan(t, file); again.Summary.Steps() != 0 {
		t.Errorf("after apply: %v", summary(again.Clusters[0]))
	}
}

func TestPlanErrors(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{
		entry(alice, nil, "NKSViewPolicy"), entry(carol, []string{"a\nb"}),
	})
	for name, test := range map[string]struct{ file, want string }{
		"no such cluster":               {"version: 1\nclusters: {x: }\n", `find cluster "x": not found: the clusters are: c0`},
		"the same cluster":              {"version: 1\nclusters: {c0: , " + clusterUUID(0) + ": }\n", `"c0" and "` + clusterUUID(0) + `" are the same cluster`},
		"a type that is new":            {"version: 1\nclusters: {c0: }\naccess: [{principal: '" + alice + "', clusters: c0, policies: [{type: New, scope: x, unknown: true}]}]\n", `type must be one of`},
		"a principal by no type":        {"version: 1\nprincipals: {x: {nrn: 'nrn:PUB:IAM::5000008:Account', unchecked: true}}\nclusters: {c0: }\naccess: [{principal: x, clusters: c0, policies: []}]\n", "the NRN is neither a SubAccount nor a Role"},
		"a group that no request takes": {"version: 1\nclusters: {c0: }\naccess: [{principal: '" + carol + "', clusters: c0, groups: [{name: \"a\\nb\", unchecked: true}, c, {name: ' d', unchecked: true}]}]\n", "groups[2] must not begin or end with a blank"},
	} {
		file := parse(t, test.file)
		plan := file.Plan(r.read(t, file))
		if err := plan.Err(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
		if plan.Summary.Steps() > 0 || plan.Summary.Failed == 0 {
			t.Errorf("%s: %+v", name, plan.Summary)
		}
		if report, err := r.apply(t, plan, anything); err == nil || report.Failed == 0 || len(r.changes) > 0 {
			t.Errorf("%s: apply sent %v: %v", name, r.changes, err)
		}
	}
}

// A rule for a principal with two entries would leave one of them as it is. Nobody can tell which
// of them counts.
func TestPlanOfTwoEntries(t *testing.T) {
	file := oneCluster(t, "", "principal: alice, policies: [NKSViewPolicy]")
	view := access.Grants{Policies: []access.Policy{access.View.OnCluster()}}
	plan := file.Plan([]desired.Observed{{
		Spec: file.Clusters[0], Cluster: access.Cluster{UUID: clusterUUID(0)},
		Entries: []access.Entry{{UUID: "1", Principal: alice}, {UUID: "2", Principal: alice, Grants: view}},
	}})
	if err := plan.Err(); err == nil || !strings.Contains(err.Error(), "more than one entry (1, 2)") || !errors.Is(err, access.ErrAmbiguous) || plan.Summary.Steps() > 0 {
		t.Errorf("%v, %+v", err, plan.Summary)
	}
}

// Each guard stops what it guards against, before anything is sent to the cluster, and its option
// lifts it.
func TestGuards(t *testing.T) {
	six := []string{alice, bob, carol, dave, erin, frank}
	var viewers []nks.AccessEntry
	for _, principal := range six {
		viewers = append(viewers, entry(principal, nil, "NKSViewPolicy"))
	}
	for name, test := range map[string]struct {
		entries []nks.AccessEntry
		file    *desired.File
		guard   error
		lift    func(*desired.Options)
	}{
		"the only administrator is removed": {
			[]nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy"), entry(bob, nil, "NKSClusterAdminPolicy@a")}, oneCluster(t, "", "principal: alice, absent: true"),
			access.ErrNoAdmin, func(o *desired.Options) { o.AllowNoAdmin = true },
		},
		"the only administrator is narrowed": {
			[]nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy")}, oneCluster(t, "", "principal: alice, policies: ['NKSClusterAdminPolicy@a']"),
			access.ErrNoAdmin, func(o *desired.Options) { o.AllowNoAdmin = true },
		},
		"the only administrator is not in the file": {
			[]nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy")}, oneCluster(t, "others: remove", "principal: bob, policies: [NKSAdminPolicy]"),
			access.ErrNoAdmin, func(o *desired.Options) { o.AllowNoAdmin = true },
		},
		"a protected principal is removed": {
			viewers[:2], oneCluster(t, "others: remove, protect: alice", "principal: bob, policies: [NKSViewPolicy]"),
			desired.ErrProtected, func(o *desired.Options) { o.AllowProtected = true },
		},
		"a protected principal is narrowed": {
			viewers[:2], oneCluster(t, "protect: [bob, alice]", "principal: alice, policies: [NKSEditPolicy]"),
			desired.ErrProtected, func(o *desired.Options) { o.AllowProtected = true },
		},
		"a protected principal loses an entry that grants nothing": {
			[]nks.AccessEntry{entry(alice, nil)}, oneCluster(t, "others: remove, protect: alice"),
			desired.ErrProtected, func(o *desired.Options) { o.AllowProtected = true },
		},
		"more removals than allowed": {
			viewers, oneCluster(t, "others: remove"),
			desired.ErrRemovals, func(o *desired.Options) { o.MaxRemovals = 6 },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, test.entries)
			options := desired.Options{MaxRemovals: 5}
			plan := r.plan(t, test.file)
			if _, err := r.apply(t, plan, options); !errors.Is(err, test.guard) || len(r.requests) > 0 {
				t.Errorf("the error is %v, want %v; it sent %v", err, test.guard, r.requests)
			}
			test.lift(&options)
			if _, err := r.apply(t, plan, options); err != nil {
				t.Errorf("with the guard lifted: %v", err)
			}
			if r.plan(t, test.file).Summary.Steps() > 0 {
				t.Error("with the guard lifted, changes are left")
			}
		})
	}
}

// A principal under protect may get more.
func TestProtectedMayGetMore(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy")})
	file := oneCluster(t, "protect: alice", "principal: alice, policies: [NKSViewPolicy, NKSEditPolicy]")
	if _, err := r.apply(t, r.plan(t, file), desired.Options{}); err != nil {
		t.Error(err)
	}
}

// A guard stops one cluster and not the others.
func TestGuardStopsOneCluster(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy")}, nil)
	file := parse(t, "version: 1\nclusters: {c0: {others: remove}, c1: }\naccess: [{principal: '"+bob+"', clusters: c1, groups: [a]}]\n")
	report, err := r.apply(t, r.plan(t, file), anything)
	if !errors.Is(err, access.ErrNoAdmin) || report.Done != 1 || report.Left != 1 || report.Failed != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// The administrator changes from one principal to another, and somebody removes the new one
// meanwhile: the old one stays.
func TestLastAdminStaysWhenAnotherIsRemovedMeanwhile(t *testing.T) {
	for name, rule := range map[string]string{
		"removal":   "principal: alice, absent: true",
		"narrowing": "principal: alice, policies: [NKSViewPolicy]",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy")})
			plan := r.plan(t, oneCluster(t, "", rule, "principal: bob, policies: [NKSClusterAdminPolicy]"))
			options := desired.Options{MaxRemovals: 1, OnEvent: func(e desired.Event) {
				if e.Step != nil && e.Step.Principal == bob {
					if err := r.store.Delete(clusterUUID(0), r.entries(t, 0)[bob].UUID); err != nil {
						t.Error(err)
					}
				}
			}}
			if _, err := r.apply(t, plan, options); !errors.Is(err, access.ErrNoAdmin) {
				t.Errorf("the error is %v", err)
			}
			if !r.hasAdmin(clusterUUID(0)) {
				t.Error("the cluster has no administrator")
			}
		})
	}
}

// A change does not overwrite what somebody else did after the plan was made.
func TestConflicts(t *testing.T) {
	put := func(r *rig, principal string, policies ...string) {
		for _, e := range []nks.AccessEntry{entry(principal, nil, policies...)} {
			e.UUID = "99999999-0000-0000-0000-000000000000"
			list, _ := r.store.List(clusterUUID(0))
			for _, old := range list {
				if old.Entry == principal {
					_ = r.store.Delete(clusterUUID(0), old.UUID)
				}
			}
			if len(policies) > 0 {
				_ = r.store.Create(clusterUUID(0), e)
			}
		}
	}
	for name, test := range map[string]struct {
		rule      string
		meanwhile func(*rig)
		want      error
		left      []string // the policies of alice in the end
	}{
		"an entry to add differs":        {"principal: alice, policies: [NKSViewPolicy]", func(r *rig) { put(r, bob); put(r, alice, "NKSEditPolicy") }, access.ErrConflict, []string{"NKSEditPolicy"}},
		"an entry to add is there":       {"principal: alice, policies: [NKSViewPolicy]", func(r *rig) { put(r, alice, "NKSViewPolicy") }, nil, []string{"NKSViewPolicy"}},
		"an entry to change differs":     {"principal: bob, policies: [NKSAdminPolicy]", func(r *rig) { put(r, bob, "NKSEditPolicy") }, access.ErrConflict, nil},
		"an entry to change is so":       {"principal: bob, policies: [NKSAdminPolicy]", func(r *rig) { put(r, bob, "NKSAdminPolicy") }, nil, nil},
		"an entry to change is gone":     {"principal: bob, policies: [NKSAdminPolicy]", func(r *rig) { put(r, bob) }, access.ErrConflict, nil},
		"an entry to remove differs":     {"principal: bob, absent: true", func(r *rig) { put(r, bob, "NKSEditPolicy") }, access.ErrConflict, nil},
		"an entry to remove is gone":     {"principal: bob, absent: true", func(r *rig) { put(r, bob) }, nil, nil},
		"the list is empty at a change":  {"principal: bob, policies: [NKSAdminPolicy]", func(r *rig) { put(r, bob); put(r, carol) }, desired.ErrEmptyList, nil},
		"the list is empty at a removal": {"principal: bob, absent: true", func(r *rig) { put(r, bob); put(r, carol) }, desired.ErrEmptyList, nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(bob, nil, "NKSViewPolicy"), entry(carol, nil, "NKSViewPolicy")})
			plan := r.plan(t, oneCluster(t, "", test.rule))
			test.meanwhile(r)
			before, _ := r.store.List(clusterUUID(0))
			_, err := r.apply(t, plan, anything)
			if !errors.Is(err, test.want) {
				t.Fatalf("the error is %v, want %v", err, test.want)
			}
			if len(r.changes) > 0 {
				t.Errorf("it sent %v", r.changes)
			}
			after, _ := r.store.List(clusterUUID(0))
			if diff := cmp.Diff(before, after); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A saved plan is applied where everything is as it was, and nowhere else.
func TestSavedPlan(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy")}, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy")}, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy")})
	file := parse(t, "version: 1\nclusters: {c0: , c1: , c2: }\naccess: [{principal: ['"+alice+"', '"+bob+"'], clusters: '*', policies: [NKSEditPolicy]}]\n")
	data, err := json.Marshal(r.plan(t, file))
	if err != nil {
		t.Fatal(err)
	}
	plan, err := desired.ParsePlan(data)
	if err != nil {
		t.Fatal(err)
	}
	// On c1 somebody changes an entry that the plan does not touch, and c2 seems to have no
	// entries.
	foreign := entry(carol, nil, "NKSViewPolicy")
	foreign.UUID = "99999999-0000-0000-0000-000000000000"
	if err := r.store.Create(clusterUUID(1), foreign); err != nil {
		t.Fatal(err)
	}
	if err := r.store.Delete(clusterUUID(2), r.entries(t, 2)[alice].UUID); err != nil {
		t.Fatal(err)
	}
	saved := anything
	report, err := r.apply(t, plan, saved)
	if !errors.Is(err, access.ErrConflict) || !errors.Is(err, desired.ErrEmptyList) || report.Done != 2 || report.Failed != 2 {
		t.Fatalf("%+v, %v", report, err)
	}
	if len(r.entries(t, 0)) != 2 || len(r.entries(t, 1)) != 2 || len(r.entries(t, 2)) != 0 {
		t.Error("clusters that changed were touched, or the one that did not was not")
	}
	if report, err := r.apply(t, plan, saved); err == nil || report.Done > 0 {
		t.Errorf("applied a second time: %+v, %v", report, err)
	}
}

func TestParsePlanMistakes(t *testing.T) {
	for name, test := range map[string]struct{ data, want string }{
		"no JSON":         {"version: 1", "(want the whole of a saved plan, which is JSON)"},
		"nothing":         {"", "(want the whole of a saved plan, which is JSON)"},
		"cut off":         {`{"version": 1, "clu`, "(want the whole of a saved plan, which is JSON)"},
		"a newer version": {`{"version": 2, "more": []}`, "unknown version 2 (want 1)"},
		"a cluster twice": {`{"version": 1, "clusters": [{"uuid": "` + clusterUUID(9) + `", "state": "x"}, {"uuid": "` + strings.ToUpper(clusterUUID(9)) + `", "state": "x"}]}`, "clusters[1]: duplicate cluster " + strings.ToUpper(clusterUUID(9))},
		"another version": {`{"version": 2, "clusters": []}`, "unknown version 2 (want 1)"},
		"unknown field":   {`{"version": 1, "cluster": []}`, "unknown field"},
		"not UTF-8":       {"{\"version\": 1, \"clusters\": [], \"notes\": [\"\xff\"]}", "valid UTF-8"},
		"more":            {`{"version": 1, "clusters": []} {}`, "after top-level value"},
		"no UUID":         {`{"version": 1, "clusters": [{"cluster": "a", "uuid": "../b", "state": "x"}]}`, `clusters[0]: uuid "../b" is not a UUID`},
		"no state":        {`{"version": 1, "clusters": [{"cluster": "a", "uuid": "` + clusterUUID(0) + `"}]}`, "state is missing"},
		"unknown action":  {`{"version": 1, "clusters": [{"cluster": "a", "uuid": "` + clusterUUID(0) + `", "state": "x", "changes": [{"action": "drop"}]}]}`, `unknown action "drop"`},
		"no NRN":          {`{"version": 1, "clusters": [{"cluster": "a", "uuid": "` + clusterUUID(0) + `", "state": "x", "changes": [{"action": "add", "principal": "nrn:PUB:IAM::1:Role/x"}]}]}`, `must be an NRN`},
	} {
		if _, err := desired.ParsePlan([]byte(test.data)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// When the context ends, the request under way is finished, no other is begun, and the report says
// what is left.
func TestInterrupt(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, nil)
	file := oneCluster(t, "", "principal: [alice, bob, carol], policies: [NKSViewPolicy]")
	plan := r.plan(t, file)
	ctx, interrupt := context.WithCancel(context.Background())
	r.before = func(request *http.Request) {
		if request.Method == http.MethodPost {
			interrupt()
		}
	}
	report, err := desired.Apply(ctx, plan, r.clients(t), anything)
	if err != nil {
		t.Fatal(err)
	}
	if report.Done != 1 || report.Left != 2 || !errors.Is(report.Err(), context.Canceled) {
		t.Errorf("%+v, %v", report, report.Err())
	}
	if len(r.changes) != 1 || len(r.entries(t, 0)) != 1 {
		t.Errorf("it sent %v", r.changes)
	}
	r.before = nil
	if report, err := r.apply(t, r.plan(t, file), anything); err != nil || report.Done != 2 {
		t.Errorf("the rest: %+v, %v", report, err)
	}
}

// A cluster that fails stops no other, and its later changes are not made.
func TestFailureStopsOneCluster(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, nil, nil)
	file := parse(t, "version: 1\nclusters: {c0: , c1: }\naccess: [{principal: ['"+alice+"', '"+bob+"'], clusters: '*', policies: [NKSEditPolicy]}]\n")
	plan := r.plan(t, file)
	broken := errors.New("broken")
	clients := func(region, profile string) (*access.Client, error) { return nil, broken }
	report, err := desired.Apply(context.Background(), plan, clients, anything)
	if err != nil || !errors.Is(report.Err(), broken) || report.Failed != 2 || report.Left != 4 {
		t.Errorf("%+v, %v", report, err)
	}
	r.emulator.SetFaults(emulator.Faults{Busy: time.Hour})
	wait := anything
	wait.Wait = time.Nanosecond
	report, err = r.apply(t, plan, wait)
	if err == nil || report.Done != 2 || report.Left != 2 {
		t.Errorf("clusters that stay busy: %+v, %v", report, err)
	}
}

// A busy cluster is waited for: no change is sent while it is.
func TestWaitsForBusyClusters(t *testing.T) {
	r := newRig(t, emulator.Faults{Busy: 20 * time.Millisecond}, 1, []nks.AccessEntry{entry(dave, nil, "NKSViewPolicy")})
	file := oneCluster(t, "", "principal: [alice, bob, carol], policies: [NKSViewPolicy]", "principal: dave, policies: [NKSEditPolicy]")
	if report, err := r.apply(t, r.plan(t, file), anything); err != nil || report.Done != 4 || r.busy > 0 {
		t.Errorf("%+v, %v; %d changes were refused", report, err, r.busy)
	}
}

// A CONFIG_MAP cluster is left alone, unless it may be switched. Then the first administrator comes
// next: one request, the list that Create reads, lies between.
func TestSwitchAuthType(t *testing.T) {
	start := func(t *testing.T) *rig {
		return newRigWith(t, emulator.Options{Seed: 1, Clusters: []nks.Cluster{
			{UUID: clusterUUID(0), Name: "c0", Status: "RUNNING", AuthType: "CONFIG_MAP", RegionCode: "KR"},
		}}, nil)
	}
	yes := func(desired.ClusterPlan) bool { return true }
	file := oneCluster(t, "", "principal: bob, policies: [NKSViewPolicy]", "principal: alice, policies: [NKSClusterAdminPolicy]")

	r := start(t)
	for name, options := range map[string]desired.Options{"nobody is asked": {}, "the answer is no": {SwitchAuthType: func(desired.ClusterPlan) bool { return false }}} {
		if _, err := r.apply(t, r.plan(t, file), options); !errors.Is(err, desired.ErrAuthType) || len(r.requests) > 0 {
			t.Errorf("%s: %v; it sent %v", name, err, r.requests)
		}
	}
	nobody := oneCluster(t, "", "principal: bob, policies: [NKSViewPolicy]")
	if _, err := r.apply(t, r.plan(t, nobody), desired.Options{SwitchAuthType: yes}); !errors.Is(err, access.ErrNoAdmin) || len(r.requests) > 0 {
		t.Errorf("without an administrator: %v; it sent %v", err, r.requests)
	}
	absent := r.plan(t, file)
	absent.NoteStatuses(desired.PeopleOf([]desired.Identity{
		{NRN: bob, ID: access.NRN(bob).ID(), Kind: desired.KindUser, Name: "bob"},
		{NRN: alice, ID: access.NRN(alice).ID(), Kind: desired.KindUser, Name: "alice", Inactive: true},
	}))
	if _, err := r.apply(t, absent, desired.Options{SwitchAuthType: yes}); !errors.Is(err, access.ErrNoAdmin) || len(r.requests) > 0 {
		t.Errorf("the only administrator is inactive: %v; it sent %v", err, r.requests)
	}
	if _, err := r.apply(t, r.plan(t, file), desired.Options{SwitchAuthType: yes}); err != nil {
		t.Fatal(err)
	}
	entries := "/vnks/v2/clusters/" + clusterUUID(0) + "/access-entries"
	i := slices.Index(r.requests, "PATCH /vnks/v2/clusters/"+clusterUUID(0)+"/auth-type")
	if i < 0 || len(r.requests) < i+3 || r.requests[i+1] != "GET "+entries || r.requests[i+2] != "POST "+entries {
		t.Errorf("the requests are\n%s", strings.Join(r.requests, "\n"))
	}
	if now := r.entries(t, 0); len(now) != 2 || !r.hasAdmin(clusterUUID(0)) {
		t.Errorf("the entries are %v", now)
	}
	if plan := r.plan(t, file); plan.Summary.Steps() > 0 {
		t.Errorf("changes are left: %v", summary(plan.Clusters[0]))
	}

	// An interrupt between switch and first administrator waits for the administrator.
	r = start(t)
	ctx, interrupt := context.WithCancel(context.Background())
	r.before = func(request *http.Request) {
		if request.Method == http.MethodPatch {
			interrupt()
		}
	}
	report, err := desired.Apply(ctx, r.plan(t, file), r.clients(t), desired.Options{SwitchAuthType: yes})
	if err != nil || report.Done != 1 || report.Left != 1 || !r.hasAdmin(clusterUUID(0)) {
		t.Errorf("interrupted: %+v, %v", report, err)
	}
}

// If the first administrator cannot be let in after the switch, the error says so, and applying
// again lets it in.
func TestSwitchWithoutFirstAdministrator(t *testing.T) {
	r := newRigWith(t, emulator.Options{Seed: 1, Clusters: []nks.Cluster{
		{UUID: clusterUUID(0), Name: "c0", Status: "RUNNING", AuthType: "CONFIG_MAP", RegionCode: "KR"},
	}}, nil)
	file := oneCluster(t, "", "principal: bob, policies: [NKSViewPolicy]", "principal: alice, policies: [NKSClusterAdminPolicy]")
	r.before = func(request *http.Request) {
		if request.Method == http.MethodPost {
			r.emulator.SetFaults(emulator.Faults{Fail: emulator.Failure{Status: 403, Probability: 1}})
		}
	}
	options := desired.Options{SwitchAuthType: func(desired.ClusterPlan) bool { return true }}
	report, err := r.apply(t, r.plan(t, file), options)
	if !errors.Is(err, access.ErrForbidden) || !strings.Contains(err.Error(), "the auth type is API now, and nobody can enter") {
		t.Errorf("the error is %v", err)
	}
	if report.Done != 0 || report.Left != 2 {
		t.Errorf("%+v", report)
	}
	r.before = nil
	r.emulator.SetFaults(emulator.Faults{})
	if report, err := r.apply(t, r.plan(t, file), desired.Options{}); err != nil || report.Done != 2 || !r.hasAdmin(clusterUUID(0)) {
		t.Errorf("applied again: %+v, %v", report, err)
	}
}

// If it is not known whether the switch was made, the error says what that means.
func TestSwitchWithUnknownOutcome(t *testing.T) {
	r := newRigWith(t, emulator.Options{Seed: 1, Clusters: []nks.Cluster{
		{UUID: clusterUUID(0), Name: "c0", Status: "RUNNING", AuthType: "CONFIG_MAP", RegionCode: "KR"},
	}}, nil)
	file := oneCluster(t, "", "principal: alice, policies: [NKSClusterAdminPolicy]")
	r.before = func(request *http.Request) {
		if request.Method == http.MethodPatch {
			r.emulator.SetFaults(emulator.Faults{Fail: emulator.Failure{Status: 500, Probability: 1}})
		}
	}
	options := desired.Options{SwitchAuthType: func(desired.ClusterPlan) bool { return true }}
	_, err := r.apply(t, r.plan(t, file), options)
	if !errors.Is(err, access.ErrUnknownOutcome) || !strings.Contains(err.Error(), "may be API now, and then nobody can enter") {
		t.Errorf("got %v", err)
	}
}
