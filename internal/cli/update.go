package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newUpdate() *cobra.Command {
	var state state
	var noGroups, noPolicies bool
	cmd := &cobra.Command{
		Use:   "update ENTRY",
		Short: "Replace the groups or policies of an access entry",
		Long: `Replace the groups or the policies of an access entry, or both. What is not named stays; --no-groups and
--no-policies clear. A file replaces both, so it must have both.

It shows what changes, and asks before access is taken away. To add or take away single groups and policies, use grant and
revoke.`,
		Example: `  nks-access update nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSViewPolicy --no-groups
  nks-access get nrn:… -o yaml > entry.yaml; $EDITOR entry.yaml; nks-access update nrn:… -f entry.yaml`,
		Args: cobra.ExactArgs(1),
	}
	c := a.change(cmd)
	c.asks(cmd)
	state.addFlags(cmd)
	state.addFromFile(cmd)
	cmd.Flags().BoolVar(&noGroups, "no-groups", false, "take all groups away")
	cmd.Flags().BoolVar(&noPolicies, "no-policies", false, "take all policies away")
	cmd.MarkFlagsMutuallyExclusive("group", "no-groups", "from-file")
	cmd.MarkFlagsMutuallyExclusive("policy", "no-policies", "from-file")
	cmd.ValidArgsFunction = c.completeEntries
	out := newOutput(cmd, listFormats...)
	cmd.RunE = command(func(cmd *cobra.Command, args []string) error {
		groups, policies, err := a.newState(state)
		if err != nil {
			return err
		}
		setGroups := state.fromFile != "" || len(groups) > 0 || noGroups
		setPolicies := state.fromFile != "" || len(policies) > 0 || noPolicies
		if !setGroups && !setPolicies {
			return usagef("what is to change? Give --group, --no-groups, --policy, --no-policies or --from-file")
		}
		return c.onCluster(cmd, func(ctx context.Context, client *access.Client, cluster string) error {
			return c.replace(ctx, cmd, out, client, cluster, args[0], func(entry access.Entry) access.Entry {
				if setGroups {
					entry.Groups = append([]string{}, groups...)
				}
				if setPolicies {
					entry.Policies = append([]access.Policy{}, policies...)
				}
				return entry
			})
		}, c.options()...)
	})
	return cmd
}

func (a *app) newState(s state) ([]string, []access.Policy, error) {
	if s.fromFile == "" {
		policies, err := s.parsePolicies()
		return s.groups, policies, err
	}
	file, err := a.readEntry(s.fromFile)
	if err != nil {
		return nil, nil, err
	}
	if file.Groups == nil || file.Policies == nil {
		return nil, nil, usagef("%s: groups and policies must both be there, because an update replaces both; an empty list clears", s.fromFile)
	}
	return *file.Groups, *file.Policies, nil
}

// replace changes an entry: it reads it, shows what changes, asks when access is taken away, and sends the whole new state.
func (c *changing) replace(ctx context.Context, cmd *cobra.Command, out *output, client *access.Client, cluster, uuidOrNRN string, change func(access.Entry) access.Entry) error {
	before, err := client.Find(ctx, cluster, uuidOrNRN)
	if err != nil {
		return err
	}
	after := change(before)
	takes, adds := c.show(access.Change{Before: before, After: after})
	if !takes && !adds {
		c.say("Nothing to change.")
		return c.result(cmd, out, before)
	}
	if takes {
		if err := c.confirm("Take this access away?"); err != nil {
			return err
		}
	}
	err = client.Update(ctx, cluster, before.UUID, after.Groups, after.Policies)
	if errors.As(err, &dryRunError{}) {
		return nil
	}
	if err != nil {
		return err
	}
	return c.result(cmd, out, after)
}

// result prints the entry, unless --dry-run printed a request.
func (c *changing) result(cmd *cobra.Command, out *output, entry access.Entry) error {
	if c.dryRun {
		return nil
	}
	return out.entry(cmd, entry)
}
