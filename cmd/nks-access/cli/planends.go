package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// endsOf returns what ends on a cluster within the window after a date.
func endsOf(c *desired.ClusterPlan, date time.Time, window days) []*desired.Ending {
	var ends []*desired.Ending
	for i := range c.Endings {
		if c.Endings[i].At.Sub(date) <= time.Duration(window) {
			ends = append(ends, &c.Endings[i])
		}
	}
	return ends
}

// endsWithin counts the ends of all clusters within the window.
func endsWithin(plan *desired.Plan, window days) int {
	count := 0
	for i := range plan.Clusters {
		count += len(endsOf(&plan.Clusters[i], plan.Date, window))
	}
	return count
}

// losesText says how many principals lose access.
func losesText(principals int) string {
	if principals == 1 {
		return "1 principal loses access"
	}
	return fmt.Sprintf("%d principals lose access", principals)
}

// endText says when something ends: ends in 3 days (2027-01-01 00:00 +09:00).
func endText(at, now time.Time) string {
	if at.After(now) {
		return fmt.Sprintf("ends %s (%s)", inTime(at.Sub(now)), desired.Moment(at))
	}
	return fmt.Sprintf("ended %s (%s)", ago(now.Sub(at)), desired.Moment(at))
}

// lossText says what a principal loses.
func lossText(e *desired.Ending) string {
	if len(e.Takes) == 0 {
		return "its entry, which grants nothing"
	}
	return term.PrintableSeries(e.Takes)
}

// stepTimes says when the access that a step gives ends, and when the access ended that it takes.
func (t *planText) stepTimes(c *desired.ClusterPlan, s *desired.Step) {
	if !s.Ended.IsZero() {
		t.coloured("      ", term.Yellow, endText(s.Ended, t.now))
	}
	for i := range c.Endings {
		if e := &c.Endings[i]; e.Principal == s.Principal {
			t.coloured("      ", term.Yellow, fmt.Sprintf("%s: %s", endText(e.At, t.now), lossText(e)))
		}
	}
}

// ends lists what ends soon of the access that no step changes.
func (t *planText) ends(c *desired.ClusterPlan) {
	var lines []string
	for _, e := range endsOf(c, t.now, t.window) {
		if !isChanged(c, e) {
			principal := principalText(endingName(e), e.Principal)
			lines = append(lines, fmt.Sprintf("%s: %s: %s", principal, endText(e.At, t.now), lossText(e)))
		}
	}
	if len(lines) == 0 {
		return
	}
	t.line("  ends within %s:", t.window)
	for _, line := range lines {
		t.coloured("    ", term.Yellow, line)
	}
}

func endingName(e *desired.Ending) string { return bothNames(e.Name, e.Shown(), e.PrincipalName) }

// isChanged reports whether a step is about the principal.
func isChanged(c *desired.ClusterPlan, e *desired.Ending) bool {
	for i := range c.Steps {
		if c.Steps[i].Principal == e.Principal {
			return true
		}
	}
	return false
}

// addEnds adds what ends on the cluster: of the access that steps give, and what ends soon. It names ten
// at most, and none if the cut leaves no harmless changes.
func (s *markdownSection) addEnds(date time.Time, window days) {
	most := min(s.cut.parts[gain].rows, 10)
	var lines []string
	for i := range s.plan.Endings {
		e := &s.plan.Endings[i]
		isSoon := e.At.Sub(date) <= time.Duration(window)
		if isSoon || isChanged(s.plan, e) {
			lines = append(lines, fmt.Sprintf("\n%s %s: %s\n", principalMarkdown(endingName(e), e.Principal),
				endText(e.At, date), term.MarkdownCode(clip(lossText(e)))))
		}
	}
	if most == 0 {
		return
	}
	if hidden := len(lines) - most; hidden > 0 {
		lines = append(lines[:most], fmt.Sprintf("\nMore access that ends: %d.\n", hidden))
	}
	s.ends = strings.Join(lines, "")
}
