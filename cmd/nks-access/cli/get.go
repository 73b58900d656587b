package cli

import (
	"context"

	"github.com/spf13/cobra"
)

type getCommand struct {
	connection
	output output
}

func newGet(a *app) command { return &getCommand{connection: newConnection(a)} }

func (c *getCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:     "get ENTRY",
		Aliases: []string{"describe"},
		Short:   "Show an access entry",
		Long: `Show an access entry. ENTRY is its UUID, or the NRN of its principal, or its name: user:kim@corp,
role:deployer, or kim@corp alone.`,
		Example: `  nks-access get user:kim@corp
  nks-access get nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
  nks-access get nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 -o yaml > entry.yaml`,
		Args: arguments(1, 1),
	}
}

func (c *getCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, readLimit)
	c.addClusterFlag(cmd)
	c.addNamesFlag(cmd)
	c.output.addListFlags(cmd, entryColumns)
	cmd.ValidArgsFunction = c.completeEntries
}

func (c *getCommand) run(ctx context.Context, args []string) error {
	return c.onCluster(ctx, func(ctx context.Context, on site) error {
		shown, err := c.readNames(ctx, useOfWord(args[0]), readAccount(on.client))
		if err != nil {
			return err
		}
		entry, err := on.find(ctx, args[0])
		if err != nil {
			return err
		}
		people, err := shown.people()
		if err != nil {
			return err
		}
		if err := c.output.checkSort(entryRecords(people, entry)); err != nil {
			return err
		}
		return c.output.write(c.stdout, named(entry, people), c.output.entries(people, entry))
	})
}
