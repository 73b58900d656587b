package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newList() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the access entries of a cluster",
	}
	c := a.connect(cmd, true)
	out := newOutput(cmd, listFormats...)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.onCluster(cmd.Context(), func(ctx context.Context, client *access.Client, cluster string) error {
			entries, err := client.List(ctx, cluster)
			if err != nil {
				return err
			}
			return out.entries(cmd.OutOrStdout(), entries, entries...)
		})
	}
	return cmd
}

func (a *app) newGet() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get ENTRY",
		Short: "Show an access entry",
		Args:  arguments(1, 1),
	}
	c := a.connect(cmd, true)
	cmd.ValidArgsFunction = c.completeEntries
	out := newOutput(cmd, listFormats...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return c.onCluster(cmd.Context(), func(ctx context.Context, client *access.Client, cluster string) error {
			entry, err := client.Find(ctx, cluster, args[0])
			if err != nil {
				return err
			}
			return out.entries(cmd.OutOrStdout(), entry, entry)
		})
	}
	return cmd
}
