package desired_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// A principal with two entries stops the plan of its cluster, which says how to repair it. A repair
// keeps one entry, as the file says.
func TestRepair(t *testing.T) {
	admin := entry(bob, nil, "NKSClusterAdminPolicy")
	for name, test := range map[string]struct {
		entries []nks.AccessEntry // of alice
		rule    string
		want    []string // what the step adds and takes
		kept    string   // what alice has in the end
		losing  int
	}{
		"one is as the file says": {
			[]nks.AccessEntry{entry(alice, nil, "NKSEditPolicy"), entry(alice, nil, "NKSViewPolicy")}, "policies: [NKSViewPolicy]",
			[]string{"change alice -NKSEditPolicy"}, "NKSViewPolicy", 1,
		},
		"both are as the file says": {
			[]nks.AccessEntry{entry(alice, nil, "NKSViewPolicy"), entry(alice, nil, "NKSViewPolicy")}, "policies: [NKSViewPolicy]",
			[]string{"change alice"}, "NKSViewPolicy", 0,
		},
		"the file says both": {
			[]nks.AccessEntry{entry(alice, nil, "NKSViewPolicy"), entry(alice, []string{"a"}), entry(alice, []string{"a"})}, "policies: [NKSViewPolicy], groups: [a]",
			[]string{"change alice"}, "NKSViewPolicy, group a", 0,
		},
		"none is as the file says": {
			[]nks.AccessEntry{entry(alice, nil, "NKSViewPolicy"), entry(alice, []string{"a"})}, "policies: [NKSEditPolicy]",
			[]string{"change alice +NKSEditPolicy -NKSViewPolicy -group a"}, "NKSEditPolicy", 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, append([]nks.AccessEntry{admin}, test.entries...))
			file := oneCluster(t, "", "principal: alice, "+test.rule)
			refused := file.Plan(r.read(t, file))
			var duplicate *desired.DuplicateEntryError
			if !errors.As(refused.Err(), &duplicate) || len(duplicate.UUIDs) != len(test.entries) || refused.Summary.Steps() > 0 {
				t.Fatalf("without a repair: %v", refused.Err())
			}
			plan := file.Plan(r.read(t, file), desired.Repair())
			want := append(test.want, "keep "+bob)
			if diff := cmp.Diff(want, summary(plan.Clusters[0])); diff != "" || plan.Summary.Losing != test.losing {
				t.Errorf("%+v: %s", plan.Summary, diff)
			}
			if _, err := r.apply(t, plan, anything); err != nil {
				t.Fatal(err)
			}
			if got := grantsOf(r.entries(t, 0)[alice]).String(); got != test.kept {
				t.Errorf("the entry grants %s, want %s", got, test.kept)
			}
			if again := r.plan(t, file); again.Summary.Steps() > 0 {
				t.Errorf("steps are left: %v", summary(again.Clusters[0]))
			}
		})
	}
}

// A repair is guarded like every other step.
func TestRepairIsGuarded(t *testing.T) {
	twice := []nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy"), entry(alice, nil, "NKSViewPolicy")}
	for name, test := range map[string]struct {
		settings string
		options  desired.Options
		want     error
	}{
		"the last administrator": {"", anything, access.ErrNoAdmin},
		"protected":              {"protect: alice", desired.Options{MaxRemovals: 1, AllowNoAdmin: true}, desired.ErrProtected},
		"the limit":              {"", desired.Options{AllowNoAdmin: true}, desired.ErrRemovals},
	} {
		r := newRig(t, emulator.Faults{}, 1, twice)
		file := oneCluster(t, test.settings, "principal: alice, policies: [NKSViewPolicy]")
		plan := file.Plan(r.read(t, file), desired.Repair())
		if _, err := r.apply(t, plan, test.options); !errors.Is(err, test.want) || len(r.changes) > 0 {
			t.Errorf("%s: %v; it sent %v", name, err, r.changes)
		}
	}
}

// A repair removes no entry that somebody has changed meanwhile, and none before the kept one is as
// the file says.
func TestRepairMeetsARival(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy"), entry(alice, []string{"a"})})
	file := oneCluster(t, "", "principal: alice, policies: [NKSViewPolicy]")
	plan := file.Plan(r.read(t, file), desired.Repair())
	entries, _ := r.store.List(clusterUUID(0))
	entries[0].Policies = nil
	if err := r.emulator.SetEntries(clusterUUID(0), entries); err != nil {
		t.Fatal(err)
	}
	if _, err := r.apply(t, plan, anything); !errors.Is(err, access.ErrConflict) || len(r.changes) > 0 {
		t.Errorf("%v; it sent %v", err, r.changes)
	}
}

// All entries of a principal that leaves are removed, without a repair.
func TestAbsentRemovesAllEntries(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy"), entry(alice, []string{"a"}), entry(bob, nil)})
	plan := r.plan(t, oneCluster(t, "", "principal: alice, absent: true"))
	if plan.Summary.Losing != 1 || strings.Join(plan.Clusters[0].Steps[0].Takes, ", ") != "NKSViewPolicy, group a" {
		t.Errorf("%+v", plan.Clusters[0].Steps)
	}
	if _, err := r.apply(t, plan, anything); err != nil {
		t.Fatal(err)
	}
	if now, _ := r.store.List(clusterUUID(0)); len(now) != 1 || now[0].Entry != bob {
		t.Errorf("the entries are %v", now)
	}
}
