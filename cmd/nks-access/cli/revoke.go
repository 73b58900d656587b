package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/internal/meant"
)

type revokeCommand struct {
	writes
	grants grantFlags
	types  []string // of policies to revoke in every scope
}

func newRevoke(a *app) command { return &revokeCommand{writes: writes{connection: newConnection(a)}} }

func (c *revokeCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "revoke ENTRY",
		Short: "Remove groups and policies from an access entry",
		Long: `Remove Kubernetes groups and access policies from an access entry. The rest stays as it is. A policy for
namespaces is removed from those namespaces, and disappears with the last one. It is not an error if the entry does
not have them.

A policy for the whole cluster and one for namespaces are two policies. If the entry keeps one of them that permits what
was revoked, revoke names it and exits with 6. --policy-type removes a type from the cluster and from every namespace.

It asks before it removes access. To remove the whole entry, use delete.`,
		Example: `  nks-access revoke role:deployer --policy NKSEditPolicy@dev --yes
  nks-access revoke role:deployer --policy-type NKSEditPolicy`,
		Args: arguments(1, 1),
	}
}

func (c *revokeCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, formatsOfLists...)
	c.addGuardFlag(cmd)
	c.grants.addFlags(cmd)
	cmd.Flags().StringArrayVar(&c.types, "policy-type", nil,
		"policies of `TYPE`, for the whole cluster and for every namespace (repeatable)")
	complete(cmd, "policy-type", fixed(policyTypes()...))
}

func (c *revokeCommand) run(ctx context.Context, args []string) error {
	less, err := c.grants.grants()
	if err != nil {
		return err
	}
	for _, policyType := range c.types {
		if !slices.Contains(policyTypes(), policyType) {
			return usagef("unknown policy type %q (%s)", policyType, meant.Want(policyType, policyTypes()...))
		}
	}
	if less.Empty() && len(c.types) == 0 {
		return usagef("nothing to revoke: use --policy, --policy-type or --group")
	}
	var kept []string
	err = c.send(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
		entry, err := c.revoke(ctx, readCtx, on, args[0], less)
		kept = permitting(entry.Grants, less)
		return &entry, err
	})
	if err == nil && len(kept) > 0 && !c.dryRun {
		return &errStillGranted{principal: args[0], kept: kept}
	}
	return err
}

// revoke takes access from an entry, and returns the entry as it is then.
func (c *revokeCommand) revoke(
	ctx, readCtx context.Context, on site, uuidOrNRN string, less access.Grants,
) (access.Entry, error) {
	entry, err := on.find(readCtx, uuidOrNRN)
	if err != nil {
		return entry, err
	}
	remaining := func(grants access.Grants) access.Grants { return c.withoutTypes(grants.Without(less)) }
	proceed, err := c.review(ctx, readCtx, on, regrant(entry, remaining(entry.Grants)))
	if err != nil {
		return entry, err
	}
	if !proceed {
		if len(permitting(entry.Grants, less)) == 0 {
			c.sayUnchanged()
		}
		return entry, nil
	}
	writeCtx, cancel := c.deadline(ctx)
	defer cancel()
	made, err := on.client.Modify(writeCtx, on.cluster.uuid, entry.UUID, remaining, c.options()...)
	return made.After, err
}

// withoutTypes returns the grants without policies of the types.
func (c *revokeCommand) withoutTypes(grants access.Grants) access.Grants {
	isRevoked := func(policy access.Policy) bool { return slices.Contains(c.types, string(policy.Type)) }
	grants.Policies = slices.DeleteFunc(slices.Clone(grants.Policies), isRevoked)
	return grants
}
