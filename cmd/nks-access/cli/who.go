package cli

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

type whoCommand struct {
	fleet
	output output
	filter desired.Filter
	rbac   []string // files
	unread error    // why regions could not be read
}

func newWho(a *app) command { return &whoCommand{fleet: newFleet(a)} }

func (c *whoCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "who",
		Short: "Show who may enter which clusters",
		Long: `Show which principals may enter which clusters, with which groups and policies. It reads all clusters of the
region, with --all-regions those of all regions, or with -f those of a file. Names of principals come from the file,
and with --names from the account.

--stale lists only entries whose principal is gone from the account or deactivated. nks-access delete --stale removes
the entries whose principal is gone.

--rbac shows which roles of Kubernetes the groups of an entry are bound to, and the username, if the service sends one:
no page of the provider says what it holds. Service accounts do not count. Only the names of roles are known, not what
they permit; those who are bound to cluster-admin are named.`,
		Example: `  nks-access who --policy NKSClusterAdminPolicy
  nks-access who -f access.yaml --principal backend
  nks-access who --principal user:kim@corp
  nks-access who --stale
  nks-access who -o html > access.html
  kubectl get clusterrolebindings,rolebindings -A -o json | nks-access who --cluster prod --rbac -`,
	}
}

func (c *whoCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, fleetLimit)
	c.addFileFlag(cmd,
		"read `FILE` or folder with the clusters and the names of principals "+
			"(repeatable; default: all clusters of the region)")
	flags := cmd.Flags()
	flags.StringVar(&c.filter.Principal, "principal", "",
		"only `PRINCIPAL`: user:LOGIN_ID, role:NAME, NRN, name in the file, or a pattern of these")
	flags.StringVar(&c.filter.Policy, "policy", "", "only entries with a policy of `TYPE`, which may be a pattern")
	flags.StringArrayVarP(&c.filter.Clusters, "cluster", "c", nil, "only `CLUSTER`, by name, UUID or pattern (repeatable)")
	c.addRegionsFlag(cmd)
	flags.BoolVar(&c.filter.Stale, "stale", false, "only entries whose principal is gone or deactivated")
	flags.StringArrayVar(&c.rbac, "rbac", nil, rbacUsage)
	c.addNamesFlag(cmd)
	c.output.addListFlags(cmd, whoColumns, "html")
}

func (c *whoCommand) run(ctx context.Context, _ []string) error {
	if err := c.filter.Validate(); err != nil {
		return usagef("%v", err)
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	bindings, err := readBindings(ctx, c.rbac, c.stdin)
	if err != nil {
		return err
	}
	file, err := c.source(ctx)
	if err != nil {
		return err
	}
	part := *file
	part.Clusters = c.filter.Possible(file.Clusters)
	seen, err := c.observeForList(ctx, &part, &c.filter)
	if err != nil {
		return err
	}
	observed := desired.Unique(seen.observed)
	permissions, unread := seen.part.Who(observed, c.filter)
	unread = errors.Join(c.unread, unread)
	read := slices.DeleteFunc(slices.Clone(observed),
		func(o desired.Observed) bool { return o.Err != nil || !c.filter.Match(o) })
	if unread == nil {
		if err := checkClusterFilter(c.filter.Clusters, observed, file.Clusters); err != nil {
			return err
		}
	}
	if err := checkPolicyFilter(c.filter.Policy, observed); err != nil {
		return err
	}
	if err := checkNRNFilter(c.filter.Principal, file, observed); err != nil {
		return err
	}
	known, err := newClusterBindings(bindings, read)
	if err != nil {
		return err
	}
	rows, err := sorted(&c.output, newWhoRows(permissions, known), whoRecords)
	if err != nil {
		return err
	}
	result := whoResult{
		coverage: newWhoCoverage(&c.fleet, observed, c.filter),
		read:     read,
		rows:     rows,
		notes:    append(whoNotes(read, permissions, c.filter), known.adminNotes(read)...),
		unread:   unread,
	}
	result.coverage.Bindings = known.names(read)
	c.say("%s", result.coverage)
	for _, note := range result.notes {
		c.say("%s", note)
	}
	if err := c.print(result); err != nil {
		return err
	}
	return unread
}

// source returns the file of -f, or one about all clusters of the region.
func (c *whoCommand) source(ctx context.Context) (*desired.File, error) {
	hasFile := len(c.files) > 0
	if hasFile && c.allRegions {
		return nil, usagef("--all-regions and --file exclude each other: the file says which clusters")
	}
	if !hasFile {
		if err := checkPrincipalFilter(c.filter.Principal, nil); err != nil {
			return nil, err
		}
		return c.clustersFile(ctx)
	}
	file, err := c.loadFile(ctx)
	if err != nil {
		return nil, err
	}
	return file, checkPrincipalFilter(c.filter.Principal, file)
}

// clustersFile returns a file about all clusters of the region, or with --all-regions about those of the
// regions that can be read.
func (c *whoCommand) clustersFile(ctx context.Context) (*desired.File, error) {
	if !c.allRegions {
		return c.regionFile(ctx, nil)
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	read, unread := c.clustersOfRegions(ctx)
	file := desired.FileOf(c.profile, read...)
	if len(file.Clusters) == 0 && unread != nil {
		return nil, unread
	}
	c.unread = unread
	return file, nil
}

func (c *whoCommand) print(result whoResult) error {
	if c.output.format == "html" {
		return writeWhoPage(c.stdout, result)
	}
	return c.output.write(c.stdout, result.rows, c.table(result.rows))
}

// table returns the table for the format.
func (c *whoCommand) table(rows []whoRow) term.Table {
	switch c.output.format {
	case "csv":
		return whoRecords(rows...)
	case "name":
		return whoNames(rows...)
	}
	return whoTable(len(c.rbac) > 0, rows...)
}
