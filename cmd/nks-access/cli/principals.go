package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/internal/meant"
)

type principalsCommand struct {
	connection
	output  output
	kinds   []string
	members bool
}

func newPrincipals(a *app) command { return &principalsCommand{connection: newConnection(a)} }

func (c *principalsCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "principals [NAME]",
		Short: "List the users, roles and groups of the account with their NRNs",
		Long: `List the users, roles and groups of the account with their NRNs. NAME is a login ID, the name of a role or of
a group, or a pattern. Only users and roles can have an access entry. A group stands for its members.

The key needs the permission ` + directory.Permission + `.`,
		Example: `  nks-access principals
  nks-access principals '*@corp' -o csv
  nks-access principals backend --members
  nks-access principals kim@corp -o name   # the NRN`,
		Args:              arguments(0, 1),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
}

func (c *principalsCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, readLimit)
	flags := cmd.Flags()
	flags.StringArrayVar(&c.kinds, "kind", nil, "only `KIND`: user, role or group (repeatable)")
	complete(cmd, "kind", fixed(principalKinds...))
	flags.BoolVar(&c.members, "members", false, "show the members of groups")
	c.output.addListFlags(cmd, principalColumns)
}

func (c *principalsCommand) run(ctx context.Context, args []string) error {
	for _, kind := range c.kinds {
		if !slices.Contains(principalKinds, kind) {
			return usagef("unknown kind %q (%s)", kind, meant.Want(kind, principalKinds...))
		}
	}
	pattern := ""
	if len(args) == 1 {
		pattern = args[0]
	}
	if !isPattern(pattern) {
		return usagef("%q is not a pattern (want * for any text, ? for any character, [a-z] for some)", pattern)
	}
	client, err := c.client()
	if err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	opened, err := accountOf(client)
	if err != nil {
		return err
	}
	found, err := opened.principals(ctx, c.kinds, pattern, c.members)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		c.say("No principal matches.")
	}
	found, err = sorted(&c.output, found, principalRecords)
	if err != nil {
		return err
	}
	return c.output.write(c.stdout, found, c.table(found))
}

// table returns the table for the format.
func (c *principalsCommand) table(found []foundPrincipal) term.Table {
	switch c.output.format {
	case "csv":
		return principalRecords(found...)
	case "name":
		return nrnTable(found)
	}
	return principalTable(found)
}
