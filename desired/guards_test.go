package desired_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// viewers are entries of principals that may view and are in a group.
func viewers(principals ...string) []nks.AccessEntry {
	var entries []nks.AccessEntry
	for _, principal := range principals {
		entries = append(entries, entry(principal, []string{"g"}, "NKSViewPolicy"))
	}
	return entries
}

// Whoever loses access counts, whatever takes it.
func TestLosingCountsTheEffect(t *testing.T) {
	for name, test := range map[string]struct {
		settings string
		rules    []string
		losing   int
	}{
		"removed":               {"", []string{"principal: [alice, bob], absent: true"}, 2},
		"not in the file":       {"others: remove", nil, 3},
		"emptied":               {"", []string{"principal: [alice, bob, carol], policies: []"}, 3},
		"narrowed":              {"", []string{"principal: alice, policies: [NKSViewPolicy]"}, 1},
		"moved to another type": {"", []string{"principal: alice, groups: [g], policies: [NKSEditPolicy]"}, 1},
		"widened":               {"", []string{"principal: alice, groups: [g, h], policies: [NKSViewPolicy]"}, 0},
		"promoted":              {"", []string{"principal: alice, groups: [g], policies: [NKSClusterAdminPolicy]"}, 0},
		"added":                 {"", []string{"principal: dave, policies: [NKSViewPolicy]"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, viewers(alice, bob, carol))
			plan := r.plan(t, oneCluster(t, test.settings, test.rules...))
			if plan.Summary.Losing != test.losing {
				t.Errorf("%d lose access, want %d", plan.Summary.Losing, test.losing)
			}
			data, err := json.Marshal(plan)
			if err != nil || !strings.Contains(string(data), fmt.Sprintf(`"losing":%d`, test.losing)) {
				t.Errorf("the JSON is %s, %v", data, err)
			}
			if test.losing == 0 {
				return
			}
			saved, err := desired.ParsePlan(data)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range []*desired.Plan{plan, saved} {
				_, err := r.apply(t, p, desired.Options{MaxRemovals: test.losing - 1})
				if !errors.Is(err, desired.ErrRemovals) || len(r.requests) > 0 {
					t.Errorf("the error is %v; it sent %v", err, r.requests)
				}
			}
			if _, err := r.apply(t, plan, desired.Options{MaxRemovals: test.losing}); err != nil {
				t.Errorf("with the limit raised: %v", err)
			}
		})
	}
}

// unreadable lets requests to the entries of a cluster fail.
func (r *rig) unreadable(t testing.TB, cluster int) desired.Clients {
	return r.answering(t, cluster, func() (*http.Response, error) { return nil, errors.New("connection reset") })
}

// answering has other responses to requests for the entries of a cluster.
func (r *rig) answering(t testing.TB, cluster int, respond func() (*http.Response, error)) desired.Clients {
	broken := roundTrip(func(request *http.Request) (*http.Response, error) {
		if strings.HasSuffix(request.URL.Path, clusterUUID(cluster)+"/access-entries") {
			return respond()
		}
		return r.RoundTrip(request)
	})
	return r.clients(t, access.WithHTTPClient(&http.Client{Transport: broken}), access.WithRetry(access.Retry{MaxTries: 1}))
}

// A cluster that cannot be read may have removals that nobody knows. Otherwise two runs could remove
// twice as many as the limit.
func TestUnreadableClustersHoldRemovalsBack(t *testing.T) {
	for name, test := range map[string]struct {
		settings string // of the cluster that cannot be read
		most     int
		held     bool
	}{
		"each principal of its rules may lose": {"", 3, true},
		"the limit covers all of them":         {"", 4, false},
		"anybody may lose":                     {"others: remove", 1000, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, viewers(alice, bob), viewers(alice))
			text := "version: 1\nclusters: {c0: , c1: {" + test.settings + "}}\naccess:\n" +
				"  - {principal: ['" + alice + "', '" + bob + "'], clusters: '*', absent: true}\n" +
				"  - {principal: '" + carol + "', clusters: c0, policies: [NKSViewPolicy]}\n"
			file := parse(t, text)
			plan := file.Plan(file.Read(context.Background(), r.unreadable(t, 1), 1))
			if plan.Summary.Failed != 1 || plan.Summary.Losing != 2 {
				t.Fatalf("the plan is %+v", plan.Summary)
			}
			report, err := r.apply(t, plan, desired.Options{MaxRemovals: test.most})
			if held := errors.Is(err, desired.ErrRemovals); held != test.held {
				t.Errorf("%v", err)
			}
			now := r.entries(t, 0)
			_, added := now[carol]
			_, stays := now[alice]
			if !added || stays != test.held || report.Clusters[0].Done != len(now)-2*btoi(test.held)+2*btoi(!test.held) {
				t.Errorf("added %t, stays %t; %+v", added, stays, report)
			}
		})
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// A 404 about a cluster that the service lists does not say that the cluster has no entries.
func TestA404OfAListedClusterHoldsRemovalsBack(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, viewers(alice, bob), viewers(alice, bob))
	file := parse(t, "version: 1\nclusters: {c0: {others: remove}, c1: {others: remove}}\n")
	clients := r.answering(t, 1, func() (*http.Response, error) {
		body := `{"error":{"errorCode":404,"message":"no such cluster"}}`
		return &http.Response{StatusCode: http.StatusNotFound, Body: io.NopCloser(strings.NewReader(body))}, nil
	})
	plan := file.Plan(file.Read(context.Background(), clients, 1))
	report, err := r.apply(t, plan, desired.Options{MaxRemovals: 2})
	if !errors.Is(err, desired.ErrRemovals) || report.Done != 0 {
		t.Errorf("%d steps were made: %v", report.Done, err)
	}
}

// A cluster that does not exist has nothing to lose.
func TestMissingClustersHoldNothingBack(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, viewers(alice, bob))
	file := parse(t, "version: 1\nclusters: {c0: , gone: {others: remove}}\naccess: [{principal: '"+alice+"', clusters: c0, absent: true}]\n")
	plan := file.Plan(r.read(t, file))
	report, err := r.apply(t, plan, desired.Options{MaxRemovals: 1})
	if !errors.Is(err, access.ErrNotFound) || report.Done != 1 || report.Failed != 1 {
		t.Errorf("%+v, %v", report, err)
	}
}

// A shard counts what all shards take.
func TestShardsCountOverTheWholeFile(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, viewers(alice), viewers(alice), viewers(alice))
	file := parse(t, "version: 1\nclusters: {c0: , c1: , c2: }\naccess: [{principal: '"+alice+"', clusters: '*', absent: true}]\n")
	whole := r.plan(t, file)
	for i := range 3 {
		shard, err := file.Shard(i, 3)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.apply(t, r.plan(t, shard), desired.Options{MaxRemovals: 2, Whole: whole}); !errors.Is(err, desired.ErrRemovals) {
			t.Errorf("shard %d: %v", i, err)
		}
	}
}

// One cluster by name and by UUID is found, also if the shards are different ones.
func TestShardsFindAClusterThatIsListedTwice(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, viewers(alice), nil)
	file := parse(t, "version: 1\nclusters: {c0: , "+clusterUUID(0)+": , c1: }\n")
	for n := 1; n < 8; n++ {
		failed := 0
		for i := range n {
			shard, err := file.Shard(i, n)
			if err != nil {
				t.Fatal(err)
			}
			plan := shard.Plan(r.read(t, shard))
			var twice *desired.DuplicateClusterError
			if errors.As(plan.Err(), &twice) && !slices.Contains(twice.Names, "c0") {
				t.Errorf("the names are %q", twice.Names)
			}
			failed += plan.Summary.Failed
		}
		if failed != 2 {
			t.Errorf("%d of 2 listings are refused in %d shards", failed, n)
		}
	}
}

// A step that the service refuses stops no other, and the report names the row that must change.
func TestARefusedStepStopsNoOther(t *testing.T) {
	for status, want := range map[int]error{
		http.StatusBadRequest:            access.ErrInvalid,
		http.StatusRequestEntityTooLarge: access.ErrInvalid,
		http.StatusNotFound:              access.ErrNotFound, // the principal: the cluster can be listed
	} {
		t.Run(http.StatusText(status), func(t *testing.T) { testRefused(t, status, want) })
	}
}

func testRefused(t *testing.T, status int, kind error) {
	r := newRig(t, emulator.Faults{}, 1, append(viewers(alice), entry(frank, nil, "NKSClusterAdminPolicy")))
	file := oneCluster(t, "", "principal: bob, policies: [NKSViewPolicy]", "principal: carol, policies: [NKSViewPolicy]", "principal: alice, absent: true")
	plan := r.plan(t, file)
	clients := r.clients(t, access.WithHTTPClient(&http.Client{Transport: refusing(r, bob, status)}))
	report, err := desired.Apply(context.Background(), plan, clients, anything)
	if err != nil {
		t.Fatal(err)
	}
	if now := r.entries(t, 0); len(now) != 2 || now[carol].UUID == "" || now[frank].UUID == "" {
		t.Errorf("the entries are %v", now)
	}
	if report.Done != 2 || report.Left != 1 || report.Failed != 1 || report.AgainHelps() {
		t.Errorf("%+v", report)
	}
	var refused *desired.RefusedError
	if !errors.As(report.Err(), &refused) || refused.Step.Principal != bob || !errors.Is(refused, kind) {
		t.Fatalf("the error is %v", report.Err())
	}
	want := "access.yaml:9:5: the service refuses to add " + bob + ", so the file must change: "
	if left := report.Clusters[0].Left; !strings.HasPrefix(left[0].Error, want) || left[0].Principal != bob {
		t.Errorf("left is %+v, want %s", left, want)
	}
	data, err := json.Marshal(report)
	if err != nil || !strings.Contains(string(data), `"rules":["access.yaml:9:5"]`) || !strings.Contains(string(data), `"error":"access.yaml:9:5: `) {
		t.Errorf("the JSON is %s, %v", data, err)
	}
}

// refusing answers creates of a principal with a status.
func refusing(r *rig, principal string, status int) http.RoundTripper {
	return roundTrip(func(request *http.Request) (*http.Response, error) {
		if request.Method != http.MethodPost {
			return r.RoundTrip(request)
		}
		if body, err := request.GetBody(); err == nil {
			var create nks.CreateAccessEntryRequest
			if err := json.NewDecoder(body).Decode(&create); err == nil && create.Entry == principal {
				return respond(request, status), nil
			}
		}
		return r.RoundTrip(request)
	})
}

func respond(request *http.Request, status int) *http.Response {
	return &http.Response{
		StatusCode: status, Request: request, Header: http.Header{"Content-Type": {"application/json"}},
		Body: http.NoBody,
	}
}

// A removal that would leave nobody depends on the new administrator: it is not made if that is
// refused, even if the guard is lifted.
func TestARemovalDependsOnTheNewAdministrator(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy")})
	plan := r.plan(t, oneCluster(t, "", "principal: alice, absent: true", "principal: bob, policies: [NKSClusterAdminPolicy]", "principal: carol, groups: [a]"))
	clients := r.clients(t, access.WithHTTPClient(&http.Client{Transport: refusing(r, bob, http.StatusBadRequest)}))
	options := anything
	options.AllowNoAdmin = true
	report, err := desired.Apply(context.Background(), plan, clients, options)
	if err != nil || !errors.Is(report.Err(), access.ErrNoAdmin) || !errors.Is(report.Err(), access.ErrInvalid) {
		t.Errorf("%v, %v", err, report.Err())
	}
	if now := r.entries(t, 0); report.Done != 1 || !r.hasAdmin(clusterUUID(0)) || now[carol].UUID == "" {
		t.Errorf("%+v; the entries are %v", report, now)
	}
}

// configMapRig has one cluster whose auth type is CONFIG_MAP.
func configMapRig(t *testing.T) *rig {
	return newRigWith(t, emulator.Options{Seed: 1, Clusters: []nks.Cluster{
		{UUID: clusterUUID(0), Name: "c0", Status: "RUNNING", AuthType: "CONFIG_MAP", RegionCode: "KR"},
	}}, nil)
}

func always(desired.ClusterPlan) bool { return true }

// After a switch, the next administrator is tried if the first is refused.
func TestSwitchTriesTheNextAdministrator(t *testing.T) {
	r := configMapRig(t)
	plan := r.plan(t, oneCluster(t, "", "principal: [alice, bob], policies: [NKSClusterAdminPolicy]", "principal: carol, groups: [a]"))
	clients := r.clients(t, access.WithHTTPClient(&http.Client{Transport: refusing(r, alice, http.StatusForbidden)}))
	report, err := desired.Apply(context.Background(), plan, clients, desired.Options{SwitchAuthType: always})
	if err != nil || report.Done != 2 || report.Left != 1 || report.Switched != 1 || !r.hasAdmin(clusterUUID(0)) {
		t.Errorf("%+v, %v", report, err)
	}
	if !errors.Is(report.Err(), access.ErrForbidden) || strings.Contains(report.Err().Error(), "nobody can enter") {
		t.Errorf("the error is %v", report.Err())
	}
}

// Only a principal that can exist counts as the administrator of a cluster that is switched.
func TestSwitchNeedsAnAdministratorThatCanExist(t *testing.T) {
	r := configMapRig(t)
	file := parse(t, "version: 1\nprincipals: {x: {nrn: 'nrn:PUB:IAM::5000008:SubAccount/"+alice+"', unchecked: true}}\n"+
		"clusters: {c0: }\naccess: [{principal: x, clusters: c0, policies: [NKSClusterAdminPolicy]}]\n")
	_, err := r.apply(t, r.plan(t, file), desired.Options{SwitchAuthType: always})
	if !errors.Is(err, access.ErrNoAdmin) || len(r.requests) > 0 {
		t.Errorf("%v; it sent %v", err, r.requests)
	}
}

// A saved plan passes no guard because somebody has edited its numbers.
func TestAnEditedPlanPassesNoGuard(t *testing.T) {
	admins := []nks.AccessEntry{entry(alice, nil, "NKSClusterAdminPolicy"), entry(bob, nil, "NKSViewPolicy")}
	admin := access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}
	for name, test := range map[string]struct {
		settings string
		edit     func(*desired.Plan)
		parse    string // the error of ParsePlan
		apply    error
	}{
		"administrators are counted again": {"", func(p *desired.Plan) { p.Clusters[0].Admins = desired.Admins{Before: 1, After: 1} }, "", access.ErrNoAdmin},
		"there were no administrators":     {"", func(p *desired.Plan) { p.Clusters[0].Admins = desired.Admins{} }, "", access.ErrNoAdmin},
		"a removal grants something":       {"", func(p *desired.Plan) { p.Clusters[0].Steps[0].After = admin }, "an entry that is removed grants nothing after that", nil},
		"nobody is protected":              {"protect: alice", func(p *desired.Plan) { p.Clusters[0].Protected, p.Clusters[0].Admins.After = nil, 1 }, "", access.ErrConflict},
		"nothing is taken": {"", func(p *desired.Plan) {
			p.Clusters[0].Admins = desired.Admins{After: 1}
			p.Clusters[0].Steps[0].Takes = nil
			p.Summary = desired.Summary{}
		}, "", access.ErrNoAdmin},
		"another entry": {"", func(p *desired.Plan) {
			p.Clusters[0].Admins.After = 1
			p.Clusters[0].Steps[0].Principal = bob
		}, "", access.ErrNoAdmin},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, emulator.Faults{}, 1, admins)
			plan := r.plan(t, oneCluster(t, test.settings, "principal: alice, absent: true"))
			test.edit(plan)
			data, err := json.Marshal(plan)
			if err != nil {
				t.Fatal(err)
			}
			saved, err := desired.ParsePlan(data)
			if test.parse != "" {
				if err == nil || !strings.Contains(err.Error(), test.parse) {
					t.Errorf("the error is %v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if saved.Summary.Losing != 1 {
				t.Errorf("the summary is %+v", saved.Summary)
			}
			if _, err := r.apply(t, saved, anything); !errors.Is(err, test.apply) || len(r.changes) > 0 {
				t.Errorf("the error is %v; it sent %v", err, r.changes)
			}
		})
	}
}

// A reviewer sees a protected principal without an entry, and groups that Kubernetes gives a meaning.
func TestNotes(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, viewers(alice))
	file := oneCluster(t, "protect: [alice, bob, carol]", "principal: carol, groups: ['system:masters', dev]")
	notes := strings.Join(r.plan(t, file).Clusters[0].Notes, "\n")
	for _, want := range []string{"protect names bob (" + bob + "), which has no entry.", "carol (" + carol + ") gets system:masters."} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note says %s:\n%s", want, notes)
		}
	}
	if strings.Contains(notes, "names alice") || strings.Contains(notes, "names carol") {
		t.Errorf("the notes are\n%s", notes)
	}
}

// A cluster that is being deleted does not use up the time that apply waits for busy ones.
func TestApplyDoesNotWaitForDeletedClusters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		options := emulator.Options{Seed: 1}
		for i := range 3 {
			options.Clusters = append(options.Clusters, nks.Cluster{UUID: clusterUUID(i), Name: fmt.Sprintf("c%d", i), Status: "DELETING", AuthType: "API", RegionCode: "KR"})
		}
		r := newRigWith(t, options, nil, nil, nil)
		file := parse(t, "version: 1\nclusters: {c0: , c1: , c2: }\naccess: [{principal: '"+alice+"', clusters: '*', groups: [a]}]\n")
		start := time.Now()
		report, err := r.apply(t, r.plan(t, file), desired.Options{Wait: 10 * time.Minute})
		if took := time.Since(start); !errors.Is(err, access.ErrDeleting) || report.Failed != 3 || took > time.Second {
			t.Errorf("%v after %s", err, took)
		}
	})
}

// RemovalsNeeded counts the losses that a cluster may bring that could not be read. Nobody can tell
// them if others are removed.
func TestRemovalsNeeded(t *testing.T) {
	for others, want := range map[desired.Others]struct {
		needed  int
		isKnown bool
	}{desired.KeepOthers: {3, true}, desired.RemoveOthers: {1, false}} {
		file := parse(t, "version: 1\nclusters: {near: , far: {others: "+string(others)+"}}\n"+
			"access: [{principal: ['"+alice+"', '"+bob+"'], clusters: '*', absent: true}]\n")
		near := desired.Observed{
			Spec:    file.Clusters[0],
			Cluster: access.Cluster{Name: "near", UUID: "00000001-e0fb-4dc9-af1b-97fd3f8d0000", AuthType: access.AuthTypeAPI},
			Entries: []access.Entry{{UUID: "e", Principal: alice, Grants: access.Grants{Groups: []string{"ops"}}}},
		}
		far := desired.Observed{Spec: file.Clusters[1], Err: access.ErrForbidden}
		plan := file.Plan([]desired.Observed{near, far})
		needed, isKnown := plan.RemovalsNeeded()
		if needed != want.needed || isKnown != want.isKnown {
			t.Errorf("with others: %s %d are needed (%t), want %+v", others, needed, isKnown, want)
		}
	}
}
