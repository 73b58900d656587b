package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

type updateCommand struct {
	writes
	grants               grantFlags
	noGroups, noPolicies bool
}

func newUpdate(a *app) command {
	return &updateCommand{writes: writes{connection: connection{app: a}}}
}

func (c *updateCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "update ENTRY",
		Short: "Replace the groups or policies of an access entry",
		Long: `Replace the groups of an access entry, its policies, or both. Without a flag for them, groups or policies stay as
they are. --no-groups and --no-policies remove all. A file replaces both, so it must have both.

It asks before access is removed. To add or remove single groups and policies, use grant and revoke.`,
		Example: `  nks-access update nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSViewPolicy --no-groups
  nks-access get nrn:… -o yaml > entry.yaml; $EDITOR entry.yaml; nks-access update nrn:… -f entry.yaml`,
		Args: arguments(1, 1),
	}
}

func (c *updateCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, formatsOfLists...)
	c.grants.addFlags(cmd)
	c.grants.addFileFlag(cmd)
	cmd.Flags().BoolVar(&c.noGroups, "no-groups", false, "remove all groups")
	cmd.Flags().BoolVar(&c.noPolicies, "no-policies", false, "remove all policies")
}

func (c *updateCommand) run(ctx context.Context, args []string) error {
	wanted, err := c.wanted(ctx)
	if err != nil {
		return err
	}
	return c.replace(ctx, args[0], func(entry access.Entry) (access.Entry, error) {
		if wanted.Entry != "" && wanted.Entry != entry.Principal {
			return entry, usagef("%s is for %s, not for %s", c.grants.fromFile, wanted.Entry, entry.Principal)
		}
		if wanted.Groups != nil {
			entry.Groups = wanted.Groups
		}
		if wanted.Policies != nil {
			entry.Policies = wanted.Policies
		}
		return entry, nil
	})
}

// wanted returns the groups and policies to set. A nil list stays as it is.
func (c *updateCommand) wanted(ctx context.Context) (entryFile, error) {
	wanted, err := c.readEntry(ctx, &c.grants)
	if err != nil {
		return entryFile{}, err
	}
	if c.grants.fromFile != "" && (wanted.Groups == nil || wanted.Policies == nil) {
		return entryFile{}, usagef("%s: groups and policies are both required, because an update replaces both; "+
			"use an empty list to clear one", c.grants.fromFile)
	}
	if c.noGroups {
		wanted.Groups = []string{}
	}
	if c.noPolicies {
		wanted.Policies = []access.Policy{}
	}
	if wanted.Groups == nil && wanted.Policies == nil {
		return entryFile{}, usagef(
			"nothing to update: use --group, --no-groups, --policy, --no-policies or --from-file")
	}
	return wanted, nil
}
