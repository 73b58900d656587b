package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// voice prints lines for people, on stderr, unless --quiet is given.
type voice struct {
	*app
	quiet bool
}

// addQuietFlag adds --quiet.
func (v *voice) addQuietFlag(cmd *cobra.Command, usage string) {
	cmd.Flags().BoolVarP(&v.quiet, "quiet", "q", false, usage)
}

// warn prints what a person must see, also with --quiet.
func (v *voice) warn(sentence string) {
	fmt.Fprintln(v.stderr, "Warning: "+term.PrintableLine(sentence))
}

// say prints a line.
func (v *voice) say(format string, args ...any) {
	if !v.quiet {
		fmt.Fprintln(v.stderr, term.PrintableLine(fmt.Sprintf(format, args...)))
	}
}
