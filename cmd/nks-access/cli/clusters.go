package cli

import (
	"cmp"
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
		Long: `List the clusters of the region, or show one by its UUID or name. With --all-regions, list those of all
regions of the environment. Access entries only work on clusters whose AUTH is API. If it is CONFIG_MAP, the ConfigMap
kube-system/ncp-auth decides who may enter.`,
		Args: arguments(0, 1),
	}
}

func (c *clustersCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, readLimit)
	c.addRegionsFlag(cmd)
	c.output.addListFlags(cmd, clusterColumns)
	cmd.ValidArgsFunction = c.completeOneCluster
}

func (c *clustersCommand) run(ctx context.Context, args []string) error {
	if c.allRegions {
		return c.runOnRegions(ctx, args)
	}
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
		return writeOne(&c.output, c.stdout, cluster, clusterTable)
	}
	clusters, err := client.Clusters(ctx)
	if err != nil {
		return err
	}
	return writeList(&c.output, c.stdout, clusters, clusterTable)
}

// runOnRegions lists the clusters of all regions, or shows one of them. If regions cannot be read, it
// lists the others and fails.
func (c *clustersCommand) runOnRegions(ctx context.Context, args []string) error {
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	read, unread := c.clustersOfRegions(ctx)
	all := []access.Cluster{}
	for _, region := range read {
		all = append(all, region.Clusters...)
	}
	if len(args) == 1 {
		cluster, err := access.FindCluster(all, args[0])
		if err != nil {
			return cmp.Or(unread, err)
		}
		return writeOne(&c.output, c.stdout, cluster, clusterTable)
	}
	if unread != nil && len(all) == 0 {
		return unread
	}
	if err := writeList(&c.output, c.stdout, all, clusterTableWithRegion); err != nil {
		return err
	}
	return unread
}

var clusterColumns = []string{"NAME", "UUID", "STATUS", "AUTH", "REGION", "KUBERNETES", "ENDPOINT"}

// clusterTableWithRegion shows the regions of the clusters, too.
func clusterTableWithRegion(clusters ...access.Cluster) term.Table {
	table := clusterTable(clusters...)
	table.WideFrom++
	return table
}

func clusterTable(clusters ...access.Cluster) term.Table {
	table := term.Table{Header: clusterColumns, WideFrom: 4}
	for _, c := range clusters {
		row := []string{term.Printable(c.Name), c.UUID, c.Status, c.AuthType, c.RegionCode, c.K8sVersion, c.Endpoint}
		table.Rows = append(table.Rows, row)
	}
	return table
}
