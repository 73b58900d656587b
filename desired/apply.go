package desired

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"
)

// Options say how a plan is applied. The zero value takes access from nobody, lifts no guard and
// works on one cluster at a time.
type Options struct {
	// Parallel is the number of clusters that are changed at a time. Each cluster has one step at a
	// time.
	Parallel int
	// Wait is how long a step waits for a busy cluster; 10 minutes if zero.
	Wait time.Duration
	// MaxRemovals is the number of principals that may lose access over all clusters: whose entries
	// are removed, emptied or narrowed. If more would, nothing is changed.
	MaxRemovals int
	// Whole is the plan of the whole file, if the applied plan is of one shard. MaxRemovals counts over
	// it.
	Whole *Plan
	// AllowNoAdmin lets a cluster lose its last cluster-wide administrator, if the plan says so.
	AllowNoAdmin bool
	// AllowProtected lets protected principals lose access.
	AllowProtected bool
	// SwitchAuthType reports whether the auth type of a CONFIG_MAP cluster may be switched to API,
	// which cannot be undone. Nil switches none.
	SwitchAuthType func(ClusterPlan) bool
	// Now returns the time, to tell whether access has ended since the plan was made; time.Now if nil.
	Now func() time.Time
	// OnEvent is called after each step, by one goroutine at a time. Nil is fine.
	OnEvent func(Event)
}

// Apply makes the steps of a plan: one at a time on each cluster, in the order of the plan, and on
// many clusters at once. Every attempt of a step begins with a look at the cluster. If somebody else
// has changed the entry since the plan was made, the step fails with [access.ErrConflict]. If the step
// would take the last cluster-wide administrator, it fails with [access.ErrNoAdmin].
//
// If access of the step's principal has ended since the plan was made, the step fails with [ErrEnded].
//
// A step that fails because of its principal stops no other. After any other error, Apply stops work
// on the cluster and continues with the others. The report says what is left, and why.
//
// When ctx ends, Apply finishes the step in progress and starts no other. If the plan takes access
// from more principals than Options.MaxRemovals, Apply sends nothing and returns [ErrRemovals]. If
// clusters could not be read, so that more may lose access than is known, the steps that take access
// fail with [ErrRemovals].
func Apply(ctx context.Context, plan *Plan, clients Clients, options Options) (*Report, error) {
	whole := cmp.Or(options.Whole, plan)
	for _, counted := range []*Plan{whole, plan} {
		if err := counted.GuardRemovals(options.MaxRemovals); err != nil {
			return nil, err
		}
	}
	options.Wait = cmp.Or(options.Wait, 10*time.Minute)
	if options.Now == nil {
		options.Now = time.Now
	}
	a := &applier{clients: clients, options: options, heldBack: whole.guardUnread(options.MaxRemovals)}
	report := &Report{Clusters: make([]ClusterReport, len(plan.Clusters))}
	order := longestFirst(plan.Clusters)
	each(options.Parallel, len(order), func(i int) {
		report.Clusters[order[i]] = a.cluster(ctx, &plan.Clusters[order[i]])
	})
	for _, c := range report.Clusters {
		report.Done += c.Done
		report.Left += len(c.Left)
		if c.Switched {
			report.Switched++
		}
		if c.err != nil {
			report.Failed++
		}
	}
	return report, nil
}

// longestFirst returns the indexes of the clusters, with the most steps first, so that no cluster
// ends long after the others.
func longestFirst(clusters []ClusterPlan) []int {
	order := make([]int, len(clusters))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(len(clusters[b].Steps), len(clusters[a].Steps))
	})
	return order
}

// applier applies one plan.
type applier struct {
	clients  Clients
	options  Options
	heldBack error // why no step may take access; nil if steps may
	events   sync.Mutex
}

// tell calls OnEvent.
func (a *applier) tell(event Event) {
	if a.options.OnEvent == nil {
		return
	}
	a.events.Lock()
	defer a.events.Unlock()
	a.options.OnEvent(event)
}

// cluster makes the steps of one cluster.
func (a *applier) cluster(ctx context.Context, plan *ClusterPlan) ClusterReport {
	report := ClusterReport{Cluster: plan.Cluster, UUID: plan.UUID, Left: []LeftStep{}}
	c := &clusterRun{applier: a, plan: plan, report: &report, ready: plan.ready}
	c.tried = make([]bool, len(plan.Steps))
	stopped := c.run(ctx)
	for i := range plan.Steps {
		if !c.tried[i] {
			report.leave(&plan.Steps[i], nil)
		}
	}
	report.end(stopped)
	a.tell(Event{Cluster: plan.Cluster, Err: report.err})
	return report
}
