package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// writePlanText writes a plan for people, by cluster. maker is the command that makes the changes.
func writePlanText(w io.Writer, plan *desired.Plan, maker planMaker, window days) error {
	t := &planText{screen: w, maker: maker, now: clock(), window: window}
	t.meanings(plan.Names)
	for i := range plan.Clusters {
		if cluster := &plan.Clusters[i]; isWorthShowing(cluster) || len(endsOf(cluster, t.now, window)) > 0 {
			t.cluster(cluster)
		}
	}
	for _, note := range planNotes(plan) {
		t.coloured("", term.Yellow, "Note: "+term.PrintableLine(note))
	}
	t.line("%s", planNumbers(plan.Summary, maker))
	_, err := io.WriteString(w, t.text.String())
	return err
}

// planText is a plan as text. It has colours if screen is a terminal.
type planText struct {
	text   strings.Builder
	screen io.Writer
	maker  planMaker
	now    time.Time
	window days // ends that are shown
}

func (t *planText) line(format string, args ...any) { fmt.Fprintf(&t.text, format+"\n", args...) }

// coloured writes a line in a colour, after an indent without one.
func (t *planText) coloured(indent string, colour term.Colour, text string) {
	t.line("%s%s", indent, term.Paint(t.screen, colour, text))
}

func (t *planText) cluster(c *desired.ClusterPlan) {
	t.line("%s", clusterTitle(c))
	if c.Error != "" {
		t.coloured("  ", term.Red, "cannot be planned: "+term.PrintableLine(c.Error))
		t.line("")
		return
	}
	for _, note := range t.maker.guardNotes(c) {
		t.coloured("  ", term.Red, "! "+term.PrintableLine(note))
	}
	for _, note := range c.Notes {
		t.coloured("  ", term.Yellow, "Note: "+term.PrintableLine(note))
	}
	for i := range c.Steps {
		t.step(&c.Steps[i])
		t.stepTimes(c, &c.Steps[i])
	}
	t.leftOut(c.LeftOut)
	t.ends(c)
	if len(c.Others) > 0 {
		t.line("  left alone, because no rule names them:")
	}
	for _, other := range c.Others {
		granted := nothingGranted
		if lines := other.Lines(); len(lines) > 0 {
			granted = term.PrintableSeries(lines)
		}
		name := bothNames(other.Name, other.Shown(), other.PrincipalName)
		t.line("    %s: %s", principalText(name, other.Principal), granted)
	}
	t.stale(c.Stale)
	t.line("")
}

// meanings says whom groups stand for.
func (t *planText) meanings(meanings []desired.Meaning) {
	lines := groupLines(meanings)
	for _, line := range lines {
		t.line("%s", line)
	}
	if len(lines) > 0 {
		t.line("")
	}
}

// stale lists the entries whose principals are gone or inactive.
func (t *planText) stale(entries []desired.StaleEntry) {
	for _, entry := range entries {
		name := bothNames(entry.Name, entry.Shown(), entry.PrincipalName)
		text := fmt.Sprintf("! %s: %s", entry.Status, principalText(name, entry.Principal))
		t.coloured("  ", term.Yellow, text)
	}
}

func (t *planText) step(s *desired.Step) {
	sign, colour := actionSign(s.Action)
	t.coloured("  ", colour, sign+" "+stepPrincipal(s))
	for _, line := range s.Adds {
		t.coloured("      ", term.Green, "+ "+term.Printable(line))
	}
	for _, line := range s.Takes {
		t.coloured("      ", term.Red, "- "+term.Printable(line))
	}
	for _, uuid := range s.Duplicates {
		t.coloured("      ", term.Red, "- duplicate entry "+term.Printable(uuid))
	}
	if len(s.Adds)+len(s.Takes)+len(s.Duplicates) == 0 {
		t.line("        %s", nothingGranted)
	}
}

func actionSign(action desired.Action) (string, term.Colour) {
	switch action {
	case desired.Add:
		return "+", term.Green
	case desired.Remove:
		return "-", term.Red
	}
	return "~", term.Yellow
}
