package cli

import (
	"cmp"
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

type createCommand struct {
	writes
	grants        grantFlags
	principalType string
	skipTypeCheck bool
}

func newCreate(a *app) command {
	return &createCommand{writes: writes{connection: newConnection(a)}}
}

func (c *createCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "create [PRINCIPAL]",
		Short: "Create an access entry: let a principal into a cluster",
		Long: `Create an access entry, which lets a sub account or a role into a cluster. PRINCIPAL is its NRN, or its name:
user:kim@corp, role:deployer, or kim@corp alone. nks-access principals lists them.

It is safe to repeat. If the principal already has an entry with the same groups and policies, it prints that one. If
the entry differs, it fails and shows the differences. Use grant, revoke or update then.`,
		Example: `  nks-access create user:kim@corp --policy NKSViewPolicy
  nks-access create role:deployer --policy 'NKSEditPolicy@dev,*-ns' --group developers
  nks-access get nrn:… --cluster staging -o yaml | nks-access create --cluster production -f -`,
		Args: arguments(0, 1),
	}
}

func (c *createCommand) addFlags(cmd *cobra.Command) {
	c.writes.addFlags(cmd, formatsOfLists...)
	c.addNamesFlag(cmd)
	cmd.ValidArgsFunction = c.completePrincipals
	c.grants.addFlags(cmd)
	c.grants.addFileFlag(cmd)
	cmd.Flags().StringVar(&c.principalType, "type", "", "principal `TYPE`: USER or ROLE (default: by the NRN)")
	cmd.Flags().BoolVar(&c.skipTypeCheck, "skip-type-check", false,
		"do not check the form of the NRN, nor --type against it")
	complete(cmd, "type", fixed("USER", "ROLE"))
}

func (c *createCommand) run(ctx context.Context, args []string) error {
	entry, name, err := c.newEntry(ctx, args)
	if err != nil {
		return err
	}
	return c.send(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
		if name != "" {
			nrn, err := c.nrnOf(readCtx, on.client, name)
			if err != nil {
				return nil, err
			}
			entry.Principal = access.NRN(nrn)
			if err := entry.Validate(); err != nil {
				return nil, err
			}
		}
		wanted := access.Entry{Principal: entry.Principal, Grants: entry.Grants}
		if err := c.approve(ctx, readCtx, on, access.Change{After: wanted}); err != nil {
			return nil, err
		}
		writeCtx, cancel := c.deadline(ctx)
		defer cancel()
		created, isNew, err := on.client.Ensure(writeCtx, on.cluster.uuid, entry)
		if exists := (*access.ExistsError)(nil); errors.As(err, &exists) {
			c.show(on.cluster, access.Change{Before: exists.Existing, After: wanted})
		}
		if err != nil {
			return nil, err
		}
		if isNew {
			c.say("Created entry %s on cluster %s.", created.UUID, on.cluster)
		} else {
			c.say("Entry %s already exists, unchanged.", created.UUID)
		}
		if created.Empty() {
			c.say("It has no groups and no policies. To add some, use nks-access grant.")
		}
		return &created, nil
	})
}

// newEntry returns the entry to create, of flags, file and argument. If the argument is a name, it
// returns that, too, and the entry has no principal yet.
func (c *createCommand) newEntry(ctx context.Context, args []string) (entry access.NewEntry, name string, err error) {
	given, err := c.readGrants(ctx, &c.grants)
	if err != nil {
		return access.NewEntry{}, "", err
	}
	principal := given.principal
	if len(args) == 1 {
		if given.principal != "" && given.principal != args[0] {
			return access.NewEntry{}, "", usagef("%s is for %s, not for %s", c.grants.fileName(), given.principal, args[0])
		}
		principal = args[0]
	}
	if principal == "" {
		return access.NewEntry{}, "", usagef("missing argument: the name or the NRN of a principal, or --from-file")
	}
	entry = access.NewEntry{
		Principal: access.AnyNRN(principal), // Validate says what is wrong with it
		Type:      cmp.Or(access.PrincipalType(c.principalType), given.principalType),
		Grants:    given.grants,
		Unchecked: c.skipTypeCheck,
	}
	_, isName := nameInWord(principal)
	if isName && len(args) == 1 {
		return entry, principal, nil
	}
	return entry, "", entry.Validate()
}
