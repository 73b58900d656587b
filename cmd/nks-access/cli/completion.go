package cli

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/gateway"
)

// completionTimeout is how long a shell waits for suggestions.
const completionTimeout = 3 * time.Second

// once is for completion, which must be quick, and for --dry-run.
var once = access.WithRetry(access.Retry{MaxTries: 1})

// regions returns the codes of all regions, with their base URLs as descriptions.
func regions() []string {
	var codes []string
	for _, location := range gateway.Locations() {
		codes = append(codes, location.Region+"\t"+location.BaseURL)
	}
	return codes
}

// quickClient returns a client that says nothing and does not retry.
func (c *connection) quickClient() (*access.Client, error) {
	c.timeout = completionTimeout
	c.quiet = true
	return c.client(once)
}

// completeClusters suggests the names of clusters.
func (c *connection) completeClusters(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	client, err := c.quickClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := c.deadline(context.Background())
	defer cancel()
	clusters, _ := client.Clusters(ctx)
	var names []string
	for _, cluster := range clusters {
		names = suggest(names, cluster.Name, cluster.Status+" "+cluster.UUID)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeFile suggests the names of the clusters of the file.
func (f *fleet) completeFile(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	f.timeout = completionTimeout
	ctx, cancel := f.deadline(context.Background())
	defer cancel()
	file, err := f.loadFile(ctx)
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, target := range file.Clusters {
		names = suggest(names, target.Name, target.Region)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeOneCluster is completeClusters for a command with one argument.
func (c *connection) completeOneCluster(
	cmd *cobra.Command, args []string, typed string,
) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return c.completeClusters(cmd, args, typed)
}

// completeEntries suggests the principals of the entries of the cluster.
func (c *connection) completeEntries(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	c.timeout = completionTimeout
	c.quiet = true
	var principals []string
	_ = c.onCluster(context.Background(), func(ctx context.Context, on site) error {
		shown, err := c.readNames(ctx, namesUsed, readAccount(on.client))
		if err != nil {
			return err
		}
		entries, err := on.list(ctx)
		if err != nil {
			return err
		}
		people, _ := shown.people()
		for _, entry := range entries {
			if name, known := people.StandsFor(entry.Principal); known {
				principals = suggest(principals, wordOf(name), string(entry.Principal))
			}
		}
		for _, entry := range entries {
			principals = suggest(principals, string(entry.Principal), entry.UUID)
		}
		return nil
	}, once)
	return principals, cobra.ShellCompDirectiveNoFileComp
}

// completeMoreEntries is completeEntries for a command with several arguments.
func (c *connection) completeMoreEntries(
	cmd *cobra.Command, args []string, typed string,
) ([]string, cobra.ShellCompDirective) {
	suggested, directive := c.completeEntries(cmd, nil, typed)
	isGiven := func(line string) bool {
		word, _, _ := strings.Cut(line, "\t")
		return slices.Contains(args, word)
	}
	return slices.DeleteFunc(suggested, isGiven), directive
}

// completePrincipals suggests the users and roles of the account.
func (c *connection) completePrincipals(
	_ *cobra.Command, args []string, _ string,
) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, err := c.quickClient()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := c.deadline(context.Background())
	defer cancel()
	shown, err := c.readNames(ctx, namesUsed, readAccount(client))
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	people, _ := shown.people()
	var principals []string
	for _, identity := range people.All() {
		if name, alone := people.StandsFor(identity.NRN); alone {
			principals = suggest(principals, wordOf(name), string(identity.NRN))
		}
	}
	return principals, cobra.ShellCompDirectiveNoFileComp
}

// wordOf is a name as commands take it.
func wordOf(name desired.Name) string { return string(name.Kind) + ":" + name.Text }

// suggest appends a value with its description, as cobra takes them. It leaves out a value with
// characters that cannot be seen, because nobody can check it.
func suggest(values []string, value, description string) []string {
	if term.PrintableLine(value) != value {
		return values
	}
	return append(values, value+"\t"+term.PrintableLine(description))
}
