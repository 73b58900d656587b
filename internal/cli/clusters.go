package cli

import (
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newClusters() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "clusters [CLUSTER]",
		Short: "List the clusters of the region, or show one",
		Long: `List the clusters of the region, or show one by its UUID or name. Access entries only work on clusters whose AUTH
is API; on one with CONFIG_MAP the ConfigMap kube-system/ncp-auth decides who may enter.`,
		Args: arguments(0, 1),
	}
	c := a.connect(cmd, false)
	cmd.ValidArgsFunction = c.completeClusters
	out := newOutput(cmd, listFormats...)
	cmd.RunE = command(func(cmd *cobra.Command, args []string) error {
		client, ctx, cancel, err := c.client(cmd.Context())
		if err != nil {
			return err
		}
		defer cancel()
		var value any
		var clusters []access.Cluster
		if len(args) == 1 {
			cluster, err := client.Cluster(ctx, args[0])
			if err != nil {
				return err
			}
			clusters, value = []access.Cluster{cluster}, cluster
		} else {
			if clusters, err = client.Clusters(ctx); err != nil {
				return err
			}
			value = clusters
		}
		results := make([]result, len(clusters))
		for i, cluster := range clusters {
			results[i] = result{name: cluster.Name, row: []string{
				cluster.Name, cluster.UUID, cluster.Status, cluster.AuthType, cluster.RegionCode, cluster.K8sVersion, cluster.Endpoint,
			}}
		}
		return out.write(cmd.OutOrStdout(), value, results, []string{"NAME", "UUID", "STATUS", "AUTH", "REGION", "KUBERNETES", "ENDPOINT"}, 4)
	})
	return cmd
}
