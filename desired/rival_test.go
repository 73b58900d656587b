package desired_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// rival is somebody else who changes a cluster while apply works on it. It takes no last
// administrator itself.
type rival struct {
	rig        *rig
	random     *rand.Rand
	principals []string
	acted      int
}

func grantsOf(e nks.AccessEntry) access.Grants {
	grants := access.Grants{Groups: e.Groups}
	for _, p := range e.Policies {
		scope := strings.ToLower(p.Scope)
		grants.Policies = append(grants.Policies, access.Policy{Type: access.PolicyType(p.Type), Scope: scope, Namespaces: p.Namespaces})
	}
	return grants
}

// act adds, changes or removes the entry of a principal.
func (v *rival) act() {
	cluster := clusterUUID(0)
	before, _ := v.rig.store.List(cluster)
	principal := v.principals[v.random.IntN(len(v.principals))]
	var after []nks.AccessEntry
	id := fmt.Sprintf("%08x-0000-0000-0000-00000000abcd", v.acted)
	for _, e := range before {
		if e.Entry != principal {
			after = append(after, e)
		} else if v.random.IntN(2) == 0 {
			id = e.UUID // changed in place, and not made anew
		}
	}
	if v.random.IntN(3) > 0 {
		e := entry(principal, nil, []string{"NKSClusterAdminPolicy", "NKSViewPolicy", "NKSEditPolicy@rival"}[v.random.IntN(3)])
		e.UUID, e.ClusterUUID = id, cluster
		after = append(after, e)
	}
	hadAdmin := v.rig.hasAdmin(cluster)
	if err := v.rig.emulator.SetEntries(cluster, after); err != nil {
		panic(err)
	}
	if hadAdmin && !v.rig.hasAdmin(cluster) {
		_ = v.rig.emulator.SetEntries(cluster, before)
		return
	}
	v.acted++
	v.rig.admin[cluster] = v.rig.hasAdmin(cluster)
}

// A rival changes entries between any two requests of apply, while the cluster is busy, throttles, and
// loses requests and responses. Every write finds the entry as the plan says it was, and takes no last
// administrator. Applying again, without the rival, brings the cluster to what the file says.
func TestApplyWithARival(t *testing.T) {
	principals := pool(6)[2:]
	acted, writes, conflicts := 0, 0, 0
	cases(t, func(rt *rapid.T, seed uint64) {
		status := rapid.SampledFrom([]int{503, 429, 409, 500}).Draw(rt, "status")
		r := newRig(t, emulator.Faults{}, seed, anyEntries(rt, "entries", principals, false))
		file, clients := mustParse(rt, goal(rt, 1, append([]string{"", ""}, principals...))), r.clients(t)
		plan := file.Plan(file.Read(context.Background(), clients, 1))
		if plan.Err() != nil {
			rt.Fatal(plan.Err())
		}
		r.emulator.SetFaults(emulator.Faults{
			Fail: emulator.Failure{Status: status, Probability: 0.1}, Lose: 0.1, Busy: 20 * time.Microsecond,
		})
		before := map[string]access.Grants{}
		for _, step := range plan.Clusters[0].Steps {
			before[string(step.Principal)] = step.Before
		}
		v := &rival{rig: r, random: rand.New(rand.NewPCG(seed, 0)), principals: principals}
		r.before = func(request *http.Request) {
			if request.Method == http.MethodGet {
				if v.random.IntN(4) == 0 {
					v.act()
				}
				return
			}
			writes++
			entries, _ := r.store.List(clusterUUID(0))
			for _, e := range entries {
				if strings.HasSuffix(request.URL.Path, e.UUID) && !before[e.Entry].Same(grantsOf(e)) {
					rt.Errorf("%s %s of %s finds %s, and the plan says %s", request.Method, request.URL.Path, e.Entry, grantsOf(e), before[e.Entry])
				}
			}
		}
		report, err := desired.Apply(context.Background(), plan, clients, anything)
		if err != nil {
			rt.Fatal(err)
		}
		if report.Err() != nil {
			conflicts++
		}
		if len(r.lost) > 0 {
			rt.Fatalf("the cluster was without an administrator after %v", r.lost)
		}
		acted += v.acted
		r.before = nil
		r.emulator.SetFaults(emulator.Faults{})
		applyUntilKnown(rt, file, clients)
		r.settled(rt, file, clients, r.foreign(rt, file))
	})
	t.Logf("the rival acted %d times, apply wrote %d times and left steps in %d runs", acted, writes, conflicts)
	if acted == 0 || writes == 0 || conflicts == 0 {
		t.Error("the rival and apply did not meet")
	}
}

// A rival that acts between the look and the write cannot be seen: the API has no conditional write.
// No principal gets two entries all the same, and applying again brings the cluster to what the file
// says.
func TestApplyWithARivalAtTheWorstMoment(t *testing.T) {
	principals := pool(6)[2:]
	cases(t, func(rt *rapid.T, seed uint64) {
		r := newRig(t, emulator.Faults{}, seed, anyEntries(rt, "entries", principals, false))
		file, clients := mustParse(rt, goal(rt, 1, append([]string{"", ""}, principals...))), r.clients(t)
		v := &rival{rig: r, random: rand.New(rand.NewPCG(seed, 0)), principals: principals}
		r.before = func(*http.Request) {
			if v.random.IntN(2) == 0 {
				v.act()
			}
		}
		plan := file.Plan(file.Read(context.Background(), clients, 1))
		if _, err := desired.Apply(context.Background(), plan, clients, anything); err != nil {
			rt.Fatal(err)
		}
		r.before = nil
		applyUntilKnown(rt, file, clients)
		r.lost = nil // the rival's and apply's change can meet
		r.settled(rt, file, clients, r.foreign(rt, file))
	})
}
