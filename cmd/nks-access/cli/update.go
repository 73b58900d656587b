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
	return &updateCommand{writes: writes{connection: newConnection(a)}}
}

func (c *updateCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "update ENTRY",
		Short: "Replace the groups or policies of an access entry",
		Long: `Replace the groups of an access entry, its policies, or both. Without a flag for them, groups or policies
stay as they are. --no-groups and --no-policies remove all. A file replaces both, so it must have both.

It asks before access is removed. To add or remove single groups and policies, use grant and revoke.`,
		Example: `  nks-access update role:deployer --policy NKSViewPolicy --no-groups
  nks-access get nrn:… -o yaml > entry.yaml; $EDITOR entry.yaml; nks-access update nrn:… -f entry.yaml`,
		Args: arguments(1, 1),
	}
}

func (c *updateCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, formatsOfLists...)
	c.addGuardFlag(cmd)
	c.grants.addFlags(cmd)
	c.grants.addFileFlag(cmd)
	cmd.Flags().BoolVar(&c.noGroups, "no-groups", false, "remove all groups")
	cmd.Flags().BoolVar(&c.noPolicies, "no-policies", false, "remove all policies")
}

func (c *updateCommand) run(ctx context.Context, args []string) error {
	given, err := c.given(ctx)
	if err != nil {
		return err
	}
	return c.send(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
		entry, err := on.find(readCtx, args[0])
		if err != nil {
			return nil, err
		}
		if given.principal != "" && access.AnyNRN(given.principal) != entry.Principal {
			return nil, usagef("%s is for %s, not for %s", c.grants.fileName(), given.principal, entry.Principal)
		}
		return c.replaceGrants(ctx, readCtx, on, entry, replaced(entry.Grants, given.grants))
	})
}

// replaced returns the grants with the lists of given that are not nil.
func replaced(grants, given access.Grants) access.Grants {
	if given.Groups != nil {
		grants.Groups = given.Groups
	}
	if given.Policies != nil {
		grants.Policies = given.Policies
	}
	return grants
}

// given returns the groups and policies to set. A nil list stays as it is.
func (c *updateCommand) given(ctx context.Context) (givenEntry, error) {
	given, err := c.readGrants(ctx, &c.grants)
	if err != nil {
		return givenEntry{}, err
	}
	isPartial := given.grants.Groups == nil || given.grants.Policies == nil
	if c.grants.fromFile != "" && isPartial {
		return givenEntry{}, usagef("%s: groups and policies are both required, because an update replaces both; "+
			"use an empty list to clear one", c.grants.fileName())
	}
	if c.noGroups {
		given.grants.Groups = []string{}
	}
	if c.noPolicies {
		given.grants.Policies = []access.Policy{}
	}
	if given.grants.Groups == nil && given.grants.Policies == nil {
		return givenEntry{}, usagef(
			"nothing to update: use --group, --no-groups, --policy, --no-policies or --from-file")
	}
	return given, nil
}
