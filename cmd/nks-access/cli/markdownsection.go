package cli

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// markdownSection is the part of a Markdown plan that is about one cluster.
type markdownSection struct {
	plan            *desired.ClusterPlan
	cut             markdownCut
	changes, others strings.Builder // rows
	shown, hidden   [rowKinds]int
	ends            string // what ends
}

func newMarkdownSection(plan *desired.ClusterPlan, cut markdownCut) *markdownSection {
	s := &markdownSection{plan: plan, cut: cut}
	for _, step := range removalsFirst(plan.Steps) {
		s.addStep(step)
	}
	for i := range plan.Others {
		s.addOther(&plan.Others[i])
	}
	return s
}

// hasRoom reports whether one more row of a kind is shown, and counts it.
func (s *markdownSection) hasRoom(kind rowKind) bool {
	if s.shown[kind] >= s.cut.parts[kind].rows {
		s.hidden[kind]++
		return false
	}
	s.shown[kind]++
	return true
}

func (s *markdownSection) addStep(step *desired.Step) {
	kind := stepKind(step)
	if !s.hasRoom(kind) {
		return
	}
	grants := s.cut.parts[kind].grants
	principal := term.MarkdownCode(clip(stepPrincipal(step)))
	fmt.Fprintf(&s.changes, "| %s | %s | %s | %s |\n",
		actionMarkdown(step), principal, grantCells(step.Adds, grants), grantCells(step.Takes, grants))
}

// actionMarkdown is the first cell of a step.
func actionMarkdown(step *desired.Step) string {
	action := string(step.Action)
	if becomesAdmin(step) {
		action = "**" + action + ": administrator**"
	}
	if n := len(step.Duplicates); n > 0 {
		action += ", " + term.Plural(n, "duplicate") + " removed"
	}
	return action
}

func (s *markdownSection) addOther(e *desired.Other) {
	kind := otherKind(e)
	if !s.hasRoom(kind) {
		return
	}
	grants := s.cut.parts[kind].grants
	name := bothNames(e.Name, e.Shown(), e.PrincipalName)
	fmt.Fprintf(&s.others, "| %s | %s |\n", principalMarkdown(name, e.Principal), grantCells(e.Lines(), grants))
}

// isEmpty reports whether the cut leaves nothing to say about the cluster.
func (s *markdownSection) isEmpty() bool {
	if len(s.plan.Stale) > 0 || len(s.plan.LeftOut) > 0 || s.ends != "" {
		return false
	}
	return s.shown == [rowKinds]int{} && s.plan.Error == "" && len(byApply.guardNotes(s.plan)) == 0
}

// String returns the section.
func (s *markdownSection) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n#### %s\n", term.MarkdownCode(clip(clusterTitle(s.plan))))
	if s.plan.Error != "" {
		fmt.Fprintf(&b, "\nCannot be planned: %s\n", term.MarkdownCode(clip(s.plan.Error)))
	}
	b.WriteString(notesMarkdown("**Stopped:**", byApply.guardNotes(s.plan), max(s.cut.notes, 1)))
	b.WriteString(notesMarkdown("Note:", s.plan.Notes, s.cut.notes))
	b.WriteString(staleMarkdown(s.plan.Stale, min(mostStale, s.cut.notes)))
	if s.changes.Len() > 0 {
		b.WriteString("\n| | principal | gets | loses |\n|---|---|---|---|\n" + s.changes.String())
	}
	b.WriteString(leftOutMarkdown(s.plan.LeftOut, min(mostLeftOut, s.cut.notes)))
	b.WriteString(s.ends)
	leftAlone := fmt.Sprintf("%d left alone, because no rule names them", len(s.plan.Others))
	if s.others.Len() > 0 {
		fmt.Fprintf(&b, "\n<details><summary>%s</summary>\n\n", leftAlone)
		b.WriteString("| principal | has |\n|---|---|\n" + s.others.String())
		b.WriteString("\n</details>\n")
	} else if len(s.plan.Others) > 0 {
		fmt.Fprintf(&b, "\n%s.\n", leftAlone)
	}
	return b.String()
}

func principalMarkdown(name string, principal access.NRN) string {
	return term.MarkdownCode(clip(principalText(name, principal)))
}

// mostStale is how many stale entries of a cluster a comment names.
const mostStale = 20

// staleMarkdown lists the entries whose principals are gone or inactive.
func staleMarkdown(entries []desired.StaleEntry, most int) string {
	var b strings.Builder
	for i, entry := range entries {
		if i == most {
			fmt.Fprintf(&b, "\n%d more are stale or inactive.\n", len(entries)-i)
			break
		}
		name := bothNames(entry.Name, entry.Shown(), entry.PrincipalName)
		fmt.Fprintf(&b, "\n%s: %s\n", entry.Status, principalMarkdown(name, entry.Principal))
	}
	return b.String()
}

// grantCells returns the first grants for a cell of a table, and counts the others. What makes an
// administrator comes first.
func grantCells(lines []string, most int) string {
	if len(lines) <= most {
		return term.MarkdownCells(lines)
	}
	if most == 0 {
		return term.Plural(len(lines), "grant")
	}
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b string) int { return adminFirst(a) - adminFirst(b) })
	var cells strings.Builder
	for _, line := range lines[:most] {
		cells.WriteString(term.MarkdownCode(clip(term.Printable(line))) + "<br>")
	}
	return fmt.Sprintf("%s%d more", cells.String(), len(lines)-most)
}

// adminFirst is 0 for the lines of a cluster-wide administrator and of groups of Kubernetes, and 1 for
// all others.
func adminFirst(line string) int {
	if access.MayAdminister(line) {
		return 0
	}
	return 1
}

// clip cuts a printable text that is too long for a row.
func clip(text string) string {
	const most = 300
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most]) + "…"
}
