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
		Short: "Delete an access entry",
		Long: `Delete an access entry. Its principal may no longer enter the cluster. It shows the entry and asks first.
-o json, yaml and name print the deleted entry.`,
		Example: `  nks-access delete nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --yes`,
	}
	c := a.changeEntry(cmd, "none", "json", "yaml", "name")
	cmd.Flags().BoolVar(&ignoreNotFound, "ignore-not-found", false, "succeed if there is no such entry")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.run(cmd, func(ctx context.Context, client *access.Client, cluster string) (*access.Entry, error) {
			entry, err := client.Find(ctx, cluster, args[0])
			if ignoreNotFound && errors.Is(err, access.ErrNotFound) {
				// The cluster or the base URL may be wrong.
				if _, err := client.List(ctx, cluster); err != nil {
					return nil, err
				}
				c.say("There is no entry %s on cluster %s.", args[0], cluster)
				return nil, nil
			}
			if err != nil {
				return nil, err
			}
			c.show(entry, nil, nil)
			if err := c.confirm(cmd.Context(), "Delete the entry of "+entry.Principal+"?"); err != nil {
				return nil, err
			}
			ctx, cancel := c.deadline(cmd.Context()) // the time for the question does not count
			defer cancel()
			if err := client.Delete(ctx, cluster, entry.UUID); err != nil {
				return nil, err
			}
			c.say("Deleted entry %s.", entry.UUID)
			return &entry, nil
		})
	}
	return cmd
}
