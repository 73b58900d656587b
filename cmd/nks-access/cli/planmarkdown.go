package cli

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// maxMarkdown keeps a comment below the limits of code hosts, which is 65,536 characters on the
// largest.
const maxMarkdown = 60000

// writePlanMarkdown writes a plan for a comment on a pull request. If it is too long, it shortens what
// a reviewer needs least.
func writePlanMarkdown(w io.Writer, plan *desired.Plan, window days) error {
	_, err := io.WriteString(w, shortMarkdown(plan, window))
	return err
}

// shortMarkdown returns the longest form of a plan that fits into a comment.
func shortMarkdown(plan *desired.Plan, window days) string {
	for _, cut := range markdownCuts {
		text := planMarkdown(plan, cut, window)
		if len(text) <= maxMarkdown {
			return text
		}
	}
	text := markdownByPrincipal(plan)
	for _, cut := range lastCuts {
		if len(text) <= maxMarkdown {
			break
		}
		text = planMarkdown(plan, cut, window)
	}
	return text
}

// planMarkdown returns what a cut leaves of a plan.
func planMarkdown(plan *desired.Plan, cut markdownCut, window days) string {
	var sections strings.Builder
	hidden := hiddenRows{}
	for _, cluster := range lossesFirst(plan.Clusters) {
		section := newMarkdownSection(cluster, cut)
		section.addEnds(plan.Date, window)
		if !isWorthShowing(cluster) && section.ends == "" {
			continue
		}
		hidden.add(section.hidden)
		if section.isEmpty() {
			continue
		}
		text := section.String()
		if sections.Len()+len(text) <= cut.bytes {
			sections.WriteString(text)
		} else {
			hidden.clusters++
			hidden.add(section.shown)
		}
	}
	return fmt.Sprintf("### Access: %s\n%s%s%s%s", planNumbers(plan.Summary, byApply),
		notesMarkdown("Note:", planNotes(plan), cut.notes), groupsMarkdown(plan.Names), sections.String(), hidden)
}

// notesMarkdown writes the first notes, each after a title, and counts the others.
func notesMarkdown(title string, notes []string, most int) string {
	var text strings.Builder
	for i, note := range notes {
		if i == most {
			fmt.Fprintf(&text, "\n%s %d more.\n", title, len(notes)-most)
			break
		}
		fmt.Fprintf(&text, "\n%s %s\n", title, term.MarkdownCode(clip(note)))
	}
	return text.String()
}

// mostGroups is how many groups a comment explains.
const mostGroups = 20

// groupsMarkdown says whom groups stand for.
func groupsMarkdown(meanings []desired.Meaning) string {
	lines := groupLines(meanings)
	var text strings.Builder
	for i, line := range lines {
		if i == mostGroups {
			fmt.Fprintf(&text, "\n%d more groups.\n", len(lines)-i)
			break
		}
		fmt.Fprintf(&text, "\n%s\n", term.MarkdownCode(clip(line)))
	}
	return text.String()
}

// rowKind says how much a reviewer needs a row.
type rowKind int

const (
	promotion rowKind = iota // somebody becomes an administrator, or enters a group of Kubernetes
	loss                     // somebody loses access
	outsider                 // an administrator whom no rule names
	gain                     // any other change
	bystander                // an entry that no rule names
	rowKinds
)

func stepKind(s *desired.Step) rowKind {
	if becomesAdmin(s) || entersSystemGroup(s) {
		return promotion
	}
	if s.Loses() {
		return loss
	}
	return gain
}

// entersSystemGroup reports whether a step adds a group such as system:masters, whose members may be
// administrators.
func entersSystemGroup(s *desired.Step) bool {
	return len(s.After.Without(s.Before).SystemGroups()) > 0
}

func becomesAdmin(s *desired.Step) bool { return s.After.Admin() && !s.Before.Admin() }

func otherKind(e *desired.Other) rowKind {
	if e.Admin() {
		return outsider
	}
	return bystander
}

// markdownCut says how much is shown of the rows of each kind, of the notes of each cluster, and of all
// sections together.
type markdownCut struct {
	parts [rowKinds]markdownPart
	notes int
	bytes int
}

// markdownPart says how many rows of each cluster are shown, and how many grants of each row.
type markdownPart struct{ rows, grants int }

const everything = math.MaxInt

var whole = markdownPart{rows: everything, grants: everything}

// markdownCuts are tried in this order, until the text is short enough: what is harmless goes first.
// All of them name everybody who loses access or becomes an administrator.
var markdownCuts = []markdownCut{
	{[rowKinds]markdownPart{whole, whole, whole, whole, whole}, everything, everything},
	{[rowKinds]markdownPart{whole, whole, whole, whole, {100, 2}}, everything, everything},
	{[rowKinds]markdownPart{whole, whole, whole, whole, {10, 2}}, 20, everything},
	{[rowKinds]markdownPart{whole, whole, whole, whole, {}}, 20, everything},
	{[rowKinds]markdownPart{whole, whole, whole, {everything, 2}, {}}, 20, everything},
	{[rowKinds]markdownPart{whole, whole, whole, {300, 0}, {}}, 20, everything},
	{[rowKinds]markdownPart{whole, whole, whole, {100, 0}, {}}, 10, everything},
	{[rowKinds]markdownPart{whole, whole, whole, {30, 0}, {}}, 5, everything},
	{[rowKinds]markdownPart{whole, whole, whole, {10, 0}, {}}, 5, everything},
	{[rowKinds]markdownPart{whole, whole, {everything, 1}, {}, {}}, 5, everything},
	{[rowKinds]markdownPart{whole, whole, {10, 1}, {}, {}}, 2, everything},
	{[rowKinds]markdownPart{{everything, 2}, {everything, 2}, {10, 1}, {}, {}}, 1, everything},
	{[rowKinds]markdownPart{{everything, 1}, {everything, 0}, {}, {}, {}}, 1, everything},
}

// lastCuts are tried in this order, if not everybody who loses access or becomes an administrator can be
// named.
var lastCuts = []markdownCut{
	{[rowKinds]markdownPart{{500, 1}, {500, 0}, {}, {}, {}}, 1, everything},
	{[rowKinds]markdownPart{{200, 1}, {200, 0}, {}, {}, {}}, 1, everything},
	{[rowKinds]markdownPart{{100, 1}, {100, 0}, {}, {}, {}}, 1, everything},
	{[rowKinds]markdownPart{{50, 1}, {50, 0}, {}, {}, {}}, 1, everything},
	{[rowKinds]markdownPart{{20, 1}, {20, 0}, {}, {}, {}}, 1, everything},
	{[rowKinds]markdownPart{{10, 1}, {10, 0}, {}, {}, {}}, 1, everything},
	{[rowKinds]markdownPart{{3, 1}, {3, 0}, {}, {}, {}}, 0, everything},
	// This one leaves room for what is before and after the sections.
	{[rowKinds]markdownPart{{1, 1}, {1, 0}, {}, {}, {}}, 0, maxMarkdown - 10000},
}

// hiddenRows counts the rows that were left out, by their kind, and the clusters.
type hiddenRows struct {
	rows     [rowKinds]int
	clusters int
}

func (h *hiddenRows) add(rows [rowKinds]int) {
	for kind, n := range rows {
		h.rows[kind] += n
	}
}

// hiddenWords name the rows that were left out.
var hiddenWords = [rowKinds]string{
	promotion: "changes that make an administrator",
	loss:      "changes that take access",
	outsider:  "administrators whom no rule names",
	gain:      "other changes",
	bystander: "entries left alone",
}

// String is the last line of a plan that was shortened, or "".
func (h hiddenRows) String() string {
	var parts []string
	for kind, words := range hiddenWords {
		if h.rows[kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", words, h.rows[kind]))
		}
	}
	if h.clusters > 0 {
		parts = append(parts, fmt.Sprintf("clusters as a whole: %d", h.clusters))
	}
	if len(parts) == 0 {
		return ""
	}
	return fmt.Sprintf("\n**Shortened to fit into a comment.** Not shown: %s.\n", strings.Join(parts, "; "))
}
