package desired

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nks-access/nks-access/access"
)

// LeftOut is a step of a plan that its undo leaves as it is.
type LeftOut struct {
	Principal access.NRN `json:"principal"`
	Name      string     `json:"name,omitempty"`  // of the principal in the file
	Label     string     `json:"label,omitempty"` // see Step
	Reason    string     `json:"reason"`          // such as "its entry is gone"

	PrincipalName string `json:"principalName,omitempty"` // in the directory
}

// Shown returns the name of the principal for people.
func (l *LeftOut) Shown() string { return cmp.Or(l.Label, l.Name) }

// Read reads the clusters that the plan changes, and their entries, at most parallel at a time. A
// cluster that cannot be read has an error.
func (p *Plan) Read(ctx context.Context, clients Clients, parallel int) []Observed {
	file := &File{}
	for i := range p.Clusters {
		c := &p.Clusters[i]
		if len(c.Steps) > 0 {
			target := Target{Name: c.UUID, Region: c.Region, Profile: c.Profile, Protect: c.Protected}
			file.Clusters = append(file.Clusters, target)
		}
	}
	return file.Read(ctx, clients, parallel)
}

// Undo returns the plan that takes back what a plan did, entry by entry. [Plan.Read] observes. A step
// that was not made needs no undo. An entry that somebody has changed since is left out, and so is
// one that the service would not accept again.
func (p *Plan) Undo(observed []Observed, opts ...PlanOption) *Plan {
	options := planOptions{now: time.Now()}
	for _, option := range opts {
		option(&options)
	}
	done := map[string]*ClusterPlan{}
	for i := range p.Clusters {
		done[sameID(p.Clusters[i].UUID)] = &p.Clusters[i]
	}
	undo := &Plan{Version: PlanVersion, Clusters: []ClusterPlan{}, Date: options.now.UTC().Truncate(time.Second)}
	for _, o := range observed {
		c := done[sameID(o.Spec.Name)]
		if c != nil {
			undo.Clusters = append(undo.Clusters, c.undo(o))
		}
	}
	undo.Summary = undo.count()
	return undo
}

// undo returns the part of an undo that is about one cluster.
func (c *ClusterPlan) undo(o Observed) ClusterPlan {
	plan := ClusterPlan{
		Cluster: c.Cluster, UUID: c.UUID, Region: c.Region, Profile: c.Profile,
		AuthType: o.Cluster.AuthType, Entries: len(o.Entries), Protected: c.Protected,
		Steps: []Step{}, Others: []Other{}, ready: o.Cluster.Ready(),
	}
	if o.Err != nil {
		plan.fail(o.Err)
		plan.mayLose = len(c.Steps)
		return plan
	}
	plan.State = stateOf(o.Cluster.AuthType, o.Entries, plan.Protected)
	entries := byPrincipal(o.Entries)
	for i := range c.Steps {
		plan.undoStep(&c.Steps[i], entries[c.Steps[i].Principal])
	}
	sortSteps(plan.Steps)
	plan.Admins = adminsOf(o.Entries, plan.Steps)
	if c.NeedsSwitch() && o.Cluster.AuthType != access.AuthTypeConfigMap {
		plan.Notes = append(plan.Notes, "The auth type was switched to API. That cannot be undone.")
	}
	return plan
}

// undoStep adds the step that takes back another one, or the reason why there is none.
func (c *ClusterPlan) undoStep(done *Step, now []access.Entry) {
	step, err := done.inverse(now)
	if err == nil && step != nil {
		step.fill()
		err = step.validate()
	}
	if err != nil {
		c.LeftOut = append(c.LeftOut, LeftOut{
			Principal: done.Principal, Name: done.Name, Label: done.Label, PrincipalName: done.PrincipalName,
			Reason: err.Error(),
		})
		return
	}
	if step == nil {
		c.Unchanged++
		return
	}
	if !done.Ended.IsZero() && len(step.Adds) > 0 {
		c.Notes = append(c.Notes, fmt.Sprintf("%s gets access again that ended at %s.", done.Principal, Moment(done.Ended)))
	}
	c.Steps = append(c.Steps, *step)
}

// The reasons to leave a step out.
var (
	errSeveral = errors.New("it has several entries")
	errGone    = errors.New("somebody has removed its entry")
)

// inverse returns the step that takes back s, by the entries of the principal as they are now. It
// returns nil if s was not made, or is taken back already:
//
//	s        no entry   grants as before s   grants as after s   else
//	add      nothing    –                    remove              left out
//	change   left out   nothing              change back         left out
//	remove   add        nothing              –                   left out
func (s *Step) inverse(now []access.Entry) (*Step, error) {
	step := &Step{Principal: s.Principal, Name: s.Name, Label: s.Label, PrincipalName: s.PrincipalName}
	if len(now) == 0 {
		return s.inverseOfNone(step)
	}
	grants := together(now)
	if s.Action != Add && grants.Same(s.Before) {
		return nil, nil
	}
	if len(now) > 1 {
		return nil, errSeveral
	}
	isMade := s.Action != Remove && grants.Same(s.After)
	if !isMade {
		return nil, fmt.Errorf("somebody has changed its entry: it grants %s now", grants.OrNothing())
	}
	step.Entry = now[0].UUID
	step.Before = now[0].Grants
	if s.Action == Add {
		step.Action = Remove
		return step, nil
	}
	step.Action = Update
	step.After = s.Before
	return step, nil
}

// inverseOfNone is inverse for a principal without an entry.
func (s *Step) inverseOfNone(step *Step) (*Step, error) {
	switch s.Action {
	case Add:
		return nil, nil
	case Update:
		return nil, errGone
	}
	step.Action = Add
	step.After = s.Before
	step.Unchecked = !s.Principal.Known()
	return step, nil
}
