package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

type clustersCommand struct {
	connection
	output output
}

func newClusters(a *app) command { return &clustersCommand{connection: newConnection(a)} }

func (c *clustersCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "clusters [CLUSTER]",
		Short: "List the clusters of the region, or show one",
		Long: `List the clusters of the region, or show one by its UUID or name. Access entries only work on clusters whose AUTH
is API. If it is CONFIG_MAP, the ConfigMap kube-system/ncp-auth decides who may enter.`,
		Args: arguments(0, 1),
	}
}

func (c *clustersCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, readLimit)
	c.output.addListFlags(cmd, clusterColumns)
	cmd.ValidArgsFunction = c.completeOneCluster
}

func (c *clustersCommand) run(ctx context.Context, args []string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	if len(args) == 1 {
		cluster, err := client.Cluster(ctx, args[0])
		if err != nil {
			return err
		}
		return c.output.write(c.stdout, cluster, clusterTable(cluster))
	}
	clusters, err := client.Clusters(ctx)
	if err != nil {
		return err
	}
	return writeList(&c.output, c.stdout, clusters, clusterTable)
}

var clusterColumns = []string{"NAME", "UUID", "STATUS", "AUTH", "REGION", "KUBERNETES", "ENDPOINT"}

func clusterTable(clusters ...access.Cluster) term.Table {
	table := term.Table{Header: clusterColumns, WideFrom: 4}
	for _, c := range clusters {
		row := []string{term.Printable(c.Name), c.UUID, c.Status, c.AuthType, c.RegionCode, c.K8sVersion, c.Endpoint}
		table.Rows = append(table.Rows, row)
	}
	return table
}
