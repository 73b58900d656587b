package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

type grantCommand struct {
	writes
	grants grantFlags
}

func newGrant(a *app) command { return &grantCommand{writes: writes{connection: newConnection(a)}} }

func (c *grantCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "grant ENTRY",
		Short: "Add groups and policies to an access entry",
		Long: `Add Kubernetes groups and access policies to an access entry. The rest stays as it is. Namespaces are added
to a policy of the same type. It is not an error if the entry already has them.

The API has no conditional update, so one of two changes at the same moment may undo the other.`,
		Example: `  nks-access grant role:deployer --policy NKSEditPolicy@dev --group developers`,
		Args:    arguments(1, 1),
	}
}

func (c *grantCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, formatsOfLists...)
	c.grants.addFlags(cmd)
}

func (c *grantCommand) run(ctx context.Context, args []string) error {
	more, err := c.grants.grants()
	if err != nil {
		return err
	}
	if more.Empty() {
		return usagef("nothing to grant: use --policy or --group")
	}
	return c.send(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
		entry, err := on.find(readCtx, args[0])
		if err != nil {
			return nil, err
		}
		proceed, err := c.review(ctx, readCtx, on, regrant(entry, entry.With(more)))
		if err != nil {
			return nil, err
		}
		if !proceed {
			c.sayUnchanged()
			return &entry, nil
		}
		writeCtx, cancel := c.deadline(ctx)
		defer cancel()
		made, err := on.client.Grant(writeCtx, on.cluster.uuid, entry.UUID, more, c.options()...)
		return &made.After, err
	})
}
