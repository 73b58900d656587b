package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

// Completion must be quick: it sends one request, has a short timeout, and prints no errors.
const completionTimeout = 3 * time.Second

func (c *connection) completeClusters(
	cmd *cobra.Command, args []string, _ string,
) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 && cmd.Name() == "clusters" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, ctx, cancel, err := c.completionClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer cancel()
	clusters, err := client.Clusters(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var suggestions []string
	for _, cluster := range clusters {
		suggestions = append(suggestions, printable(cluster.Name)+"\t"+printable(cluster.Status+" "+cluster.UUID))
	}
	return suggestions, cobra.ShellCompDirectiveNoFileComp
}

func (c *connection) completeEntries(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	name := orEnv(c.cluster, "NKS_CLUSTER")
	if len(args) > 0 || name == "" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, ctx, cancel, err := c.completionClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer cancel()
	cluster, err := client.Cluster(ctx, name)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	entries, err := client.List(ctx, cluster.UUID)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var suggestions []string
	for _, entry := range entries {
		suggestions = append(suggestions, printable(entry.Principal)+"\t"+printable(entry.UUID))
	}
	return suggestions, cobra.ShellCompDirectiveNoFileComp
}

func (c *connection) completionClient() (*access.Client, context.Context, context.CancelFunc, error) {
	c.timeout = completionTimeout
	return c.client(context.Background(), access.WithRetry(access.Retry{MaxTries: 1}))
}
