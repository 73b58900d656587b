package cli

import (
	"context"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func newCompletion(root *cobra.Command) *cobra.Command {
	scripts := map[string]func(io.Writer) error{
		"bash":       func(w io.Writer) error { return root.GenBashCompletionV2(w, true) },
		"zsh":        root.GenZshCompletion,
		"fish":       func(w io.Writer) error { return root.GenFishCompletion(w, true) },
		"powershell": root.GenPowerShellCompletionWithDesc,
	}
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print a script that completes commands in bash, zsh, fish or powershell",
		Long: `Print a script for a shell: bash, zsh, fish or powershell. With it, the shell completes commands, flags, clusters and
entries. Start a new shell after a script was written to a file.`,
		Example: `  source <(nks-access completion bash)
  nks-access completion bash > ~/.local/share/bash-completion/completions/nks-access
  nks-access completion zsh > "${fpath[1]}/_nks-access"
  nks-access completion fish > ~/.config/fish/completions/nks-access.fish
  nks-access completion powershell | Out-String | Invoke-Expression`,
		Args:              arguments(1, 1),
		ValidArgsFunction: fixed("bash", "zsh", "fish", "powershell"),
		RunE: func(cmd *cobra.Command, args []string) error {
			script := scripts[args[0]]
			if script == nil {
				return usagef("unknown shell %q (want bash, zsh, fish or powershell)", args[0])
			}
			return script(cmd.OutOrStdout())
		},
	}
}

// complete sets what completes the value of a flag.
func complete(cmd *cobra.Command, flag string, f cobra.CompletionFunc) {
	_ = cmd.RegisterFlagCompletionFunc(flag, f)
}

func fixed(values ...string) cobra.CompletionFunc {
	return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
}

func regions() (regions []string) {
	for _, location := range access.Locations {
		if location.Environment != access.Government || location.Region != "KR" {
			regions = append(regions, location.Region+"\t"+location.BaseURL)
		}
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
