package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

func (a *app) newUpdate() *cobra.Command {
	var state state
	var noGroups, noPolicies bool
	cmd := &cobra.Command{
		Use:   "update ENTRY",
		Short: "Replace the groups or policies of an access entry",
		Long: `Replace the groups of an access entry, its policies, or both. Without a flag for them, groups or policies stay as
they are. --no-groups and --no-policies remove all. A file replaces both, so it must have both.

It shows what changes, and asks before access is removed. To add or remove single groups and policies, use grant and
revoke.`,
		Example: `  nks-access update nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSViewPolicy --no-groups
  nks-access get nrn:… -o yaml > entry.yaml; $EDITOR entry.yaml; nks-access update nrn:… -f entry.yaml`,
		Args: arguments(1, 1),
	}
	c := a.change(cmd)
	c.asks(cmd)
	state.addFlags(cmd)
	state.addFromFile(cmd)
	cmd.Flags().BoolVar(&noGroups, "no-groups", false, "remove all groups")
	cmd.Flags().BoolVar(&noPolicies, "no-policies", false, "remove all policies")
	cmd.MarkFlagsMutuallyExclusive("group", "no-groups", "from-file")
	cmd.MarkFlagsMutuallyExclusive("policy", "no-policies", "from-file")
	cmd.ValidArgsFunction = c.completeEntries
	c.out = newOutput(cmd, listFormats...)
	cmd.RunE = command(func(cmd *cobra.Command, args []string) error {
		groups, policies, principal, err := a.newState(cmd.Context(), state)
		if err != nil {
			return err
		}
		setGroups := state.fromFile != "" || len(groups) > 0 || noGroups
		setPolicies := state.fromFile != "" || len(policies) > 0 || noPolicies
		if !setGroups && !setPolicies {
			return usagef("nothing to update: use --group, --no-groups, --policy, --no-policies or --from-file")
		}
		return c.replace(cmd, args[0], func(entry access.Entry) (access.Entry, error) {
			if principal != "" && principal != entry.Principal {
				return entry, usagef("%s is for %s, not for %s", state.fromFile, principal, entry.Principal)
			}
			if setGroups {
				entry.Groups = append([]string{}, groups...)
			}
			if setPolicies {
				entry.Policies = append([]access.Policy{}, policies...)
			}
			return entry, nil
		})
	})
	return cmd
}

// newState returns the groups and policies to set. principal is empty unless a file names it.
func (a *app) newState(
	ctx context.Context, s state,
) (groups []string, policies []access.Policy, principal string, err error) {
	if s.fromFile == "" {
		policies, err := s.parsePolicies()
		return s.groups, policies, "", err
	}
	file, err := a.readEntry(ctx, s.fromFile)
	if err != nil {
		return nil, nil, "", err
	}
	if file.Groups == nil || file.Policies == nil {
		return nil, nil, "", usagef("%s: groups and policies are both required, because an update replaces both; use an empty list to clear one", s.fromFile)
	}
	return *file.Groups, *file.Policies, file.Entry, nil
}

// replace reads an entry, shows what change does to it, asks before access is removed, and sends
// the whole new state.
func (c *changing) replace(
	cmd *cobra.Command, uuidOrNRN string, change func(access.Entry) (access.Entry, error),
) error {
	return c.run(cmd, func(ctx context.Context, client *access.Client, cluster string) error {
		before, err := client.Find(ctx, cluster, uuidOrNRN)
		if err != nil {
			return err
		}
		after, err := change(before)
		if err != nil {
			return err
		}
		made := access.Change{Before: before, After: after}
		removed, adds := c.show(made)
		if len(removed) == 0 && !adds {
			c.say("Nothing to change.")
			return c.result(cmd, before)
		}
		if len(removed) > 0 {
			question := fmt.Sprintf("Remove %s from %s?", strings.Join(removed, ", "), before.Principal)
			if err := c.confirm(cmd.Context(), question); err != nil {
				return err
			}
		}
		ctx, cancel := c.deadline(cmd.Context()) // the time for the question does not count
		defer cancel()
		if err := client.Apply(ctx, made); err != nil {
			return err
		}
		return c.result(cmd, after)
	})
}
