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

func (a *app) newClusters() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clusters [CLUSTER]",
		Short: "List the clusters of the region, or show one",
		Long: `List the clusters of the region, or show one by its UUID or name. Access entries only work on clusters whose AUTH
is API. If it is CONFIG_MAP, the ConfigMap kube-system/ncp-auth decides who may enter.`,
		Args: arguments(0, 1),
	}
	c := a.connect(cmd, false)
	cmd.ValidArgsFunction = c.completeClusters
	out := newOutput(cmd, listFormats...)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		client, err := c.client()
		if err != nil {
			return err
		}
		ctx, cancel := c.deadline(cmd.Context())
		defer cancel()
		var value any
		var clusters []access.Cluster
		if len(args) == 1 {
			var cluster access.Cluster
			cluster, err = client.Cluster(ctx, args[0])
			clusters, value = []access.Cluster{cluster}, cluster
		} else {
			clusters, err = client.Clusters(ctx)
			value = clusters
		}
		if err != nil {
			return err
		}
		rows := [][]string{{"NAME", "UUID", "STATUS", "AUTH", "REGION", "KUBERNETES", "ENDPOINT"}}
		for _, c := range clusters {
			rows = append(rows, []string{c.Name, c.UUID, c.Status, c.AuthType, c.RegionCode, c.K8sVersion, c.Endpoint})
		}
		return out.write(cmd.OutOrStdout(), value, 4, rows)
	}
	return cmd
}
