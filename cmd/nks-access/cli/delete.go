package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

type deleteCommand struct {
	writes
	ignoreNotFound bool
	stale          staleFlags
}

func newDelete(a *app) command {
	return &deleteCommand{writes: writes{connection: newConnection(a)}}
}

func (c *deleteCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:     "delete [ENTRY...]",
		Aliases: []string{"rm"},
		Short:   "Delete access entries",
		Long: `Delete access entries. Their principals may no longer enter the cluster. It shows the entries and asks first.
-o json, yaml and name print the deleted entry, or the list if there are several arguments, and nothing if there was
none. It deletes nothing if one of them is not there, unless --ignore-not-found is given. Between two deletions it waits
up to 10 minutes for a busy cluster.

With --all-clusters, delete the entries of one or more principals on all clusters of the region, and with --all-regions
of all regions. It shows them as a plan and asks. Guards are those of apply, and clusters are changed in parallel. -o
json and yaml print the same report as apply, or with --dry-run the plan.

With --stale, delete the entries whose principal is gone from the account, on the cluster or with --all-clusters on
all clusters of the region. It shows them as a plan and asks. A principal is gone if the complete list of the
account's users or roles has neither its NRN nor its ID.`,
		Example: `  nks-access delete role:deployer --yes
  nks-access delete user:kim@corp user:lee@corp
  nks-access delete user:kim@corp user:lee@corp --all-clusters --all-regions
  nks-access delete --stale --all-clusters`,
		Args: arguments(0, anyNumber),
	}
}

func (c *deleteCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, "none", "json", "yaml", "name")
	cmd.ValidArgsFunction = c.completeMoreEntries
	c.addGuardFlag(cmd)
	c.stale.addFlags(cmd)
	c.addRegionsFlag(cmd)
	cmd.Flags().BoolVar(&c.ignoreNotFound, "ignore-not-found", false, "succeed if there is no such entry")
}

func (c *deleteCommand) run(ctx context.Context, args []string) error {
	if err := c.stale.check(args); err != nil {
		return err
	}
	if c.stale.isPlanned() && c.output.format == "name" {
		return usagef("-o name does not go with --all-clusters and --stale; -o json has a report by cluster")
	}
	if c.stale.on {
		return c.deleteStale(ctx, c.stale)
	}
	if c.stale.allClusters {
		return c.deleteEverywhere(ctx, args, c.stale.maxRemovals, c.ignoreNotFound)
	}
	if len(args) > 1 {
		return c.deleteSeveral(ctx, args, c.ignoreNotFound)
	}
	return c.send(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
		return c.deleteOne(ctx, readCtx, on, args[0])
	})
}

// deleteOne deletes an entry, and returns it. It returns nil if there is none and that is no error.
func (c *deleteCommand) deleteOne(ctx, readCtx context.Context, on site, word string) (*access.Entry, error) {
	entry, err := on.find(readCtx, word)
	if c.ignoreNotFound && errors.Is(err, access.ErrNotFound) {
		// The cluster or the base URL may be wrong.
		if _, err := on.list(readCtx); err != nil {
			return nil, err
		}
		c.say("There is no entry %s on cluster %s.", word, on.cluster)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	change := access.Change{Before: entry}
	c.show(on.cluster, change)
	if err := c.approve(ctx, readCtx, on, change); err != nil {
		return nil, err
	}
	writeCtx, cancel := c.deadline(ctx)
	defer cancel()
	if err := on.client.Delete(writeCtx, on.cluster.uuid, entry.UUID, c.options()...); err != nil {
		return nil, err
	}
	c.say("Deleted entry %s on cluster %s.", entry.UUID, on.cluster)
	return &entry, nil
}
