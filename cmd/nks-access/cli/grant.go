package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

// partCommand is grant or revoke: it changes a part of an entry.
type partCommand struct {
	writes
	grants grantFlags
	help   cobra.Command
	change func(access.Entry, []string, []access.Policy) access.Entry
}

func newGrant(a *app) command {
	return &partCommand{
		writes: writes{connection: connection{app: a}},
		change: access.Entry.Granting,
		help: cobra.Command{
			Use:   "grant ENTRY",
			Short: "Add groups and policies to an access entry",
			Long: `Add Kubernetes groups and access policies to an access entry. The rest stays as it is. Namespaces are added to a
policy of the same type. It is not an error if the entry already has them.

The API has no conditional update, so one of two changes at the same moment may undo the other.`,
			Example: `  nks-access grant nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSEditPolicy@dev --group developers`,
			Args:    arguments(1, 1),
		},
	}
}

func newRevoke(a *app) command {
	return &partCommand{
		writes: writes{connection: connection{app: a}},
		change: access.Entry.Revoking,
		help: cobra.Command{
			Use:   "revoke ENTRY",
			Short: "Remove groups and policies from an access entry",
			Long: `Remove Kubernetes groups and access policies from an access entry. The rest stays as it is. A policy for namespaces
is removed from those namespaces, and disappears with the last one. It is not an error if the entry does not have them.

It asks before it removes access. To remove the whole entry, use delete.`,
			Example: `  nks-access revoke nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSEditPolicy@dev --yes`,
			Args:    arguments(1, 1),
		},
	}
}

func (c *partCommand) words() *cobra.Command { return &c.help }

func (c *partCommand) addFlags(cmd *cobra.Command) {
	c.addFlagsForEntry(cmd, formatsOfLists...)
	c.grants.addFlags(cmd)
}

func (c *partCommand) run(ctx context.Context, args []string) error {
	policies, err := c.grants.parsePolicies()
	if err != nil {
		return err
	}
	if len(policies)+len(c.grants.groups) == 0 {
		return usagef("nothing to %s: use --policy or --group", c.help.Name())
	}
	return c.replace(ctx, args[0], func(entry access.Entry) (access.Entry, error) {
		return c.change(entry, c.grants.groups, policies), nil
	})
}
