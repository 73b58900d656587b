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
	if err := c.filter.Check(); err != nil {
		return usagef("%v", err)
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	file, err := c.source(ctx)
	if err != nil {
		return err
	}
	states := withoutDuplicates(c.read(ctx, file.Clusters))
	permissions, unread := file.Who(states, c.filter)
	read := slices.DeleteFunc(states, func(s desired.State) bool { return s.Err != nil || !c.filter.Takes(s) })
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

// withoutDuplicates returns each cluster once, also if the file lists it by its name and by its UUID.
func withoutDuplicates(states []desired.State) []desired.State {
	var unique []desired.State
	seen := map[string]bool{} // by UUID, which a cluster that could not be read does not have
	for _, state := range states {
		if state.Err == nil && seen[state.Cluster.UUID] {
			continue
		}
		seen[state.Cluster.UUID] = true
		unique = append(unique, state)
	}
	return unique
}

// whoNotes says what a reader of the result must know.
func whoNotes(read []desired.State, permissions []desired.Permission) []string {
	var notes []string
	for _, state := range read {
		if state.Cluster.AuthType == "CONFIG_MAP" {
			notes = append(notes, fmt.Sprintf("The auth type of cluster %q is CONFIG_MAP: "+
				"its ConfigMap ncp-auth says who may enter, not its entries.", state.Name))
		}
	}
	if len(permissions) == 0 {
		notes = append(notes, "No entry matches.")
	}
	return notes
}

func (c *whoCommand) print(
	read []desired.State, permissions []desired.Permission, notes []string, unread error,
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
			p.Principal, p.Name, p.Cluster, p.ClusterUUID, p.Entry, policiesText(p.Policies), groupsText(p.Groups),
		})
	}
	return rows
}
