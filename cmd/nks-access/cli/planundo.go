package cli

import (
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// leftOut lists what an undo leaves as it is, and why.
func (t *planText) leftOut(list []desired.LeftOut) {
	if len(list) == 0 {
		return
	}
	t.line("  left out of the undo:")
	for i := range list {
		t.coloured("    ", term.Yellow, leftOutText(&list[i]))
	}
}

func leftOutText(l *desired.LeftOut) string {
	return principalText(bothNames(l.Name, l.Shown(), l.PrincipalName), l.Principal) + ": " + term.PrintableLine(l.Reason)
}

// mostLeftOut is how many steps of a cluster a comment names that an undo leaves out.
const mostLeftOut = 20

func leftOutMarkdown(list []desired.LeftOut, most int) string {
	var b strings.Builder
	for i := range list[:min(len(list), most)] {
		fmt.Fprintf(&b, "\nLeft out of the undo: %s\n", term.MarkdownCode(clip(leftOutText(&list[i]))))
	}
	if hidden := len(list) - most; hidden > 0 {
		fmt.Fprintf(&b, "\nMore left out of the undo: %d.\n", hidden)
	}
	return b.String()
}
