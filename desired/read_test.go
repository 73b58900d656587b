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
	"github.com/nks-access/nks-access/internal/yamlfile"
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
	states := desired.Read(context.Background(), file.Clusters, clients, 8)
	slices.Sort(asked)
	if !slices.Equal(asked, []string{"KR ", "KR prod"}) {
		t.Errorf("clients for %q", asked)
	}
	if len(r.requests) != 2+3 {
		t.Errorf("the requests are %v", r.requests)
	}
	for i, state := range states {
		if state.Err != nil || state.Cluster.UUID != clusterUUID(i) {
			t.Errorf("state %d is %+v", i, state)
		}
	}
	if len(states[0].Entries) != 1 {
		t.Errorf("the entries are %+v", states[0].Entries)
	}
}

// A cluster goes by its UUID if its name does not say which it is.
func TestAll(t *testing.T) {
	file := desired.All([]access.Cluster{
		{UUID: clusterUUID(0), Name: "one"}, {UUID: clusterUUID(1), Name: "two"}, {UUID: clusterUUID(2), Name: "two"},
		{UUID: clusterUUID(3)}, {UUID: clusterUUID(4), Name: clusterUUID(0)},
	}, "KR", "prod")
	var names []string
	for _, cluster := range file.Clusters {
		names = append(names, cluster.Name)
	}
	if want := []string{"one", clusterUUID(1), clusterUUID(2), clusterUUID(3), clusterUUID(4)}; !slices.Equal(names, want) {
		t.Errorf("the names are %q, want %q", names, want)
	}
}

// What others wrote into names is text in Terraform configuration, too.
func TestWriteTerraform(t *testing.T) {
	states := []desired.State{{Name: "prod", Cluster: access.Cluster{UUID: clusterUUID(0), Name: "1 운영\n} evil"}, Entries: []access.Entry{
		{Principal: alice, Groups: []string{"b", "a", "a", "${file(\"/etc/passwd\")}", "%{if true}\"\\\n"}, Policies: []access.Policy{
			{Type: access.ViewPolicy, Scope: access.ClusterScope},
			{Type: access.EditPolicy, Scope: access.NamespaceScope, Namespaces: []string{"dev"}},
			{Type: access.EditPolicy, Scope: access.NamespaceScope, Namespaces: []string{"*-ns"}},
			{Type: "NKSNewPolicy", Scope: "project"},
			{Type: "NKSNewPolicy", Scope: "project", Namespaces: []string{"dev"}},
		}},
		{Principal: bob},
		{Principal: bob},
	}}}
	var b strings.Builder
	skipped, err := desired.WriteTerraform(&b, states)
	if err != nil {
		t.Fatal(err)
	}
	if len(skipped) != 2 || !strings.Contains(skipped[0], "more than one entry") {
		t.Errorf("skipped %q", skipped)
	}
	_, resources, _ := strings.Cut(b.String(), "provider \"nks\" {}\n")
	want := `
import {
  to = nks_access_entry.cluster_1_evil_user-aaaaaaaa
  id = "` + clusterUUID(0) + `,` + alice + `"
}

resource "nks_access_entry" "cluster_1_evil_user-aaaaaaaa" {
  cluster   = "` + clusterUUID(0) + `" # 1 운영 } evil
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
`
	if resources != want {
		t.Errorf("it wrote\n%s\nwant\n%s", resources, want)
	}
}

// Keys that are there many times are found in linear time and memory.
func TestMigrateManyKeys(t *testing.T) {
	text := "kind: ConfigMap\n" + strings.Repeat("a: 1\n", 100_000)
	_, _, err := desired.Migrate([]byte(text), desired.Cluster{Name: "prod"}, desired.Account{Domain: "PUB", Number: "1"})
	mistakes := (*yamlfile.Error)(nil)
	if !errors.As(err, &mistakes) || len(mistakes.Mistakes) != 99_999 {
		t.Errorf("%.200v", err)
	}
	if err != nil && !strings.Contains(err.Error(), `ConfigMap:3:1: "a" is there twice, first at line 2`) {
		t.Errorf("%.200v", err)
	}
}

// Nothing makes Migrate panic, and the file that it makes loads.
func FuzzMigrate(f *testing.F) {
	f.Add([]byte("kind: ConfigMap\ndata:\n  mapSubAccounts: |\n    - subAccountIdNo: 2b141960-0000-0000-0000-246e9659184c\n      username: admin\n      groups: [system:masters, a]\n"))
	f.Add([]byte("kind: ConfigMap\ndata: {mapSubAccounts: '[]'}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, notes, err := desired.Migrate(data, desired.Cluster{Name: "prod"}, desired.Account{Domain: "PUB", Number: "1"})
		if err != nil {
			return
		}
		var b strings.Builder
		if err := file.WriteYAML(&b, notes...); err != nil {
			t.Fatal(err)
		}
		if _, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(b.String())}); err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
	})
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
	plan := file.Plan(desired.Read(context.Background(), file.Clusters, clients, 1))
	if !errors.Is(plan.Err(), access.ErrUnavailable) || plan.Summary.Changes() > 0 || plan.Summary.Failed != 1 {
		t.Errorf("%+v, %v", plan.Summary, plan.Err())
	}
	report, err := r.apply(t, plan, anything)
	if err == nil || report.Failed != 1 || len(r.changes) > 0 || len(r.entries(t, 0)) != 1 {
		t.Errorf("%+v, %v; it sent %v", report, err, r.changes)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
