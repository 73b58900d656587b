package desired_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// seeds is how many random cases a property has that is not checked by rapid alone. make
// test-properties raises it.
var seeds = flag.Int("seeds", 30, "random cases of the properties about apply")

// checksGiven says that the command line has -rapid.checks.
var checksGiven bool

// checks draws n cases of a property, or as many as -rapid.checks says if that is given.
func checks(t *testing.T, n int, property func(*rapid.T)) {
	t.Helper()
	if !checksGiven {
		if err := flag.Set("rapid.checks", fmt.Sprint(n)); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, property)
}

// pool are principals of all kinds.
func pool(n int) []string {
	principals := []string{"nrn:PUB:IAM::5000008:Account", "nrn::IAM:KR:5000008:Group/x=y"}
	for i := range n {
		kind := "SubAccount"
		if i%3 == 0 {
			kind = "Role"
		}
		principals = append(principals, fmt.Sprintf("nrn:PUB:IAM::5000008:%s/%08x-0000-0000-0000-%012x", kind, i/2, i))
	}
	return principals
}

// odd are names that YAML takes for something else, or that steer a terminal.
var odd = []string{
	"developers", "system:masters", "123", "1e3", "0x1f", "true", "null", "~", "yes", "*", "&a", "!x", "- a", "a: b", "a #b", "#", "'", "\"", "\\", "{a}", "[a]",
	",", "a,b", "운영", "\u202e", "\n", "a\nb", "\t", " ", " a ", "%", "@", "`", "|", ">", "?", ":", "a:", "::", "\x7f", "\u0085", "\ufeff", "😀", "2026-11-24", ".inf", "<<", "=", "---", "...",
}

// anyEntries draws the entries of a cluster as the service may report them.
func anyEntries(t *rapid.T, label string, principals []string, strange bool) []nks.AccessEntry {
	var entries []nks.AccessEntry
	for _, principal := range rapid.SliceOfNDistinct(rapid.SampledFrom(principals), 0, 8, rapid.ID[string]).Draw(t, label) {
		e := nks.AccessEntry{Entry: principal}
		names := odd
		types := []string{"NKSClusterAdminPolicy", "NKSAdminPolicy", "NKSEditPolicy", "NKSViewPolicy"}
		scopes := []string{"cluster", "Cluster", "namespace", "Namespace"}
		if strange {
			types, scopes = append(types, "NKSNewPolicy", "운영: x"), append(scopes, "Project")
			if rapid.Bool().Draw(t, "username") {
				e.Username = rapid.SampledFrom(odd).Draw(t, "name")
			}
		} else {
			names = []string{"a", "b", "c", "developers", "*-ns"}
		}
		if rapid.IntRange(0, 2).Draw(t, "groups") > 0 {
			e.Groups = rapid.SliceOfN(rapid.SampledFrom(names), 0, 4).Draw(t, "groups")
		}
		for range rapid.IntRange(0, 3).Draw(t, "policies") {
			p := nks.AttachedPolicy{Type: rapid.SampledFrom(types).Draw(t, "type"), Scope: rapid.SampledFrom(scopes).Draw(t, "scope")}
			if strange && rapid.IntRange(0, 3).Draw(t, "odd") == 2 { // a cluster scope with namespaces, or a namespace scope without
				p.Namespaces = rapid.SliceOfN(rapid.SampledFrom(names), 0, 2).Draw(t, "namespaces")
			} else if !strings.EqualFold(p.Scope, "cluster") {
				p.Namespaces = rapid.SliceOfN(rapid.SampledFrom(names), 1, 4).Draw(t, "namespaces")
			}
			e.Policies = append(e.Policies, p)
		}
		entries = append(entries, e)
	}
	return entries
}

// exported writes the file for what the clients reach.
func exported(t rapid.TB, file *desired.File, clients desired.Clients) string {
	exported, skipped, err := export.File(file.Read(context.Background(), clients, 4))
	if err != nil {
		t.Fatal(err)
	}
	comments := make([]string, len(skipped))
	for i, entry := range skipped {
		comments[i] = entry.String()
	}
	var b bytes.Buffer
	if err := export.WriteYAML(&b, exported, comments...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func allClusters(n int) []desired.Target {
	clusters := make([]desired.Target, n)
	for i := range clusters {
		clusters[i] = desired.Target{Name: fmt.Sprintf("c%d", i), Region: "KR"}
	}
	return clusters
}

// A plan with what export wrote changes nothing, and no entry is left out, whatever the service
// reports.
func TestExportThenPlanIsEmpty(t *testing.T) {
	schema := schemaOf(t)
	principals := pool(10)
	checks(t, 100, func(rt *rapid.T) {
		n := rapid.IntRange(1, 4).Draw(rt, "clusters")
		states := make([][]nks.AccessEntry, n)
		options := emulator.Options{Seed: 1}
		total := 0
		for i := range states {
			states[i] = anyEntries(rt, "entries", principals, true)
			total += len(states[i])
			name := rapid.SampledFrom(append([]string{"c", "c", "[c]", clusterUUID(0), clusterUUID(9)}, odd...)).Draw(rt, "name")
			options.Clusters = append(options.Clusters, nks.Cluster{UUID: clusterUUID(i), Name: name, Status: "RUNNING", AuthType: "API"})
		}
		r := newRigWith(t, options, states...)
		clients := r.clients(t)
		client, err := clients("", "")
		if err != nil {
			rt.Fatal(err)
		}
		all, err := client.Clusters(context.Background())
		if err != nil {
			rt.Fatal(err)
		}
		text := exported(rt, desired.FileOf("", desired.Region{Code: "KR", Clusters: all}), clients)
		file, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(text)})
		if err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		if err := schema(text); err != nil {
			rt.Fatalf("%v\n%s", err, text)
		}
		plan := file.Plan(file.Read(context.Background(), clients, 4))
		if err := plan.Err(); err != nil || plan.Summary.Steps() > 0 || plan.Summary.Others > 0 || plan.Summary.Unchanged != total {
			rt.Fatalf("%v, %+v of %d entries\n%s", err, plan.Summary, total, text)
		}
	})
}

// goal draws a file that says what the clusters shall be like, over the same principals.
func goal(t *rapid.T, clusters int, principals []string) string {
	var b strings.Builder
	b.WriteString("version: 1\nclusters:\n")
	for i := range clusters {
		fmt.Fprintf(&b, "  c%d: {others: %s}\n", i, rapid.SampledFrom([]string{"keep", "keep", "remove"}).Draw(t, "others"))
	}
	b.WriteString("access:\n")
	for i := range clusters {
		// An administrator everywhere, so that there is a plan that no guard stops.
		fmt.Fprintf(&b, "  - {principal: '%s', clusters: c%d, policies: [NKSClusterAdminPolicy]}\n", rapid.SampledFrom(principals[2:]).Draw(t, "admin"), i)
		for _, principal := range rapid.SliceOfNDistinct(rapid.SampledFrom(principals[2:]), 0, 6, rapid.ID[string]).Draw(t, "principals") {
			policies := rapid.SliceOfN(rapid.SampledFrom([]string{
				"NKSClusterAdminPolicy", "NKSViewPolicy", "NKSEditPolicy@a,b", "NKSEditPolicy@b,c", "NKSViewPolicy@*-ns",
			}), 0, 3).Draw(t, "policies")
			groups := rapid.SliceOfN(rapid.SampledFrom([]string{"developers", "a", "b"}), 0, 2).Draw(t, "groups")
			fmt.Fprintf(&b, "  - {principal: '%s', clusters: c%d, groups: [%s], policies: ['%s']}\n", principal, i, strings.Join(groups, ", "), strings.Join(policies, "', '"))
		}
	}
	return strings.ReplaceAll(b.String(), "['']", "[]")
}

// cases draws cases, each with a seed of its own.
func cases(t *testing.T, run func(t *rapid.T, seed uint64)) {
	t.Helper()
	checks(t, *seeds, func(rt *rapid.T) {
		seed := rapid.Uint64Range(1, 1<<40).Draw(rt, "seed")
		inBubble(t, func() { run(rt, seed) })
	})
}

// inBubble runs one case of a property with a fake clock, so that waiting takes no time.
func inBubble(t *testing.T, run func()) {
	t.Helper()
	var failed any
	synctest.Test(t, func(*testing.T) {
		defer func() { failed = recover() }()
		run()
	})
	if failed != nil {
		panic(failed) // of rapid, in its own goroutine
	}
}

var anything = desired.Options{Parallel: 4, MaxRemovals: 1000, Wait: time.Minute}

// Apply brings clusters to what the file says although requests fail, responses are lost and
// clusters are busy. A second apply changes nothing. No entry is there twice, no cluster is ever
// without the administrator that it had, and entries that the plan leaves alone stay as they are.
func TestApplyConvergesUnderFaults(t *testing.T) {
	principals := pool(10)
	cases(t, func(rt *rapid.T, seed uint64) {
		n := rapid.IntRange(1, 3).Draw(rt, "clusters")
		states := make([][]nks.AccessEntry, n)
		for i := range states {
			states[i] = anyEntries(rt, "entries", principals, false)
		}
		r := newRig(t, emulator.Faults{
			Fail: emulator.Failure{Status: 503, Probability: 0.05}, Lose: 0.05, Busy: 200 * time.Microsecond,
		}, seed, states...)
		file := mustParse(rt, goal(rt, n, principals))
		clients := r.clients(t)
		others := r.foreign(rt, file)
		applyUntilKnown(rt, file, clients)
		r.settled(rt, file, clients, others)
	})
}

// applyUntilKnown applies a file, again and again while the outcome of a step is unknown. Nothing else
// may fail, except what depends on such a step: a removal that may leave nobody.
func applyUntilKnown(t *rapid.T, file *desired.File, clients desired.Clients) {
	for range 100 {
		plan := file.Plan(file.Read(context.Background(), clients, 4))
		report, err := desired.Apply(context.Background(), plan, clients, anything)
		if err := errors.Join(err, plan.Err()); err != nil {
			t.Fatal(err)
		}
		if report.Err() == nil {
			return
		}
		for _, cluster := range report.Clusters {
			depends := errors.Is(cluster.Err(), access.ErrUnknownOutcome)
			for _, left := range cluster.Left {
				if !errors.Is(left.Err(), access.ErrUnknownOutcome) && !(depends && errors.Is(left.Err(), access.ErrNoAdmin)) {
					t.Fatalf("%v of %s", left.Err(), &left.Step)
				}
			}
		}
	}
	t.Fatal("the outcome is unknown again and again")
}

// settled checks that clusters are as the file says, and that applying again sends no change.
func (r *rig) settled(t *rapid.T, file *desired.File, clients desired.Clients, others map[string]nks.AccessEntry) {
	r.restart()
	plan := file.Plan(file.Read(context.Background(), clients, 4))
	if plan.Err() != nil || plan.Summary.Steps() > 0 {
		t.Fatalf("the plan is not empty after apply: %v, %+v", plan.Err(), plan.Summary)
	}
	if _, err := desired.Apply(context.Background(), plan, clients, desired.Options{}); err != nil || len(r.changes) > 0 {
		t.Fatalf("applying again sent %v (%v)", r.changes, err)
	}
	if len(r.lost) > 0 {
		t.Fatalf("a cluster was without an administrator after %v", r.lost)
	}
	if now := r.foreign(t, file); !reflect.DeepEqual(others, now) {
		t.Fatalf("entries that no rule names were %v and are %v", others, now)
	}
	if want := slices.Sorted(maps.Keys(others)); !slices.Equal(listed(plan), want) {
		t.Fatalf("the plan lists %v as left alone, want %v", listed(plan), want)
	}
	for _, cluster := range plan.Clusters {
		seen := map[string]bool{}
		entries, _ := r.store.List(cluster.UUID)
		for _, entry := range entries {
			if seen[entry.Entry] {
				t.Fatalf("%s has two entries", entry.Entry)
			}
			seen[entry.Entry] = true
		}
	}
}

// foreign returns the entries that no rule names, on clusters that keep them, as the emulator has
// them.
func (r *rig) foreign(t *rapid.T, file *desired.File) map[string]nks.AccessEntry {
	foreign := map[string]nks.AccessEntry{}
	for i, cluster := range file.Clusters {
		entries, err := r.store.List(clusterUUID(i))
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			named := slices.ContainsFunc(file.Rules, func(rule desired.Rule) bool {
				return slices.Contains(rule.Clusters, cluster.Name) && slices.Contains(rule.Principals, access.AnyNRN(entry.Entry))
			})
			if cluster.Others == desired.KeepOthers && !named {
				foreign[clusterUUID(i)+" "+entry.Entry] = entry
			}
		}
	}
	return foreign
}

// listed returns which entries a plan leaves alone.
func listed(plan *desired.Plan) []string {
	keys := []string{}
	for _, cluster := range plan.Clusters {
		for _, other := range cluster.Others {
			keys = append(keys, cluster.UUID+" "+string(other.Principal))
		}
	}
	return slices.Sorted(slices.Values(keys))
}

// A program that is killed after any request leaves no cluster without the administrator that it
// had. Running it again does the rest.
func TestApplyKilledAndRunAgain(t *testing.T) {
	principals := pool(8)
	cases(t, func(rt *rapid.T, seed uint64) {
		state := anyEntries(rt, "entries", principals, false)
		text := goal(rt, 1, principals)
		r := newRig(t, emulator.Faults{}, seed, state)
		file, clients := mustParse(rt, text), r.clients(t, access.WithRetry(access.Retry{MaxTries: 1}))
		for kill := 1; ; kill++ {
			r.refill(t, state)
			r.kill = kill
			plan := file.Plan(file.Read(context.Background(), clients, 1))
			_, err := desired.Apply(context.Background(), plan, clients, anything)
			if err != nil {
				rt.Fatal(err)
			}
			done := !r.killed
			r.restart()
			plan = file.Plan(file.Read(context.Background(), clients, 1))
			others := r.foreign(rt, file)
			report, err := desired.Apply(context.Background(), plan, clients, anything)
			if err := errors.Join(err, report.Err()); err != nil {
				rt.Fatalf("after %d requests: %v", kill, err)
			}
			r.settled(rt, file, clients, others)
			if done {
				return
			}
		}
	})
}

func mustParse(t *rapid.T, text string) *desired.File {
	file, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file
}

// Every cluster is in exactly one share, and clusters that come or go move no other.
func TestShards(t *testing.T) {
	file := &desired.File{Clusters: allClusters(1000)}
	for _, n := range []int{1, 2, 3, 16} {
		var names []string
		for i := range n {
			share, err := file.Shard(i, n)
			if err != nil {
				t.Fatal(err)
			}
			if len(share.Clusters) < 1000/n/2 {
				t.Errorf("share %d/%d has %d of 1,000 clusters", i, n, len(share.Clusters))
			}
			fewer := *file
			fewer.Clusters = slices.DeleteFunc(slices.Clone(file.Clusters), func(c desired.Target) bool { return c.Name == "c500" })
			same, _ := fewer.Shard(i, n)
			if want := slices.DeleteFunc(slices.Clone(share.Clusters), func(c desired.Target) bool { return c.Name == "c500" }); !reflect.DeepEqual(want, same.Clusters) {
				t.Errorf("share %d/%d changed when a cluster went", i, n)
			}
			for _, cluster := range share.Clusters {
				names = append(names, cluster.Name)
			}
		}
		slices.Sort(names)
		if len(slices.Compact(names)) != 1000 {
			t.Errorf("%d shares have %d clusters in all, want 1,000", n, len(names))
		}
	}
	for _, wrong := range [][2]int{{-1, 3}, {3, 3}, {0, 0}} {
		if _, err := file.Shard(wrong[0], wrong[1]); err == nil {
			t.Errorf("shard %d/%d is no error", wrong[0], wrong[1])
		}
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	flag.Visit(func(f *flag.Flag) { checksGiven = checksGiven || f.Name == "rapid.checks" })
	os.Exit(m.Run())
}
