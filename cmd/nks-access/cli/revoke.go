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

A policy for the whole cluster and one for namespaces are two policies. If the entry keeps one of them that permits
what was revoked, revoke names it and exits with 6. It also exits with 6 if there is nothing to remove, but the entry
has a stronger policy, or the group in another case. --policy-type removes a type from the cluster and from every
namespace.

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
	var left errStillGranted
	err = c.send(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
		entry, still, err := c.revoke(ctx, readCtx, on, args[0], less)
		left = still
		return &entry, err
	})
	if err == nil && !left.isEmpty() {
		return &left
	}
	return err
}

// revoke takes access from an entry. It returns the entry as it is then, and what it keeps that is
// like what was revoked.
func (c *revokeCommand) revoke(
	ctx, readCtx context.Context, on site, uuidOrNRN string, less access.Grants,
) (access.Entry, errStillGranted, error) {
	entry, err := on.find(readCtx, uuidOrNRN)
	if err != nil {
		return entry, errStillGranted{}, err
	}
	remaining := func(grants access.Grants) access.Grants { return c.withoutTypes(grants.Without(less)) }
	proceed, err := c.review(ctx, readCtx, on, regrant(entry, remaining(entry.Grants)))
	if err != nil {
		return entry, errStillGranted{}, err
	}
	left := c.stillGranted(uuidOrNRN, remaining(entry.Grants), less, proceed)
	if !proceed {
		if left.isEmpty() {
			c.sayUnchanged()
		}
		return entry, left, nil
	}
	writeCtx, cancel := c.deadline(ctx)
	defer cancel()
	made, err := on.client.Modify(writeCtx, on.cluster.uuid, entry.UUID, remaining, c.options()...)
	return made.After, left, err
}

// stillGranted returns what grants keep of what was revoked. A stronger policy counts only if the
// command takes nothing: otherwise both may have been granted on purpose.
func (c *revokeCommand) stillGranted(principal string, grants, less access.Grants, takes bool) errStillGranted {
	revoked := access.Grants{Groups: less.Groups, Policies: slices.Clone(less.Policies)}
	for _, policyType := range c.types {
		revoked.Policies = append(revoked.Policies, access.PolicyType(policyType).OnCluster())
	}
	left := errStillGranted{principal: principal, kept: grants.Overlap(revoked)}
	if !takes {
		left.kept = append(left.kept, grants.Stronger(revoked)...)
	}
	left.alike = access.Grants{Groups: grants.GroupsLike(revoked)}.Lines()
	return left
}

// withoutTypes returns the grants without policies of the types.
func (c *revokeCommand) withoutTypes(grants access.Grants) access.Grants {
	isRevoked := func(policy access.Policy) bool { return slices.Contains(c.types, string(policy.Type)) }
	grants.Policies = slices.DeleteFunc(slices.Clone(grants.Policies), isRevoked)
	return grants
}
