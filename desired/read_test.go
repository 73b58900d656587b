package desired_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// Each region and profile has a client of its own, whose clusters are listed once. Each cluster
// takes one more request.
func TestReadAsksForEachRegionAndProfile(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy")}, nil, nil)
	file := parse(t, "version: 1\nclusters: {c0: {region: KR}, c1: {region: kr, profile: prod}, "+strings.ToUpper(clusterUUID(2))+": {region: KR}}\n")
	var mu sync.Mutex
	var asked []string
	shared := r.clients(t)
	clients := func(region, profile string) (*access.Client, error) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, region+" "+profile)
		return shared(region, profile)
	}
	observed := file.Read(context.Background(), clients, 8)
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"KR ", "KR prod"}) {
		t.Errorf("clients for %q", asked)
	}
	if len(r.requests) != 2+3 {
		t.Errorf("the requests are %v", r.requests)
	}
	for i, state := range observed {
		if state.Err != nil || state.Cluster.UUID != clusterUUID(i) {
			t.Errorf("state %d is %+v", i, state)
		}
	}
	if len(observed[0].Entries) != 1 {
		t.Errorf("the entries are %+v", observed[0].Entries)
	}
}

// A cluster goes by its UUID if its name does not say which it is.
func TestFileOf(t *testing.T) {
	clusters := []access.Cluster{
		{UUID: clusterUUID(0), Name: "one"}, {UUID: clusterUUID(1), Name: "two"}, {UUID: clusterUUID(2), Name: "two"},
		{UUID: clusterUUID(3)}, {UUID: clusterUUID(4), Name: clusterUUID(0)},
	}
	file := desired.FileOf("prod", desired.Region{Code: "KR", Clusters: clusters[:2]}, desired.Region{Code: "SGN", Clusters: clusters[2:]})
	var names []string
	for _, cluster := range file.Clusters {
		names = append(names, cluster.Name)
	}
	if file.Clusters[1].Region != "KR" || file.Clusters[2].Region != "SGN" || file.Clusters[2].Profile != "prod" {
		t.Errorf("the clusters are %+v", file.Clusters)
	}
	if want := []string{"one", clusterUUID(1), clusterUUID(2), clusterUUID(3), clusterUUID(4)}; !slices.Equal(names, want) {
		t.Errorf("the names are %q, want %q", names, want)
	}
}

// Nothing makes ParsePlan panic.
func FuzzParsePlan(f *testing.F) {
	f.Add([]byte(`{"version": 1, "clusters": [{"cluster": "a", "uuid": "` + clusterUUID(0) + `", "state": "x", "changes": [{"action": "remove", "principal": "x"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if plan, err := desired.ParsePlan(data); err == nil {
			plan.Err()
		}
	})
}

// A list that cannot be read never means that all entries are to be removed.
func TestUnreadableListRemovesNothing(t *testing.T) {
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(alice, nil, "NKSViewPolicy")})
	broken := roundTrip(func(request *http.Request) (*http.Response, error) {
		if strings.HasSuffix(request.URL.Path, "/access-entries") {
			return nil, errors.New("connection reset")
		}
		return r.RoundTrip(request)
	})
	clients := r.clients(t, access.WithHTTPClient(&http.Client{Transport: broken}),
		access.WithRetry(access.Retry{MaxTries: 2, FirstPause: time.Microsecond}))
	file := oneCluster(t, "others: remove")
	plan := file.Plan(file.Read(context.Background(), clients, 1))
	if !errors.Is(plan.Err(), access.ErrUnavailable) || plan.Summary.Steps() > 0 || plan.Summary.Failed != 1 {
		t.Errorf("%+v, %v", plan.Summary, plan.Err())
	}
	report, err := r.apply(t, plan, anything)
	if err == nil || report.Failed != 1 || len(r.changes) > 0 || len(r.entries(t, 0)) != 1 {
		t.Errorf("%+v, %v; it sent %v", report, err, r.changes)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
