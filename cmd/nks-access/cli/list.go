package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

type listCommand struct {
	connection
	output output
}

func newList(a *app) command { return &listCommand{connection: newConnection(a)} }

func (c *listCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the access entries of a cluster",
		Example: `  nks-access list --cluster demo
  nks-access list -o json`,
	}
}

func (c *listCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, readLimit)
	c.addClusterFlag(cmd)
	c.addNamesFlag(cmd)
	c.output.addListFlags(cmd, entryColumns)
}

func (c *listCommand) run(ctx context.Context, _ []string) error {
	return c.onCluster(ctx, func(ctx context.Context, on site) error {
		shown, err := c.readNames(ctx, namesShown, readAccount(on.client))
		if err != nil {
			return err
		}
		entries, err := on.list(ctx)
		if err != nil {
			return err
		}
		people, err := shown.people()
		if err != nil {
			return err
		}
		records := func(list ...access.Entry) term.Table { return entryRecords(people, list...) }
		entries, err = sorted(&c.output, entries, records)
		if err != nil {
			return err
		}
		return c.output.write(c.stdout, allNamed(entries, people), c.output.entries(people, entries...))
	})
}
