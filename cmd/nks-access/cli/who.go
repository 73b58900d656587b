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
with -f those of a file. Names of principals come from the file.`,
		Example: `  nks-access who --policy NKSClusterAdminPolicy
  nks-access who -f access.yaml --principal backend
  nks-access who -o html > access.html`,
	}
}

func (c *whoCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, fleetLimit)
	c.addFileFlag(cmd,
		"read `FILE` or folder with the clusters and the names of principals (repeatable; default: all clusters of the region)")
	flags := cmd.Flags()
	flags.StringVar(&c.filter.Principal, "principal", "", "only `PRINCIPAL`, by name, NRN or pattern")
	flags.StringVar(&c.filter.Policy, "policy", "", "only entries with a policy of `TYPE`, which may be a pattern")
	flags.StringVar(&c.filter.Cluster, "cluster", "", "only `CLUSTER`, by name, UUID or pattern")
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
	observed := desired.Unique(c.read(ctx, file))
	permissions, unread := file.Who(observed, c.filter)
	read := slices.DeleteFunc(observed, func(o desired.Observed) bool { return o.Err != nil || !c.filter.Match(o) })
	if len(read) == 0 && unread == nil && c.filter.Cluster != "" {
		return fmt.Errorf("find cluster %q: %w: %d clusters were read",
			c.filter.Cluster, access.ErrNotFound, len(file.Clusters))
	}
	notes := whoNotes(read, permissions)
	for _, note := range notes {
		c.say("%s", note)
	}
	if err := c.print(read, permissions, notes, unread); err != nil {
		return err
	}
	return unread
}

// source returns the file of -f, or one about all clusters of the region.
func (c *whoCommand) source(ctx context.Context) (*desired.File, error) {
	if len(c.files) > 0 {
		return c.loadFile(ctx)
	}
	return c.regionFile(ctx, nil)
}

// whoNotes says what a reader of the result must know.
func whoNotes(read []desired.Observed, permissions []desired.Permission) []string {
	var notes []string
	for _, o := range read {
		if o.Cluster.AuthType == access.AuthTypeConfigMap {
			notes = append(notes, fmt.Sprintf("The auth type of cluster %q is CONFIG_MAP: "+
				"its ConfigMap ncp-auth says who may enter, not its entries.", o.Spec.Name))
		}
	}
	if len(permissions) == 0 {
		notes = append(notes, "No entry matches.")
	}
	return notes
}

func (c *whoCommand) print(
	read []desired.Observed, permissions []desired.Permission, notes []string, unread error,
) error {
	switch c.output.format {
	case "json":
		return term.WriteJSON(c.stdout, permissions)
	case "csv":
		return term.WriteCSV(c.stdout, whoRows(permissions))
	case "html":
		return writeWhoPage(c.stdout, read, permissions, notes, unread)
	}
	return whoTable(permissions).Write(c.stdout)
}

func whoTable(permissions []desired.Permission) term.Table {
	table := term.Table{Header: []string{"PRINCIPAL", "CLUSTER", "POLICIES", "GROUPS"}}
	for _, p := range permissions {
		table.Rows = append(table.Rows, []string{
			principalText(p.Name, p.Principal), term.Printable(p.Cluster), policiesText(p.Policies), groupsText(p.Groups),
		})
	}
	return table
}

// whoRows are the rows of CSV, with a header.
func whoRows(permissions []desired.Permission) [][]string {
	rows := [][]string{{"principal", "name", "cluster", "cluster uuid", "entry uuid", "policies", "groups"}}
	for _, p := range permissions {
		rows = append(rows, []string{
			string(p.Principal), p.Name, p.Cluster, p.ClusterUUID, p.Entry, policiesText(p.Policies), groupsText(p.Groups),
		})
	}
	return rows
}
