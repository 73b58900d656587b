package desired

import (
	"context"
	"errors"
	"fmt"

	"github.com/nks-access/nks-access/access"
)

// errNobodyEnters says what it means that no administrator could be let in after a switch.
var errNobodyEnters = errors.New("the auth type is API now, and nobody can enter before the first entry is created")

// clusterRun makes the steps of one cluster.
type clusterRun struct {
	*applier
	client *access.Client
	plan   *ClusterPlan
	report *ClusterReport
	tried  []bool // by step
	ready  bool   // the cluster accepts a change; it was read, and nothing was sent since
}

// run makes the steps of the cluster. It returns what stopped it; the report has the errors of the
// steps that were tried.
//
//	begin             guards; a saved plan is compared with the cluster, and guarded again
//	switchAndAdmit    if the plan needs it: switch the auth type, then one administrator
//	makeSteps         each step: wait until the cluster is ready, then
//	                    look ── as planned, and an administrator left ─► write
//	                         ── not so ─► leave the step, go on with the next
//	                    write ── refused because of its principal ─► leave the step, go on
//	                          ── busy ─► wait, and look again
//	                          ── any other error ─► leave the step and all that follow
func (c *clusterRun) run(ctx context.Context) error {
	if err := c.plan.Err(); err != nil {
		return err
	}
	if len(c.plan.Steps) == 0 {
		return nil
	}
	if err := c.begin(ctx); err != nil {
		return err
	}
	if err := c.switchAndAdmit(ctx); err != nil {
		return err
	}
	return c.makeSteps(ctx)
}

// makeSteps makes the steps that were not tried yet, until an error stops the cluster. The report has
// that error.
func (c *clusterRun) makeSteps(ctx context.Context) error {
	for i := range c.plan.Steps {
		if c.tried[i] {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.try(ctx, i); stopsCluster(err) {
			return nil
		}
	}
	return nil
}

// begin checks the guards, and compares a saved plan with the cluster as it is.
func (c *clusterRun) begin(ctx context.Context) error {
	if err := oneOrJoined(c.plan.Guards(c.options)); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	client, err := c.clients(c.plan.Region, c.plan.Profile)
	if err != nil {
		return err
	}
	c.client = client
	if !c.plan.saved {
		return nil
	}
	return c.compare(ctx)
}

// savedPlanError says that a cluster is not as a saved plan has it. It is [access.ErrConflict].
type savedPlanError struct{}

func (*savedPlanError) Error() string {
	return "the cluster, or the plan itself, changed after the plan was saved, " +
		"as it does when the plan is applied; make a new plan"
}

// Is reports whether target is access.ErrConflict.
func (*savedPlanError) Is(target error) bool { return target == access.ErrConflict }

// compare returns an error if the cluster is not as it was when the plan was saved, or if a guard
// stops the plan by what is there now: numbers that a saved plan states are not believed.
func (c *clusterRun) compare(ctx context.Context) error {
	cluster, err := c.client.Cluster(ctx, c.plan.UUID)
	if err != nil {
		return err
	}
	entries, err := c.client.List(ctx, c.plan.UUID)
	if err != nil {
		return err
	}
	if len(entries) == 0 && c.plan.Entries > 0 {
		return fmt.Errorf("%w (%d)", ErrEmptyList, c.plan.Entries)
	}
	if stateOf(cluster.AuthType, entries, c.plan.Protected) != c.plan.State {
		return &savedPlanError{}
	}
	current := *c.plan
	current.AuthType = cluster.AuthType
	current.Admins = adminsOf(entries, current.Steps)
	c.plan = &current
	return oneOrJoined(c.plan.Guards(c.options))
}

// try makes one step, and reports it.
func (c *clusterRun) try(ctx context.Context, i int) error {
	step := &c.plan.Steps[i]
	c.tried[i] = true
	err := c.whenAllowed(ctx, step)
	if err == nil {
		c.report.Done++
	} else {
		c.report.leave(step, err)
	}
	c.tell(Event{Cluster: c.plan.Cluster, Step: step, Err: err})
	return err
}

// whenAllowed makes a step unless it takes access and none may be taken.
func (c *clusterRun) whenAllowed(ctx context.Context, step *Step) error {
	if c.heldBack != nil && step.Loses() {
		return c.heldBack
	}
	if err := c.plan.ended(step.Principal, c.options.Now()); err != nil {
		return err
	}
	err := c.whenReady(ctx, func() error { return c.makeStep(ctx, step) })
	c.ready = false
	return refusal(step, err)
}

// whenReady calls do when the cluster accepts a change, and again while it is busy with an earlier
// one. It does not begin after ctx has ended.
func (c *clusterRun) whenReady(ctx context.Context, do func() error) error {
	waitCtx, cancel := context.WithTimeout(ctx, c.options.Wait)
	defer cancel()
	for {
		if !c.ready {
			if err := c.client.WaitReady(waitCtx, c.plan.UUID); err != nil {
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
		c.ready = false
	}
}

// switchAndAdmit switches the auth type to API if the plan needs that, and lets the first administrator
// in. From the switch
// to that moment nobody can enter the cluster, so neither is interrupted. If the service refuses one
// administrator, the next one is tried.
func (c *clusterRun) switchAndAdmit(ctx context.Context) error {
	if !c.plan.NeedsSwitch() {
		return nil
	}
	detached := context.WithoutCancel(ctx)
	err := c.whenReady(ctx, func() error { return c.client.EnableAccessEntries(detached, c.plan.UUID) })
	if errors.Is(err, access.ErrUnknownOutcome) {
		err = fmt.Errorf("it may be API now, and then nobody can enter before the first entry is created: %w", err)
	}
	if err != nil {
		return fmt.Errorf("switch the auth type: %w", err)
	}
	c.report.Switched = true
	c.ready = true // so that no other request comes before the first administrator
	if c.plan.Admins.Before > 0 {
		return nil
	}
	return c.admit(detached)
}

// admit makes the steps that make administrators until one succeeds.
func (c *clusterRun) admit(ctx context.Context) error {
	for i := range c.plan.Steps {
		if !c.plan.Steps[i].makesAdmin() {
			continue
		}
		if err := c.try(ctx, i); err == nil {
			return nil
		}
	}
	return errNobodyEnters
}
