package cli

import (
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newGrant() *cobra.Command {
	return a.newGrantOrRevoke(&cobra.Command{
		Use:   "grant ENTRY",
		Short: "Add groups and policies to an access entry",
		Long: `Add Kubernetes groups and access policies to an access entry. The rest stays as it is. Namespaces are added to a
policy of the same type. It is not an error if the entry already has them.

The API has no conditional update, so one of two changes at the same moment may undo the other.`,
		Example: `  nks-access grant nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSEditPolicy@dev --group developers`,
	}, access.Entry.Granting)
}

func (a *app) newRevoke() *cobra.Command {
	return a.newGrantOrRevoke(&cobra.Command{
		Use:   "revoke ENTRY",
		Short: "Remove groups and policies from an access entry",
		Long: `Remove Kubernetes groups and access policies from an access entry. The rest stays as it is. A policy for namespaces
is removed from those namespaces, and disappears with the last one. It is not an error if the entry does not have them.

It asks before it removes access. To remove the whole entry, use delete.`,
		Example: `  nks-access revoke nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSEditPolicy@dev --yes`,
	}, access.Entry.Revoking)
}

func (a *app) newGrantOrRevoke(
	cmd *cobra.Command, change func(access.Entry, []string, []access.Policy) access.Entry,
) *cobra.Command {
	var state state
	c := a.changeEntry(cmd, listFormats...)
	state.addFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		policies, err := state.parsePolicies()
		if err != nil {
			return err
		}
		if len(policies)+len(state.groups) == 0 {
			return usagef("nothing to %s: use --policy or --group", cmd.Name())
		}
		return c.replace(cmd, args[0], func(entry access.Entry) (access.Entry, error) {
			return change(entry, state.groups, policies), nil
		})
	}
	return cmd
}
