package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newDelete() *cobra.Command {
	var ignoreNotFound bool
	cmd := &cobra.Command{
		Use:   "delete ENTRY",
		Short: "Shut a principal out of a cluster",
		Long: `Delete an access entry: its principal may no longer enter the cluster. It shows the entry and asks first.
Nothing is printed to stdout.`,
		Example: `  nks-access delete nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --yes`,
		Args:    arguments(1, 1),
	}
	c := a.change(cmd)
	c.asks(cmd)
	cmd.Flags().BoolVar(&ignoreNotFound, "ignore-not-found", false, "take it for done when there is no such entry")
	cmd.ValidArgsFunction = c.completeEntries
	cmd.RunE = command(func(cmd *cobra.Command, args []string) error {
		return c.onCluster(cmd, func(ctx context.Context, client *access.Client, cluster string) error {
			entry, err := client.Find(ctx, cluster, args[0])
			if ignoreNotFound && errors.Is(err, access.ErrNotFound) {
				// It may be the cluster, or the base URL, that is not there.
				if _, err := client.List(ctx, cluster); err != nil {
					return err
				}
				c.say("There is no entry %s on cluster %s.", args[0], cluster)
				return nil
			}
			if err != nil {
				return err
			}
			gone := entry
			gone.Groups, gone.Policies = nil, nil
			c.show(access.Change{Before: entry, After: gone})
			if err := c.confirm(cmd.Context(), "Shut "+entry.Principal+" out of the cluster?"); err != nil {
				return err
			}
			// The time that a person took to answer does not count.
			ctx, cancel := c.deadline(cmd.Context())
			defer cancel()
			err = client.Delete(ctx, cluster, entry.UUID)
			if errors.As(err, &dryRunError{}) {
				return nil
			}
			if err != nil {
				return err
			}
			c.say("Deleted entry %s.", entry.UUID)
			return nil
		}, c.options()...)
	})
	return cmd
}
