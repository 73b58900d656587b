package desired

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// The errors of a report are these, or those of package access, such as access.ErrNoAdmin and
// access.ErrConflict. Use errors.Is.
var (
	// ErrProtected: see Target.Protect and Options.AllowProtected.
	ErrProtected = errors.New("a protected principal would lose access")
	// ErrRemovals: see Options.MaxRemovals.
	ErrRemovals = errors.New("too many principals would lose access")
	// ErrAuthType: see Options.SwitchAuthType.
	ErrAuthType = errors.New("the auth type of the cluster is CONFIG_MAP")
	// ErrEmptyList: the list cannot be right, so nothing is changed by it.
	ErrEmptyList = errors.New("the list of entries is empty, but the plan was made with entries")
)

// Guards returns all reasons not to change the cluster as planned. Options can lift guards.
func (c *ClusterPlan) Guards(options Options) []error {
	var reasons []error
	if err := c.guardSwitch(options); err != nil {
		reasons = append(reasons, err)
	}
	if err := c.guardAdmin(options); err != nil {
		reasons = append(reasons, err)
	}
	if options.AllowProtected {
		return reasons
	}
	for i := range c.Steps {
		if err := c.guardProtected(&c.Steps[i]); err != nil {
			reasons = append(reasons, err)
		}
	}
	return reasons
}

func (c *ClusterPlan) guardSwitch(options Options) error {
	if !c.NeedsSwitch() {
		return nil
	}
	allowed := options.SwitchAuthType != nil && options.SwitchAuthType(*c)
	if allowed {
		return nil
	}
	return fmt.Errorf("%w, and access entries work only after a switch to API", ErrAuthType)
}

// guardAdmin returns an error if nobody could administer the cluster in the end. A cluster without an
// administrator cannot lose one, but it must not be switched without one.
func (c *ClusterPlan) guardAdmin(options Options) error {
	if options.AllowNoAdmin {
		return nil
	}
	if c.Admins.After > 0 {
		return c.guardAbsent()
	}
	needsOne := c.NeedsSwitch() || c.Admins.Before > 0
	if !needsOne {
		return nil
	}
	return fmt.Errorf("%w: no entry of a sub account, a role or the main account would grant a cluster-wide %s",
		access.ErrNoAdmin, access.ClusterAdmin)
}

// guardAbsent returns an error if all administrators of a cluster that is switched are gone from their
// account, or inactive, as far as that is known. There is no way back from a switch.
func (c *ClusterPlan) guardAbsent() error {
	if !c.NeedsSwitch() {
		return nil
	}
	absent := 0
	var last *Step
	for i := range c.Steps {
		step := &c.Steps[i]
		if step.endsAsAdmin() && step.status != "" {
			absent++
			last = step
		}
	}
	if absent < c.Admins.After {
		return nil
	}
	return fmt.Errorf("%w: %s %s, and nobody else would have a cluster-wide %s",
		access.ErrNoAdmin, last.Principal, absentWords[last.status], access.ClusterAdmin)
}

var absentWords = map[Status]string{Gone: "is not in its account", Inactive: "is inactive"}

func (c *ClusterPlan) guardProtected(step *Step) error {
	if !step.Loses() || !slices.Contains(c.Protected, step.Principal) {
		return nil
	}
	loss := cmp.Or(strings.Join(step.Takes, ", "), "its entry")
	return fmt.Errorf("%w: %s would lose %s", ErrProtected, step.Principal, loss)
}

// GuardRemovals returns [ErrRemovals] if the plan takes access from more principals than most. A
// principal counts on each cluster where its entry is removed, emptied or narrowed.
func (p *Plan) GuardRemovals(most int) error {
	losing := p.count().Losing
	if losing <= most {
		return nil
	}
	principals := "principals"
	if losing == 1 {
		principals = "principal"
	}
	return fmt.Errorf("%w: it takes access from %d %s; the limit is %d", ErrRemovals, losing, principals, most)
}

// RemovalsNeeded returns the [Options.MaxRemovals] that the plan needs: principals that lose access, and
// those that may lose it on clusters that could not be read. isKnown is false if nobody can tell.
func (p *Plan) RemovalsNeeded() (needed int, isKnown bool) {
	needed = p.count().Losing
	for i := range p.Clusters {
		if p.Clusters[i].mayLose == unlimited {
			return needed, false
		}
		needed += p.Clusters[i].mayLose
	}
	return needed, true
}

// guardUnread returns [ErrRemovals] if clusters could not be read, and steps of them may exceed the
// limit once they can be read. Otherwise the limit would count in each run anew.
func (p *Plan) guardUnread(most int) error {
	var unread []string
	for i := range p.Clusters {
		if p.Clusters[i].mayLose > 0 {
			unread = append(unread, p.Clusters[i].Cluster)
		}
	}
	if len(unread) == 0 {
		return nil
	}
	if needed, isKnown := p.RemovalsNeeded(); isKnown && needed <= most {
		return nil
	}
	return fmt.Errorf("%w, perhaps: it is not known how many lose access on %s, which could not be read; the limit is %d",
		ErrRemovals, listed(unread, ""), most)
}
