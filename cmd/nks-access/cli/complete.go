package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

// complete sets what completes the value of a flag.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	_ = cmd.RegisterFlagCompletionFunc(flag, f)
}

func fixed(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

func regions() (regions []string) {
	for _, location := range access.Locations {
		regions = append(regions, location.Region+"\t"+location.BaseURL)
	}
	return regions
}

// once is for completion, which must be quick, and for --dry-run.
var once = access.WithRetry(access.Retry{MaxTries: 1})

const completionTimeout = 3 * time.Second

func (c *connection) completeClusters(
	cmd *cobra.Command, args []string, _ string,
) (suggestions []string, _ cobra.ShellCompDirective) {
	c.timeout, c.quiet = completionTimeout, true
	client, err := c.client(once)
	if err != nil || len(args) > 0 && cmd.Name() == "clusters" {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := c.deadline(context.Background())
	defer cancel()
	clusters, _ := client.Clusters(ctx)
	for _, cluster := range clusters {
		suggestions = append(suggestions, printable(cluster.Name)+"\t"+printable(cluster.Status+" "+cluster.UUID))
	}
	return suggestions, cobra.ShellCompDirectiveNoFileComp
}

func (c *connection) completeEntries(
	_ *cobra.Command, args []string, _ string,
) (suggestions []string, _ cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	c.timeout, c.quiet = completionTimeout, true
	_ = c.onCluster(context.Background(), func(ctx context.Context, client *access.Client, cluster string) error {
		entries, err := client.List(ctx, cluster)
		for _, entry := range entries {
			suggestions = append(suggestions, printable(entry.Principal)+"\t"+printable(entry.UUID))
		}
		return err
	}, once)
	return suggestions, cobra.ShellCompDirectiveNoFileComp
}
