package desired

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// notes returns what a reviewer of a plan should know, and no guard says.
func (p *planner) notes(o Observed, steps []Step) []string {
	var notes []string
	present := map[access.NRN]bool{}
	for _, entry := range o.Entries {
		present[entry.Principal] = true
	}
	for _, step := range steps {
		present[step.Principal] = true
		added := step.After.Without(step.Before).SystemGroups()
		if len(added) > 0 {
			notes = append(notes, fmt.Sprintf("%s gets %s. Kubernetes gives groups that begin with system: a meaning; "+
				"members of system:masters may do everything. No source says whether NKS accepts them.",
				p.called(step.Principal), strings.Join(added, ", ")))
		}
	}
	for _, step := range steps {
		note := statusNotes[p.file.statusOf(step.Principal)]
		if step.Action != Remove && note != "" {
			notes = append(notes, p.called(step.Principal)+" "+note)
		}
	}
	for _, principal := range o.Spec.Protect {
		if !present[principal] {
			notes = append(notes, fmt.Sprintf("protect names %s, which has no entry.", p.called(principal)))
		}
	}
	return notes
}

// statusNotes say what is wrong with a principal that gets access.
var statusNotes = map[Status]string{
	Gone:     "is not in its account any more, but the file gives it access.",
	Inactive: "is inactive, but the file gives it access.",
}

// called returns a principal with its name in the file.
func (p *planner) called(principal access.NRN) string {
	name := cmp.Or(p.names[principal].text(), p.names[principal].name(), p.file.nameOf(principal))
	if name == "" {
		return string(principal)
	}
	return fmt.Sprintf("%s (%s)", name, principal)
}

// unlimited is a number of principals that nobody can tell.
const unlimited = math.MaxInt32

// mayLose returns how many principals could lose access on a cluster that could not be read, once it
// can be read: each that a rule names, and with others: remove anybody. A cluster that does not
// exist, or that the file lists wrongly, has nothing to lose.
func mayLose(o Observed, wants []want) int {
	var missing *access.ClusterNotFoundError // not a 404 about a cluster that is listed
	var twice *DuplicateClusterError
	mistake := errors.As(o.Err, &missing) || errors.Is(o.Err, access.ErrAmbiguous) || errors.As(o.Err, &twice)
	if mistake {
		return 0
	}
	if o.Spec.Others == RemoveOthers {
		return unlimited
	}
	return len(wants)
}
