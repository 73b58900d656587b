package desired_test

import (
	"context"
	"encoding/json"
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

// saved returns a plan as it is read from a file.
func saved(t interface{ Fatal(...any) }, plan *desired.Plan) *desired.Plan {
	data, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	again, err := desired.ParsePlan(data)
	if err != nil {
		t.Fatal(err)
	}
	return again
}

// grantsNow returns what each principal has on each cluster, as "cluster principal".
func (r *rig) grantsNow(t testing.TB, clusters int) map[string]access.Grants {
	t.Helper()
	file := &desired.File{Clusters: allClusters(clusters)}
	all := map[string]access.Grants{}
	for i, o := range r.read(t, file) {
		if o.Err != nil {
			t.Fatal(o.Err)
		}
		for _, e := range o.Entries {
			all[fmt.Sprintf("c%d %s", i, e.Principal)] = e.Grants
		}
	}
	return all
}

func keys(grants map[string]access.Grants) map[string]string {
	texts := map[string]string{}
	for key, g := range grants {
		texts[key] = g.Key()
	}
	return texts
}

// An undo takes back what a plan did. The table has every kind of step, and what somebody did since.
func TestUndo(t *testing.T) {
	start := []nks.AccessEntry{
		entry(platform, nil, "NKSClusterAdminPolicy"), entry(bob, []string{"a"}, "NKSViewPolicy"), entry(carol, nil, "NKSEditPolicy@a"), entry(erin, nil, "NKSViewPolicy"),
	}
	file := oneCluster(t, "others: ignore",
		"principal: alice, policies: [NKSViewPolicy]", "principal: bob, policies: [NKSEditPolicy]", "principal: carol, absent: true")
	changed := entry(alice, nil, "NKSEditPolicy")
	for name, test := range map[string]struct {
		since func(entries []nks.AccessEntry) []nks.AccessEntry
		steps []string
		out   []string
	}{
		"nothing": {nil, []string{"add carol +NKSEditPolicy@a", "change bob +NKSViewPolicy +group a -NKSEditPolicy", "remove alice -NKSViewPolicy"}, nil},
		"a new entry was changed": {
			func(entries []nks.AccessEntry) []nks.AccessEntry { return replaced(entries, alice, &changed) },
			[]string{"add carol +NKSEditPolicy@a", "change bob +NKSViewPolicy +group a -NKSEditPolicy"},
			[]string{"alice: somebody has changed its entry: it grants NKSEditPolicy now"},
		},
		"a new entry was removed": {
			func(entries []nks.AccessEntry) []nks.AccessEntry { return replaced(entries, alice, nil) },
			[]string{"add carol +NKSEditPolicy@a", "change bob +NKSViewPolicy +group a -NKSEditPolicy"}, nil,
		},
		"a changed entry was removed": {
			func(entries []nks.AccessEntry) []nks.AccessEntry { return replaced(entries, bob, nil) },
			[]string{"add carol +NKSEditPolicy@a", "remove alice -NKSViewPolicy"}, []string{"bob: somebody has removed its entry"},
		},
		"a removed entry was made again": {
			func(entries []nks.AccessEntry) []nks.AccessEntry {
				return append(entries, entry(carol, nil, "NKSEditPolicy@b"))
			},
			[]string{"change bob +NKSViewPolicy +group a -NKSEditPolicy", "remove alice -NKSViewPolicy"},
			[]string{"carol: somebody has changed its entry: it grants NKSEditPolicy@b now"},
		},
		"a removed entry was made again without grants": {
			func(entries []nks.AccessEntry) []nks.AccessEntry { return append(entries, entry(carol, nil)) },
			[]string{"change bob +NKSViewPolicy +group a -NKSEditPolicy", "remove alice -NKSViewPolicy"},
			[]string{"carol: somebody has changed its entry: it grants nothing now"},
		},
		"all was taken back": {func([]nks.AccessEntry) []nks.AccessEntry { return start }, nil, nil},
		"somebody has two entries": {
			func(entries []nks.AccessEntry) []nks.AccessEntry {
				return append(entries, entry(alice, []string{"x"}))
			},
			[]string{"add carol +NKSEditPolicy@a", "change bob +NKSViewPolicy +group a -NKSEditPolicy"}, []string{"alice: it has several entries"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, start)
			before := keys(r.grantsNow(t, 1))
			plan := r.plan(t, file)
			if _, err := r.apply(t, plan, anything); err != nil {
				t.Fatal(err)
			}
			if test.since != nil {
				r.refill(t, test.since(r.emulator.Entries(clusterUUID(0))))
			}
			done := saved(t, plan)
			clients := r.clients(t)
			undo := done.Undo(done.Read(context.Background(), clients, 1), desired.At(noon))
			var out []string
			for _, left := range undo.Clusters[0].LeftOut {
				out = append(out, left.Name+": "+left.Reason)
			}
			if diff := cmp.Diff(test.steps, summary(undo.Clusters[0])); diff != "" {
				t.Error("steps:", diff)
			}
			if diff := cmp.Diff(test.out, out); diff != "" {
				t.Error("left out:", diff)
			}
			if undo.Summary.LeftOut != len(out) || !undo.Date.Equal(noon) {
				t.Errorf("the undo is %+v of %s", undo.Summary, undo.Date)
			}
			if _, err := r.apply(t, saved(t, undo), anything); err != nil {
				t.Fatal(err)
			}
			if test.out != nil {
				return
			}
			if diff := cmp.Diff(before, keys(r.grantsNow(t, 1))); diff != "" {
				t.Error("it is not as it was:", diff)
			}
		})
	}
}

// replaced returns entries with another one for a principal, or without it.
func replaced(entries []nks.AccessEntry, principal string, by *nks.AccessEntry) []nks.AccessEntry {
	rest := slices.DeleteFunc(entries, func(e nks.AccessEntry) bool { return e.Entry == principal })
	if by != nil {
		rest = append(rest, *by)
	}
	return rest
}

// What the service would not take again is left out, and the rest is undone.
func TestUndoOfWhatCannotComeBack(t *testing.T) {
	const odd = "nrn::IAM:KR:5000008:Group/x=y"
	newPolicy := nks.AccessEntry{Entry: bob, Policies: []nks.AttachedPolicy{{Type: "NKSNewPolicy", Scope: "Project"}}}
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{
		entry(platform, nil, "NKSClusterAdminPolicy"), entry(odd, nil, "NKSViewPolicy"), newPolicy, entry(carol, nil, "NKSViewPolicy"),
	})
	plan := r.plan(t, oneCluster(t, "others: remove", "principal: '"+platform+"', policies: [NKSClusterAdminPolicy]"))
	if _, err := r.apply(t, plan, anything); err != nil {
		t.Fatal(err)
	}
	done := saved(t, plan)
	undo := done.Undo(done.Read(context.Background(), r.clients(t), 1))
	var out []string
	for _, left := range undo.Clusters[0].LeftOut {
		out = append(out, string(left.Principal))
	}
	slices.Sort(out)
	if diff := cmp.Diff([]string{odd, bob}, out); diff != "" {
		t.Error(diff)
	}
	if len(undo.Clusters[0].Steps) != 1 || undo.Clusters[0].Steps[0].Principal != carol {
		t.Errorf("the steps are %v", summary(undo.Clusters[0]))
	}
}

// A cluster that cannot be read fails the undo, and its steps count as losses that nobody knows.
func TestUndoOfUnreadCluster(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(platform, nil, "NKSClusterAdminPolicy")})
	plan := r.plan(t, oneCluster(t, "", "principal: alice, policies: [NKSViewPolicy]"))
	if _, err := r.apply(t, plan, anything); err != nil {
		t.Fatal(err)
	}
	done := saved(t, plan)
	undo := done.Undo(done.Read(context.Background(), r.unreadable(t, 0), 1))
	if err := undo.Err(); err == nil || !strings.Contains(err.Error(), `cluster "c0"`) || undo.Summary.Failed != 1 {
		t.Errorf("the error is %v", err)
	}
}

// Apply and undo leave the clusters as they were, for random states, files and changes in between. What
// somebody has changed in between stays, and the undo says so.
func TestApplyThenUndo(t *testing.T) {
	principals := pool(8)
	checks(t, 60, func(rt *rapid.T) {
		n := rapid.IntRange(1, 3).Draw(rt, "clusters")
		states := make([][]nks.AccessEntry, n)
		for i := range states {
			states[i] = anyEntries(rt, "entries", principals[2:], false)
		}
		r := newRig(t, emulator.Faults{}, 1, states...)
		clients := r.clients(t)
		all := &desired.File{Clusters: allClusters(n)}
		exportOfStart := exported(rt, all, clients)
		start := r.grantsNow(t, n)

		file := mustParse(rt, goal(rt, n, principals))
		plan := file.Plan(file.Read(context.Background(), clients, 4))
		options := anything
		options.AllowNoAdmin = true
		if report, err := desired.Apply(context.Background(), plan, clients, options); err != nil || report.Err() != nil {
			rt.Fatal(err, report.Err())
		}
		applied := r.grantsNow(t, n)
		if rapid.Bool().Draw(rt, "interfere") {
			r.interfere(rt, n, principals)
		}
		between := r.grantsNow(t, n)

		done := saved(rt, plan)
		undo := done.Undo(done.Read(context.Background(), clients, 4))
		if report, err := desired.Apply(context.Background(), saved(rt, undo), clients, options); err != nil || report.Err() != nil {
			rt.Fatal(err, report.Err())
		}
		end := r.grantsNow(t, n)

		out := map[string]bool{}
		for _, c := range undo.Clusters {
			for _, left := range c.LeftOut {
				out[c.Cluster+" "+string(left.Principal)] = true
			}
		}
		touched := map[string]bool{}
		for _, c := range plan.Clusters {
			for _, step := range c.Steps {
				touched[c.Cluster+" "+string(step.Principal)] = true
			}
		}
		want := map[string]access.Grants{}
		for i := range n {
			for _, principal := range principals {
				key := fmt.Sprintf("c%d %s", i, principal)
				from := between
				isSame := same(between, applied, key) || same(between, start, key)
				if touched[key] && isSame {
					from = start
				}
				hadEntry := isIn(start, key)
				wasRemoved := touched[key] && !hadEntry && !isIn(between, key)
				if mustBeOut := touched[key] && !isSame && !wasRemoved; out[key] != mustBeOut {
					rt.Fatalf("%s is left out: %t, want %t", key, out[key], mustBeOut)
				}
				if g, found := from[key]; found {
					want[key] = g
				}
			}
		}
		if diff := cmp.Diff(keys(want), keys(end)); diff != "" {
			rt.Fatal(diff)
		}
		if cmp.Diff(keys(between), keys(applied)) != "" {
			return
		}
		again := mustParse(rt, exportOfStart)
		last := again.Plan(again.Read(context.Background(), clients, 4))
		if last.Summary.Steps() > 0 || last.Summary.Others > 0 || last.Err() != nil {
			rt.Fatalf("a plan with the export of the start has %+v (%v)", last.Summary, last.Err())
		}
	})
}

// isIn reports whether a principal has an entry.
func isIn(grants map[string]access.Grants, key string) bool {
	_, found := grants[key]
	return found
}

// same reports whether a principal has the same in both, also no entry.
func same(a, b map[string]access.Grants, key string) bool {
	inA, hasA := a[key]
	inB, hasB := b[key]
	return hasA == hasB && inA.Same(inB)
}

// interfere changes, removes and adds entries at random.
func (r *rig) interfere(t *rapid.T, clusters int, principals []string) {
	for i := range rapid.IntRange(1, 4).Draw(t, "changes") {
		cluster := clusterUUID(rapid.IntRange(0, clusters-1).Draw(t, "cluster"))
		principal := rapid.SampledFrom(principals[2:]).Draw(t, "principal")
		entries := replaced(r.emulator.Entries(cluster), principal, nil)
		if rapid.Bool().Draw(t, "has an entry") {
			made := entry(principal, nil, rapid.SampledFrom([]string{"NKSViewPolicy", "NKSEditPolicy@z"}).Draw(t, "policy"))
			made.UUID = fmt.Sprintf("%08x-1111-4dc9-af1b-97fd3f8d0000", i)
			made.ClusterUUID = cluster
			entries = append(entries, made)
		}
		if err := r.emulator.SetEntries(cluster, entries); err != nil {
			t.Fatal(err)
		}
	}
}
