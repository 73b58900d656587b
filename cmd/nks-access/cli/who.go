package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

type whoCommand struct {
	fleet
	output output
	filter desired.Filter
}

func newWho(a *app) command { return &whoCommand{fleet: newFleet(a)} }

func (c *whoCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "who",
		Short: "Show who may enter which clusters",
		Long: `Show which principals may enter which clusters, with which groups and policies. It reads all clusters of the region, or
with -f those of a file. Names of principals come from the file, and with --names from the account.

--stale lists only entries whose principal is gone from the account or deactivated. nks-access delete --stale removes the
entries whose principal is gone.`,
		Example: `  nks-access who --policy NKSClusterAdminPolicy
  nks-access who -f access.yaml --principal backend
  nks-access who --principal user:kim@corp
  nks-access who --stale
  nks-access who -o html > access.html`,
	}
}

func (c *whoCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, fleetLimit)
	c.addFileFlag(cmd,
		"read `FILE` or folder with the clusters and the names of principals (repeatable; default: all clusters of the region)")
	flags := cmd.Flags()
	flags.StringVar(&c.filter.Principal, "principal", "",
		"only `PRINCIPAL`: user:LOGIN_ID, role:NAME, NRN, name in the file, or a pattern of these")
	flags.StringVar(&c.filter.Policy, "policy", "", "only entries with a policy of `TYPE`, which may be a pattern")
	flags.StringArrayVar(&c.filter.Clusters, "cluster", nil, "only `CLUSTER`, by name, UUID or pattern (repeatable)")
	flags.BoolVar(&c.filter.Stale, "stale", false, "only entries whose principal is gone or deactivated")
	c.addNamesFlag(cmd)
	c.output.addFlag(cmd, "table", "json", "csv", "html")
}

func (c *whoCommand) run(ctx context.Context, _ []string) error {
	if err := c.filter.Validate(); err != nil {
		return usagef("%v", err)
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	file, err := c.source(ctx)
	if err != nil {
		return err
	}
	seen, err := c.observeForList(ctx, file, &c.filter)
	if err != nil {
		return err
	}
	observed := desired.Unique(seen.observed)
	permissions, unread := seen.part.Who(observed, c.filter)
	read := slices.DeleteFunc(slices.Clone(observed),
		func(o desired.Observed) bool { return o.Err != nil || !c.filter.Match(o) })
	if unread == nil {
		if err := c.checkClusters(read, len(file.Clusters)); err != nil {
			return err
		}
	}
	if err := checkPolicyFilter(c.filter.Policy, observed); err != nil {
		return err
	}
	result := whoResult{
		coverage:    newWhoCoverage(&c.fleet, observed, c.filter),
		read:        read,
		permissions: permissions,
		notes:       whoNotes(read, permissions),
		unread:      unread,
	}
	c.say("%s", result.coverage)
	for _, note := range result.notes {
		c.say("%s", note)
	}
	if err := c.print(result); err != nil {
		return err
	}
	return unread
}

// checkClusters returns an error if one of --cluster matches no cluster that was read.
func (c *whoCommand) checkClusters(read []desired.Observed, clusters int) error {
	for _, pattern := range c.filter.Clusters {
		one := desired.Filter{Clusters: []string{pattern}}
		if !slices.ContainsFunc(read, one.Match) {
			return fmt.Errorf("find cluster %q: %w: %d clusters were read", pattern, access.ErrNotFound, clusters)
		}
	}
	return nil
}

// source returns the file of -f, or one about all clusters of the region.
func (c *whoCommand) source(ctx context.Context) (*desired.File, error) {
	hasFile := len(c.files) > 0
	if !hasFile {
		if err := checkPrincipalFilter(c.filter.Principal, nil, hasFile); err != nil {
			return nil, err
		}
		return c.regionFile(ctx, nil)
	}
	file, err := c.loadFile(ctx)
	if err != nil {
		return nil, err
	}
	return file, checkPrincipalFilter(c.filter.Principal, file, hasFile)
}

func (c *whoCommand) print(result whoResult) error {
	switch c.output.format {
	case "json":
		return term.WriteJSON(c.stdout, result.permissions)
	case "csv":
		return term.WriteCSV(c.stdout, whoRows(result.permissions))
	case "html":
		return writeWhoPage(c.stdout, result)
	}
	return whoTable(result.permissions).Write(c.stdout)
}

func whoTable(permissions []desired.Permission) term.Table {
	table := term.Table{Header: []string{"PRINCIPAL", "CLUSTER", "POLICIES", "GROUPS"}}
	for _, p := range permissions {
		table.Rows = append(table.Rows, []string{
			withStatus(principalText(bothNames(p.Name, p.Shown(), p.PrincipalName), p.Principal), p.Status),
			term.Printable(p.Cluster), policiesText(p.Policies), groupsText(p.Groups),
		})
	}
	return table
}

// whoRows are the rows of CSV, with a header.
func whoRows(permissions []desired.Permission) [][]string {
	rows := [][]string{{
		"principal", "name", "cluster", "cluster_uuid", "entry_uuid", "policies", "groups", "principal_name", "status",
	}}
	for _, p := range permissions {
		rows = append(rows, []string{
			string(p.Principal), p.Shown(), p.Cluster, p.ClusterUUID, p.Entry, policiesText(p.Policies), groupsText(p.Groups),
			p.PrincipalName, string(p.Status),
		})
	}
	return rows
}
