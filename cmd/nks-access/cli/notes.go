package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// notes prints lines for people, on stderr, unless --quiet is given.
type notes struct {
	*app
	quiet bool
}

// addQuietFlag adds --quiet.
func (n *notes) addQuietFlag(cmd *cobra.Command, usage string) {
	cmd.Flags().BoolVarP(&n.quiet, "quiet", "q", false, usage)
}

// warn prints what a person must see, also with --quiet.
func (n *notes) warn(sentence string) {
	fmt.Fprintln(n.stderr, "Warning: "+term.PrintableLine(sentence))
}

// say prints a line.
func (n *notes) say(format string, args ...any) {
	if !n.quiet {
		fmt.Fprintln(n.stderr, term.PrintableLine(fmt.Sprintf(format, args...)))
	}
}
