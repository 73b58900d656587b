package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// maxMarkdown keeps a comment below the limits of code hosts, which is 65,536 characters on the
// largest.
const maxMarkdown = 60000

// writePlanMarkdown writes a plan for a comment on a pull request.
func writePlanMarkdown(w io.Writer, plan *desired.Plan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### Access: %s\n", planNumbers(plan.Summary))
	omitted := 0
	for i := range plan.Clusters {
		cluster := &plan.Clusters[i]
		if !isWorthShowing(cluster) {
			continue
		}
		section := markdownSection(cluster)
		if b.Len()+len(section) > maxMarkdown {
			omitted++
			continue
		}
		b.WriteString(section)
	}
	if omitted > 0 {
		fmt.Fprintf(&b, "\n%s left out here; nks-access plan shows all.\n", term.Plural(omitted, "cluster"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownSection(c *desired.ClusterPlan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n#### %s\n\n", term.MarkdownCode(clusterTitle(c)))
	if c.Error != "" {
		fmt.Fprintf(&b, "Cannot be planned: %s\n", term.MarkdownCode(c.Error))
		return b.String()
	}
	for _, note := range guardNotes(c) {
		fmt.Fprintf(&b, "**%s**\n\n", term.MarkdownCode(note))
	}
	if len(c.Changes) > 0 {
		b.WriteString("| | principal | gets | loses |\n|---|---|---|---|\n")
	}
	for _, change := range c.Changes {
		principal := term.MarkdownCell(principalText(change.Name, change.Principal))
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n",
			change.Action, principal, term.MarkdownCells(change.Adds), term.MarkdownCells(change.Takes))
	}
	if len(c.Others) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>%d left alone, because no rule names them</summary>\n\n", len(c.Others))
		b.WriteString("| principal | has |\n|---|---|\n")
		for _, other := range c.Others {
			principal := term.MarkdownCell(principalText(other.Name, other.Principal))
			fmt.Fprintf(&b, "| %s | %s |\n", principal, term.MarkdownCells(other.Lines()))
		}
		b.WriteString("\n</details>\n")
	}
	return b.String()
}
