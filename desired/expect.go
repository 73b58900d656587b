package desired

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// OtherPlanError says in what a plan differs from the expected one.
type OtherPlanError struct {
	New  []string // steps that the expected plan has not, such as `cluster "prod": add nrn:…`
	Gone []string // steps that only the expected plan has
}

func (e *OtherPlanError) Error() string {
	var parts []string
	if len(e.New) > 0 {
		parts = append(parts, "new: "+listed(e.New, ""))
	}
	if len(e.Gone) > 0 {
		parts = append(parts, "not there any more: "+listed(e.Gone, ""))
	}
	return "the plan is not the expected one: " + strings.Join(parts, "; ")
}

// Expect returns an [*OtherPlanError] unless the plan makes the same changes as the expected one: on the
// same clusters, of the same principals, from the same grants to the same grants. Where rules are, and
// what the plans leave alone, does not matter.
func (p *Plan) Expect(expected *Plan) error {
	now := p.effects()
	then := expected.effects()
	found := &OtherPlanError{}
	for e, text := range now {
		if _, same := then[e]; !same {
			found.New = append(found.New, text)
		}
	}
	for e, text := range then {
		if _, same := now[e]; !same {
			found.Gone = append(found.Gone, text)
		}
	}
	slices.Sort(found.New)
	slices.Sort(found.Gone)
	if len(found.New)+len(found.Gone) == 0 {
		return nil
	}
	return found
}

// effect is what a step does, in a form that can be compared.
type effect struct {
	uuid          string // of the cluster
	action        Action
	principal     access.NRN
	before, after string
	entries       string // UUIDs that are changed or removed
}

// effects returns what the steps do, in words by what can be compared.
func (p *Plan) effects() map[effect]string {
	effects := map[effect]string{}
	for i := range p.Clusters {
		c := &p.Clusters[i]
		for j := range c.Steps {
			step := &c.Steps[j]
			key := effect{
				uuid: sameID(c.UUID), action: step.Action, principal: step.Principal,
				before: step.Before.Key(), after: step.After.Key(), entries: strings.Join(step.entryIDs(), " "),
			}
			effects[key] = fmt.Sprintf("cluster %q: %s", c.Cluster, step)
		}
	}
	return effects
}
