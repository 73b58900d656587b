package desired_test

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// slow takes some time for each request, and adds up the time that the requests of each cluster
// took.
type slow struct {
	next  http.RoundTripper
	delay time.Duration

	mu     sync.Mutex
	byPath map[string]time.Duration
}

func (s *slow) RoundTrip(r *http.Request) (*http.Response, error) {
	start := time.Now()
	time.Sleep(s.delay)
	response, err := s.next.RoundTrip(r)
	_, path, _ := strings.Cut(r.URL.Path, "/clusters/")
	cluster, _, _ := strings.Cut(path, "/")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byPath[cluster] += time.Since(start)
	return response, err
}

func (s *slow) slowest() (longest time.Duration) {
	for _, took := range s.byPath {
		longest = max(longest, took)
	}
	return longest
}

// changesFile wants n entries on each cluster, of n principals.
func changesFile(t testing.TB, clusters, n int) *desired.File {
	var b strings.Builder
	b.WriteString("version: 1\nclusters:\n")
	for i := range clusters {
		fmt.Fprintf(&b, "  c%d:\n", i)
	}
	b.WriteString("access:\n")
	for _, principal := range pool(n)[2:] {
		fmt.Fprintf(&b, "  - {principal: '%s', clusters: '*', policies: [NKSViewPolicy]}\n", principal)
	}
	return parse(t, b.String())
}

// 2,000 changes on 50 clusters, where each request takes 20 ms: apply takes little longer than the
// requests of the slowest cluster, one after another. The custom metric is the ratio.
func BenchmarkApply(b *testing.B) {
	for b.Loop() {
		r := newRig(b, emulator.Faults{}, 1, make([][]nks.AccessEntry, 50)...)
		file := changesFile(b, 50, 40)
		plan := r.plan(b, file)
		transport := &slow{next: r, delay: 20 * time.Millisecond, byPath: map[string]time.Duration{}}
		clients := r.clients(b, access.WithHTTPClient(&http.Client{Transport: transport}))
		start := time.Now()
		report, err := desired.Apply(context.Background(), plan, clients, desired.Options{Parallel: 50})
		took := time.Since(start)
		if err != nil || report.Err() != nil || report.Done != 2000 {
			b.Fatalf("%d changes: %v, %v", report.Done, err, report.Err())
		}
		ratio := float64(took) / float64(transport.slowest())
		b.ReportMetric(ratio, "of-slowest")
		b.ReportMetric(float64(len(r.requests)), "requests")
		if ratio > 1.25 {
			b.Errorf("apply took %s, %.2f times the requests of the slowest cluster", took, ratio)
		}
	}
}

// entriesOf has n entries, half of them as the file of changesFile wants them.
func entriesOf(n int) []nks.AccessEntry {
	entries := make([]nks.AccessEntry, n)
	for i, principal := range pool(n)[2:] {
		entries[i] = entry(principal, nil, []string{"NKSViewPolicy", "NKSEditPolicy@dev"}[i%2])
	}
	return entries
}

// A plan of 500 clusters with 20 entries each, read in this process.
func BenchmarkPlan(b *testing.B) {
	states := make([][]nks.AccessEntry, 500)
	for i := range states {
		states[i] = entriesOf(20)
	}
	r := newRig(b, emulator.Faults{}, 1, states...)
	file, clients := changesFile(b, 500, 20), r.clients(b)
	b.Run("ReadAndPlan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			plan := file.Plan(file.Read(context.Background(), clients, 16))
			if plan.Err() != nil || plan.Summary.Change != 5000 {
				b.Fatalf("%+v, %v", plan.Summary, plan.Err())
			}
		}
	})
	read := file.Read(context.Background(), clients, 16)
	b.Run("Plan", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			file.Plan(read)
		}
	})
}

// The memory that the states and the plan of 100,000 entries on 500 clusters hold.
func BenchmarkPlanMemory(b *testing.B) {
	states := make([]desired.Observed, 500)
	file := changesFile(b, 500, 200)
	for b.Loop() {
		before := heap()
		for i := range states {
			states[i] = desired.Observed{Spec: desired.Target{Name: fmt.Sprintf("c%d", i)}, Cluster: access.Cluster{UUID: clusterUUID(i), AuthType: "API"}}
			for j, e := range entriesOf(200) {
				states[i].Entries = append(states[i].Entries, access.Entry{
					UUID: fmt.Sprintf("%08x-0000-4dc9-af1b-%012x", i, j), ClusterUUID: clusterUUID(i), Principal: access.NRN(strings.Clone(e.Entry)),
					Grants: access.Grants{Groups: []string{}, Policies: []access.Policy{access.PolicyType(strings.Clone(e.Policies[0].Type)).OnCluster()}},
				})
			}
		}
		plan := file.Plan(states)
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB")
		if plan.Summary.Steps() != 50000 {
			b.Fatalf("%+v", plan.Summary)
		}
		runtime.KeepAlive(plan)
		clear(states)
	}
}

func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
