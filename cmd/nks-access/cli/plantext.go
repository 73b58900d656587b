package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/nks-access/nks-access/desired"
)

// writePlan writes a plan for people, by cluster.
func writePlan(w io.Writer, plan *desired.Plan) error {
	var b strings.Builder
	for i := range plan.Clusters {
		c := &plan.Clusters[i]
		if c.Error == "" && len(c.Changes)+len(c.Others) == 0 {
			continue
		}
		fmt.Fprintf(&b, "%s\n", printable(title(c)))
		if c.Error != "" {
			fmt.Fprintf(&b, "  %s\n\n", paint(w, red, "cannot be planned: "+printableLines(c.Error)))
			continue
		}
		for _, note := range notes(c) {
			fmt.Fprintf(&b, "  %s\n", paint(w, red, printable(note)))
		}
		for _, change := range c.Changes {
			sign, colour := signOf(change.Action)
			fmt.Fprintf(&b, "  %s\n", paint(w, colour, sign+" "+printable(who(change.Name, change.Principal))))
			for _, line := range change.Adds {
				fmt.Fprintf(&b, "      %s\n", paint(w, green, "+ "+printable(line)))
			}
			for _, line := range change.Takes {
				fmt.Fprintf(&b, "      %s\n", paint(w, red, "- "+printable(line)))
			}
			if len(change.Adds)+len(change.Takes) == 0 {
				b.WriteString("        (no groups, no policies)\n")
			}
		}
		if len(c.Others) > 0 {
			b.WriteString("  left alone, because no rule names them:\n")
		}
		for _, other := range c.Others {
			fmt.Fprintf(&b, "    %s: %s\n", printable(who(other.Name, other.Principal)), printable(granted(other.Grants)))
		}
		b.WriteString("\n")
	}
	fmt.Fprintln(&b, numbers(plan.Summary))
	_, err := io.WriteString(w, b.String())
	return err
}

// title names a cluster.
func title(c *desired.ClusterPlan) string {
	var where []string
	for _, part := range []string{c.UUID, c.Region} {
		if part != "" && part != c.Cluster {
			where = append(where, part)
		}
	}
	if c.Profile != "" {
		where = append(where, "profile "+c.Profile)
	}
	if len(where) == 0 {
		return c.Cluster
	}
	return c.Cluster + " (" + strings.Join(where, ", ") + ")"
}

// notes says why apply would leave a cluster alone, and with which flag it would not.
func notes(c *desired.ClusterPlan) (list []string) {
	for _, err := range c.Guards(desired.Options{}) {
		note := fmt.Sprintf("! %v; apply needs %s", err, override(err))
		if errors.Is(err, desired.ErrAuthType) {
			note += ", which cannot be undone"
		}
		list = append(list, note)
	}
	return list
}

func signOf(action desired.Action) (string, color) {
	switch action {
	case desired.Add:
		return "+", green
	case desired.Remove:
		return "-", red
	}
	return "~", yellow
}

const yellow color = "\x1b[33m"

// who is a principal, with its name in the file if it has one.
func who(name, principal string) string {
	if name == "" {
		return principal
	}
	return name + " " + principal
}

// granted is what an entry grants, on one line.
func granted(g desired.Grants) string {
	if lines := g.Lines(); len(lines) > 0 {
		return strings.Join(lines, ", ")
	}
	return "(no groups, no policies)"
}

// numbers is the last line of a plan.
func numbers(s desired.Summary) string {
	line := fmt.Sprintf("%d to add, %d to change, %d to remove, %d unchanged, %d left alone, on %s.",
		s.Add, s.Change, s.Remove, s.Unchanged, s.Others, plural(s.Clusters, "cluster"))
	if s.Failed > 0 {
		line += fmt.Sprintf(" %s could not be planned.", plural(s.Failed, "cluster"))
	}
	return line
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// maxMarkdown keeps a comment below the limits of code hosts, which is 65,536 characters on the
// largest.
const maxMarkdown = 60000

// writeMarkdown writes a plan for a comment on a pull request.
func writeMarkdown(w io.Writer, plan *desired.Plan) error {
	var b strings.Builder
	fmt.Fprintf(&b, "### Access: %s\n", numbers(plan.Summary))
	omitted := 0
	for i := range plan.Clusters {
		c := &plan.Clusters[i]
		if c.Error == "" && len(c.Changes)+len(c.Others) == 0 {
			continue
		}
		section := markdownSection(c)
		if b.Len()+len(section) > maxMarkdown {
			omitted++
			continue
		}
		b.WriteString(section)
	}
	if omitted > 0 {
		fmt.Fprintf(&b, "\n%s left out here; nks-access plan shows all.\n", plural(omitted, "cluster"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func markdownSection(c *desired.ClusterPlan) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n#### %s\n\n", code(title(c)))
	if c.Error != "" {
		fmt.Fprintf(&b, "Cannot be planned: %s\n", code(c.Error))
		return b.String()
	}
	for _, note := range notes(c) {
		fmt.Fprintf(&b, "**%s**\n\n", code(strings.TrimPrefix(note, "! ")))
	}
	if len(c.Changes) > 0 {
		b.WriteString("| | principal | gets | loses |\n|---|---|---|---|\n")
	}
	for _, change := range c.Changes {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n",
			change.Action, cell(who(change.Name, change.Principal)), cells(change.Adds), cells(change.Takes))
	}
	if len(c.Others) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>%d left alone, because no rule names them</summary>\n\n", len(c.Others))
		b.WriteString("| principal | has |\n|---|---|\n")
		for _, other := range c.Others {
			fmt.Fprintf(&b, "| %s | %s |\n", cell(who(other.Name, other.Principal)), cells(other.Lines()))
		}
		b.WriteString("\n</details>\n")
	}
	return b.String()
}

func cells(lines []string) string {
	quoted := make([]string, len(lines))
	for i, line := range lines {
		quoted[i] = cell(line)
	}
	return strings.Join(quoted, "<br>")
}

// cell is text in a table of Markdown, where a bar ends the cell even within code.
func cell(text string) string { return strings.ReplaceAll(code(text), "|", "\\|") }

// code is text that Markdown shows as it is: within more backticks than it has in a row.
func code(text string) string {
	text = strings.Join(strings.Fields(printable(text)), " ")
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}
