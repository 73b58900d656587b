package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// command is a command of the command line.
type command interface {
	// words returns its name, help and arguments.
	words() *cobra.Command
	// addFlags adds its flags to cmd, and what completes its arguments.
	addFlags(cmd *cobra.Command)
	// run does what the command is for.
	run(ctx context.Context, args []string) error
}

// build returns a command for cobra. Without Args it takes no arguments.
func build(c command) *cobra.Command {
	cmd := c.words()
	if cmd.Args == nil {
		cmd.Args = arguments(0, 0)
		cmd.ValidArgsFunction = cobra.NoFileCompletions
	}
	c.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := refuseEmptyValues(cmd); err != nil {
			return err
		}
		return c.run(cmd.Context(), args)
	}
	return cmd
}

// anyNumber is for arguments without an upper limit.
const anyNumber = 1 << 30

// arguments checks the number of arguments. Unlike cobra's errors, its errors say what is missing
// or unexpected.
func arguments(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least {
			return usagef("missing argument: %s", cmd.UseLine())
		}
		if len(args) > most {
			hint := commandHint(cmd, args[most])
			if hint == "" && most == 0 && cmd.Flags().Lookup("cluster") != nil {
				hint = "; --cluster names a cluster"
			}
			return usagef("unexpected argument %q: %s%s", args[most], cmd.UseLine(), hint)
		}
		return nil
	}
}

// exclusive returns an error if more than one of the flags is given.
func exclusive(flags *pflag.FlagSet, names ...string) error {
	given := slices.DeleteFunc(names, func(name string) bool { return !flags.Changed(name) })
	if len(given) > 1 {
		return usagef("--%s and --%s exclude each other", given[0], given[1])
	}
	return nil
}

// complete sets what completes the value of a flag.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	_ = cmd.RegisterFlagCompletionFunc(flag, f)
}

// fixed completes one of a few values.
func fixed(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

// refuseUnknownNames makes the commands that cobra adds fail for an unknown name. Their own would
// exit with 0: help for an unknown command, completion for an unknown shell and for none.
func refuseUnknownNames(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err == nil && len(rest) == 0 {
					return nil
				}
				name := strings.Join(args, " ")
				if len(rest) > 0 {
					return usagef("unknown command %q%s", name, commandHint(found, rest[0]))
				}
				return usagef("unknown command %q", name)
			}
		case "completion":
			cmd.RunE = func(*cobra.Command, []string) error {
				return usagef("missing shell: bash, zsh, fish or powershell")
			}
		}
	}
}
