package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

type deleteCommand struct {
	writes
	ignoreNotFound bool
}

func newDelete(a *app) command {
	return &deleteCommand{writes: writes{connection: connection{app: a}}}
}

func (c *deleteCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "delete ENTRY",
		Short: "Delete an access entry",
		Long: `Delete an access entry. Its principal may no longer enter the cluster. It shows the entry and asks first.
-o json, yaml and name print the deleted entry, and nothing if there was none.`,
		Example: `  nks-access delete nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --yes`,
		Args:    arguments(1, 1),
	}
}

func (c *deleteCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, "none", "json", "yaml", "name")
	cmd.Flags().BoolVar(&c.ignoreNotFound, "ignore-not-found", false, "succeed if there is no such entry")
}

func (c *deleteCommand) run(ctx context.Context, args []string) error {
	return c.send(ctx, func(readCtx context.Context, client *access.Client, cluster string) (*access.Entry, error) {
		entry, err := client.Find(readCtx, cluster, args[0])
		if c.ignoreNotFound && errors.Is(err, access.ErrNotFound) {
			// The cluster or the base URL may be wrong.
			if _, err := client.List(readCtx, cluster); err != nil {
				return nil, err
			}
			c.say("There is no entry %s on cluster %s.", args[0], cluster)
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		c.show(entry, desired.Grants{})
		if err := c.confirm(ctx, "Delete the entry of "+term.Printable(entry.Principal)+"?"); err != nil {
			return nil, err
		}
		writeCtx, cancel := c.deadline(ctx) // the time for the question does not count
		defer cancel()
		if err := client.Delete(writeCtx, cluster, entry.UUID); err != nil {
			return nil, err
		}
		c.say("Deleted entry %s.", entry.UUID)
		return &entry, nil
	})
}
