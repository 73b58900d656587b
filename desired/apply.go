package desired

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nks-access/nks-access/access"
)

// Options say how a plan is applied. The zero value removes nothing, lifts no guard and works on
// one cluster at a time.
type Options struct {
	// Parallel is the number of clusters that are changed at a time. Each cluster has one change at
	// a time.
	Parallel int
	// Wait is how long a change waits for a busy cluster, 10 minutes when zero.
	Wait time.Duration
	// MaxRemovals is the number of entries that may be removed over all clusters. With more,
	// nothing is changed.
	MaxRemovals int
	// AllowNoAdmin lets a cluster lose its last cluster-wide administrator.
	AllowNoAdmin bool
	// AllowProtected lets protected principals lose access.
	AllowProtected bool
	// SwitchAuthType reports whether the auth type of a CONFIG_MAP cluster may be switched to API,
	// which cannot be undone. Nil switches none.
	SwitchAuthType func(ClusterPlan) bool
	// OnEvent is called after each change, by one goroutine at a time. Nil is fine.
	OnEvent func(Event)
}

// Event says that a change was made, or that work on a cluster ended.
type Event struct {
	Cluster string
	Change  *Change // nil when the cluster is done
	Err     error   // why the change, or the work on the cluster, failed
}

// Report is the result of applying a plan.
type Report struct {
	Clusters []ClusterReport `json:"clusters"`
	Done     int             `json:"done"` // changes
	Left     int             `json:"left"` // changes
	Failed   int             `json:"failed"`
}

// ClusterReport is the result of applying a plan to one cluster.
type ClusterReport struct {
	Cluster string   `json:"cluster"`
	UUID    string   `json:"uuid,omitempty"`
	Done    int      `json:"done"`
	Left    []Change `json:"left"`
	Error   string   `json:"error,omitempty"`

	err error
}

// Err returns why the changes that are left were not made, or nil.
func (c *ClusterReport) Err() error { return c.err }

// Err returns the errors of all clusters, or nil.
func (r *Report) Err() error {
	var failed []error
	for i := range r.Clusters {
		if err := r.Clusters[i].err; err != nil {
			failed = append(failed, fmt.Errorf("cluster %q: %w", r.Clusters[i].Cluster, err))
		}
	}
	return joined(failed)
}

// Apply makes the changes of a plan: one at a time on each cluster, in the order of the plan, and
// on many clusters at once. If a change fails, Apply stops work on its cluster and continues with
// the others. The report says what is left. Apply reads each entry again just before it changes it.
// If somebody else has changed it, the cluster fails with [ErrConflict].
//
// When ctx ends, Apply finishes the request under way and starts no other. If the plan removes more
// than Options.MaxRemovals entries, Apply sends nothing and returns [ErrRemovals].
func Apply(ctx context.Context, plan *Plan, clients Clients, options Options) (*Report, error) {
	if err := plan.guardRemovals(options.MaxRemovals); err != nil {
		return nil, err
	}
	options.Wait = cmp.Or(options.Wait, 10*time.Minute)
	run := &run{clients: clients, options: options}
	report := &Report{Clusters: make([]ClusterReport, len(plan.Clusters))}
	// The cluster with the most changes begins first, so that it does not end long after the
	// others.
	order := make([]int, len(plan.Clusters))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Compare(len(plan.Clusters[b].Changes), len(plan.Clusters[a].Changes))
	})
	each(options.Parallel, len(order), func(i int) {
		report.Clusters[order[i]] = run.cluster(ctx, &plan.Clusters[order[i]])
	})
	for _, c := range report.Clusters {
		report.Done += c.Done
		report.Left += len(c.Left)
		if c.err != nil {
			report.Failed++
		}
	}
	return report, nil
}

// run is one run of Apply.
type run struct {
	clients Clients
	options Options
	events  sync.Mutex
}

func (r *run) event(e Event) {
	if r.options.OnEvent == nil {
		return
	}
	r.events.Lock()
	defer r.events.Unlock()
	r.options.OnEvent(e)
}

// cluster makes the changes to one cluster.
func (r *run) cluster(ctx context.Context, plan *ClusterPlan) ClusterReport {
	report := ClusterReport{Cluster: plan.Cluster, UUID: plan.UUID, Left: []Change{}}
	err := plan.Err()
	if err == nil && len(plan.Changes) > 0 {
		report.Done, err = r.changes(ctx, plan)
		report.Left = append(report.Left, plan.Changes[report.Done:]...)
	}
	if err != nil {
		report.err, report.Error = err, err.Error()
	}
	r.event(Event{Cluster: plan.Cluster, Err: err})
	return report
}

// changes makes changes until one fails or ctx ends. It returns how many were made.
func (r *run) changes(ctx context.Context, plan *ClusterPlan) (done int, err error) {
	if err := joined(plan.Guards(r.options)); err != nil {
		return 0, err
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	client, err := r.clients(plan.Region, plan.Profile)
	if err != nil {
		return 0, err
	}
	if plan.saved {
		if err := compare(ctx, client, plan); err != nil {
			return 0, err
		}
	}
	ready, switched := plan.ready, plan.NeedsSwitch()
	if switched {
		err := r.whenReady(ctx, client, plan, ready, func() error {
			return client.SetAuthType(context.WithoutCancel(ctx), plan.UUID, "API")
		})
		if errors.Is(err, access.ErrUnknownOutcome) {
			err = fmt.Errorf("it may be API now, and then nobody can enter before the first entry is made: %w", err)
		}
		if err != nil {
			return 0, fmt.Errorf("switch the auth type: %w", err)
		}
		ready = true // the first change comes next, without another request between
	}
	for i := range plan.Changes {
		change, changeCtx := &plan.Changes[i], ctx
		locked := switched && i == 0
		if locked {
			// Nobody can enter the cluster now, so the first administrator is let in whatever
			// happens.
			changeCtx = context.WithoutCancel(ctx)
		}
		err := r.whenReady(changeCtx, client, plan, ready, func() error { return r.try(changeCtx, client, plan, change) })
		if err != nil && locked {
			err = fmt.Errorf("the auth type is API now, and nobody can enter before the first entry is made: %w", err)
		}
		r.event(Event{Cluster: plan.Cluster, Change: change, Err: err})
		if err != nil {
			return i, err
		}
		ready = false
	}
	return len(plan.Changes), nil
}

// whenReady calls do when the cluster is ready for a change, and again while it is busy with an
// earlier one. It does not begin after ctx has ended.
func (r *run) whenReady(
	ctx context.Context, client *access.Client, plan *ClusterPlan, ready bool, do func() error,
) error {
	waitCtx, cancel := context.WithTimeout(ctx, r.options.Wait)
	defer cancel()
	for {
		if !ready {
			if err := client.WaitReady(waitCtx, plan.UUID); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		err := do()
		if !errors.Is(err, access.ErrBusy) || waitCtx.Err() != nil {
			return err
		}
		ready = false
	}
}

// try reads the entry, and changes it if it is still as it was planned on. What is under way when
// ctx ends is finished.
func (r *run) try(ctx context.Context, client *access.Client, plan *ClusterPlan, change *Change) error {
	finish := context.WithoutCancel(ctx)
	if change.Action == Add {
		_, _, err := client.Create(finish, plan.UUID, access.NewEntry{
			Principal: change.Principal, Groups: change.After.Groups, Policies: change.After.Policies,
		})
		if exists := (*access.ExistsError)(nil); errors.As(err, &exists) {
			return fmt.Errorf("%w: %s has entry %s, which grants %s",
				ErrConflict, change.Principal, exists.Existing.UUID, says(grantsOf(exists.Existing)))
		}
		return err
	}
	entries, err := client.List(ctx, plan.UUID)
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return fmt.Errorf("%w: it had %d", ErrEmptyList, plan.Entries)
	}
	i := slices.IndexFunc(entries, func(e access.Entry) bool { return e.Principal == change.Principal })
	if i < 0 {
		if change.Action == Remove {
			return nil // somebody else removed it
		}
		return fmt.Errorf("%w: the entry of %s is gone", ErrConflict, change.Principal)
	}
	before := entries[i]
	if change.Action == Update && change.After.Same(grantsOf(before)) {
		return nil // somebody else changed it in the same way
	}
	if !change.Before.Same(grantsOf(before)) {
		return fmt.Errorf("%w: the entry of %s grants %s, and granted %s when the plan was made",
			ErrConflict, change.Principal, says(grantsOf(before)), says(change.Before))
	}
	if !r.options.AllowNoAdmin {
		if err := guardAdmin(change, entries); err != nil {
			return err
		}
	}
	if change.Action == Remove {
		return client.Delete(finish, plan.UUID, before.UUID)
	}
	after := before
	after.Groups, after.Policies = change.After.Groups, change.After.Policies
	return client.Apply(finish, access.Change{Before: before, After: after})
}

func says(g Grants) string { return cmp.Or(g.String(), "nothing") }

// compare returns an error if a cluster is not as it was when the plan was made.
func compare(ctx context.Context, client *access.Client, plan *ClusterPlan) error {
	cluster, err := client.Cluster(ctx, plan.UUID)
	if err != nil {
		return err
	}
	entries, err := client.List(ctx, plan.UUID)
	switch {
	case err != nil:
		return err
	case len(entries) == 0 && plan.Entries > 0:
		return fmt.Errorf("%w: it had %d when the plan was made", ErrEmptyList, plan.Entries)
	case hash(cluster.AuthType, entries) != plan.State:
		return fmt.Errorf("%w, so the saved plan does not fit any more; make a new plan", ErrConflict)
	}
	return nil
}
