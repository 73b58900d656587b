package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newCreate() *cobra.Command {
	var state state
	var kind string
	cmd := &cobra.Command{
		Use:   "create [NRN]",
		Short: "Let a principal into a cluster",
		Long: `Let a principal, a sub account or a role, into a cluster.

It is safe to repeat: when the principal has an entry that grants the same, that one is printed. When it has one that
grants something else, the command fails, shows what differs and leaves it alone; use grant, revoke or update then.`,
		Example: `  nks-access create nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c --policy NKSViewPolicy
  nks-access create nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy 'NKSEditPolicy@dev,*-ns' --group developers
  nks-access get nrn:… --cluster staging -o yaml | nks-access create --cluster production -f -`,
		Args: arguments(0, 1),
	}
	c := a.change(cmd)
	state.addFlags(cmd)
	state.addFromFile(cmd)
	cmd.Flags().StringVar(&kind, "type", "", "`TYPE` of the principal: USER or ROLE (default: as its NRN says)")
	skipTypeCheck := cmd.Flags().Bool("skip-type-check", false, "allow a --type that does not fit the NRN")
	_ = cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions([]string{"USER", "ROLE"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.ValidArgsFunction = cobra.NoFileCompletions
	out := newOutput(cmd, listFormats...)
	cmd.RunE = command(func(cmd *cobra.Command, args []string) error {
		entry, err := a.newEntry(cmd.Context(), state, args)
		if err != nil {
			return err
		}
		if kind != "" {
			entry.Type = access.Type(kind)
		}
		entry.SkipTypeCheck = *skipTypeCheck
		if err := entry.Validate(); err != nil {
			return err
		}
		return c.onCluster(cmd, func(ctx context.Context, client *access.Client, cluster string) error {
			created, sent, err := client.Create(ctx, cluster, entry)
			if errors.As(err, &dryRunError{}) {
				return nil
			}
			if exists := (*access.ExistsError)(nil); errors.As(err, &exists) {
				asked := exists.Existing
				asked.Groups, asked.Policies = entry.Groups, entry.Policies
				c.show(access.Change{Before: exists.Existing, After: asked})
			}
			if err != nil {
				return err
			}
			if c.dryRun {
				c.say("It is there already, with entry %s: nothing would be sent.", created.UUID)
				return nil
			}
			if sent {
				c.say("Created entry %s.", printable(created.UUID))
			} else {
				c.say("It is there already, unchanged.")
			}
			if len(created.Groups)+len(created.Policies) == 0 {
				c.say("It has no groups and no policies. To add some, use nks-access grant.")
			}
			return out.entry(cmd, created)
		}, c.options()...)
	})
	return cmd
}

// newEntry puts together the entry that flags and arguments, or a file, ask for.
func (a *app) newEntry(ctx context.Context, s state, args []string) (access.NewEntry, error) {
	if s.fromFile == "" {
		if len(args) == 0 {
			return access.NewEntry{}, usagef("who is to enter? Give the NRN of a principal, or --from-file")
		}
		policies, err := s.parsePolicies()
		return access.NewEntry{Principal: args[0], Groups: s.groups, Policies: policies}, err
	}
	file, err := a.readEntry(ctx, s.fromFile)
	if err != nil {
		return access.NewEntry{}, err
	}
	entry := access.NewEntry{Principal: file.Entry, Type: file.Type}
	if file.Groups != nil {
		entry.Groups = *file.Groups
	}
	if file.Policies != nil {
		entry.Policies = *file.Policies
	}
	if len(args) == 1 {
		if entry.Principal != "" && entry.Principal != args[0] {
			return access.NewEntry{}, usagef("%s is for %s, not for %s", s.fromFile, entry.Principal, args[0])
		}
		entry.Principal = args[0]
	}
	return entry, nil
}
