package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newGrant() *cobra.Command {
	return a.newGrantOrRevoke(&cobra.Command{
		Use:   "grant ENTRY",
		Short: "Add groups and policies to an access entry",
		Long: `Add Kubernetes groups and access policies to an access entry, and leave the rest as it is. A policy for namespaces
joins the one of its type that is there. What is granted already is no error.

The API has no way to change an entry only if nobody else did meanwhile: of two changes at the same moment one may undo the
other.`,
		Example: `  nks-access grant nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSEditPolicy@dev --group developers`,
	}, access.Entry.Granting)
}

func (a *app) newRevoke() *cobra.Command {
	return a.newGrantOrRevoke(&cobra.Command{
		Use:   "revoke ENTRY",
		Short: "Take groups and policies away from an access entry",
		Long: `Take Kubernetes groups and access policies away from an access entry, and leave the rest as it is. A policy for
namespaces is taken from those namespaces, and goes with its last one. What is not granted is no error.

It asks first. To shut the principal out altogether, use delete.`,
		Example: `  nks-access revoke nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSEditPolicy@dev --yes`,
	}, access.Entry.Revoking)
}

func (a *app) newGrantOrRevoke(cmd *cobra.Command, change func(access.Entry, []string, []access.Policy) access.Entry) *cobra.Command {
	var state state
	c := a.change(cmd)
	c.asks(cmd)
	state.addFlags(cmd)
	cmd.Args = arguments(1, 1)
	cmd.ValidArgsFunction = c.completeEntries
	out := newOutput(cmd, listFormats...)
	cmd.RunE = command(func(cmd *cobra.Command, args []string) error {
		policies, err := state.parsePolicies()
		if err != nil {
			return err
		}
		if len(policies)+len(state.groups) == 0 {
			return usagef("what to %s? Give --policy or --group", cmd.Name())
		}
		return c.onCluster(cmd, func(ctx context.Context, client *access.Client, cluster string) error {
			return c.replace(ctx, cmd, out, client, cluster, args[0], func(entry access.Entry) (access.Entry, error) {
				return change(entry, state.groups, policies), nil
			})
		}, c.options()...)
	})
	return cmd
}
