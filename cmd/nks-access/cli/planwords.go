package cli

import (
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// summed is one message in place of those of many errors.
type summed struct {
	message string
	err     error
}

func (e *summed) Error() string { return e.message }
func (e *summed) Unwrap() error { return e.err }

// failedPlan returns an error if clusters could not be planned, or nil. The plan that was printed
// says why for each.
func failedPlan(plan *desired.Plan) error {
	err := plan.Err()
	if plan.Summary.Failed < 2 {
		return err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return &summed{fmt.Sprintf("%d clusters could not be planned; the first: %s", plan.Summary.Failed, first), err}
}

// isWorthShowing reports whether there is something to say about a cluster.
func isWorthShowing(c *desired.ClusterPlan) bool {
	lines := len(c.Steps) + len(c.Others) + len(c.Notes) + len(c.Stale) + len(c.LeftOut)
	return c.Error != "" || lines > 0
}

// groupLines says whom the groups of a file stand for, a line for each.
func groupLines(meanings []desired.Meaning) []string {
	var lines []string
	for _, meaning := range meanings {
		if meaning.Kind == desired.KindGroup {
			lines = append(lines, term.PrintableLine(meaning.String()))
		}
	}
	return lines
}

// stepPrincipal is the principal of a step, with its names and the groups that it is in.
func stepPrincipal(s *desired.Step) string {
	text := principalText(bothNames(s.Name, s.Shown(), s.PrincipalName), s.Principal)
	if len(s.Through) > 0 {
		text += ", in " + term.PrintableSeries(s.Through)
	}
	return text
}

// clusterTitle names a cluster, and says where it is.
func clusterTitle(c *desired.ClusterPlan) string {
	var where []string
	for _, part := range []string{c.UUID, c.Region} {
		if part != "" && part != c.Cluster {
			where = append(where, term.Printable(part))
		}
	}
	if c.Profile != "" {
		where = append(where, "profile "+term.Printable(c.Profile))
	}
	name := term.Printable(c.Cluster)
	if len(where) == 0 {
		return name
	}
	return name + " (" + strings.Join(where, ", ") + ")"
}

// planNumbers is the last line of a plan.
func planNumbers(s desired.Summary, maker planMaker) string {
	line := fmt.Sprintf("%d to add, %d to change, %d to remove, %d unchanged, %d left alone%s, on %s.",
		s.Add, s.Change, s.Remove, s.Unchanged, s.Others, ignoredText(s), term.Plural(s.Clusters, "cluster"))
	if s.Losing > 0 {
		line += " " + maker.losingText(s.Losing)
	}
	if s.LeftOut > 0 {
		line += fmt.Sprintf(" %d left out of the undo.", s.LeftOut)
	}
	if s.Stale > 0 {
		line += fmt.Sprintf(" %d stale: the principal is gone.", s.Stale)
	}
	if s.Inactive > 0 {
		line += fmt.Sprintf(" %d inactive: the principal is deactivated.", s.Inactive)
	}
	if s.Failed > 0 {
		line += fmt.Sprintf(" %s could not be planned.", term.Plural(s.Failed, "cluster"))
	}
	return line
}

// defaultMaxRemovals is how many principals may lose access in one apply.
const defaultMaxRemovals = 5
