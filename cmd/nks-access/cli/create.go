package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newCreate() *cobra.Command {
	var state state
	var entry access.NewEntry
	cmd := &cobra.Command{
		Use:   "create [NRN]",
		Short: "Create an access entry: let a principal into a cluster",
		Long: `Create an access entry, which lets a sub account or a role into a cluster.

It is safe to repeat. If the principal already has an entry with the same groups and policies, it prints that one. If the
entry differs, it fails and shows the differences. Use grant, revoke or update then.`,
		Example: `  nks-access create nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c --policy NKSViewPolicy
  nks-access create nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy 'NKSEditPolicy@dev,*-ns' --group developers
  nks-access get nrn:… --cluster staging -o yaml | nks-access create --cluster production -f -`,
		Args: arguments(0, 1),
	}
	c := a.change(cmd, listFormats...)
	state.addFlags(cmd)
	state.addFromFile(cmd)
	cmd.Flags().StringVar((*string)(&entry.Type), "type", "", "`TYPE` of the principal: USER or ROLE (default: by its NRN)")
	cmd.Flags().BoolVar(&entry.SkipTypeCheck, "skip-type-check", false, "allow a --type that does not fit the NRN")
	complete(cmd, "type", fixed("USER", "ROLE"))
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		wanted, err := a.wanted(cmd, state)
		if err != nil {
			return err
		}
		entry.Principal, entry.Type = wanted.Entry, cmp.Or(entry.Type, wanted.Type)
		entry.Groups, entry.Policies = wanted.Groups, wanted.Policies
		switch {
		case len(args) == 0 && entry.Principal == "":
			return usagef("missing argument: the NRN of a principal, or --from-file")
		case len(args) == 1 && entry.Principal != "" && entry.Principal != args[0]:
			return usagef("%s is for %s, not for %s", state.fromFile, entry.Principal, args[0])
		case len(args) == 1:
			entry.Principal = args[0]
		}
		if err := entry.Validate(); err != nil {
			return err
		}
		return c.run(cmd, func(ctx context.Context, client *access.Client, cluster string) (*access.Entry, error) {
			created, sent, err := client.Create(ctx, cluster, entry)
			if exists := (*access.ExistsError)(nil); errors.As(err, &exists) {
				c.show(exists.Existing, entry.Groups, entry.Policies)
			}
			if err != nil {
				return nil, err
			}
			if sent {
				c.say("Created entry %s.", printable(created.UUID))
			} else {
				c.say("Entry %s already exists, unchanged.", printable(created.UUID))
			}
			if len(created.Groups)+len(created.Policies) == 0 {
				c.say("It has no groups and no policies. To add some, use nks-access grant.")
			}
			return &created, nil
		})
	}
	return cmd
}
