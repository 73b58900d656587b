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

It asks before access is removed. To add or remove single groups and policies, use grant and revoke.`,
		Example: `  nks-access update nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSViewPolicy --no-groups
  nks-access get nrn:… -o yaml > entry.yaml; $EDITOR entry.yaml; nks-access update nrn:… -f entry.yaml`,
	}
	c := a.changeEntry(cmd, listFormats...)
	state.addFlags(cmd)
	state.addFromFile(cmd)
	cmd.Flags().BoolVar(&noGroups, "no-groups", false, "remove all groups")
	cmd.Flags().BoolVar(&noPolicies, "no-policies", false, "remove all policies")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		wanted, err := a.wanted(cmd, state)
		if err != nil {
			return err
		}
		if state.fromFile != "" && (wanted.Groups == nil || wanted.Policies == nil) {
			return usagef("%s: groups and policies are both required, because an update replaces both; "+
				"use an empty list to clear one", state.fromFile)
		}
		if noGroups {
			wanted.Groups = []string{}
		}
		if noPolicies {
			wanted.Policies = []access.Policy{}
		}
		if wanted.Groups == nil && wanted.Policies == nil {
			return usagef("nothing to update: use --group, --no-groups, --policy, --no-policies or --from-file")
		}
		return c.replace(cmd, args[0], func(entry access.Entry) (access.Entry, error) {
			if wanted.Entry != "" && wanted.Entry != entry.Principal {
				return entry, usagef("%s is for %s, not for %s", state.fromFile, wanted.Entry, entry.Principal)
			}
			if wanted.Groups != nil {
				entry.Groups = wanted.Groups
			}
			if wanted.Policies != nil {
				entry.Policies = wanted.Policies
			}
			return entry, nil
		})
	}
	return cmd
}

// replace reads an entry, shows what change does to it, asks before access is removed, and sends
// the whole new state.
func (c *changing) replace(
	cmd *cobra.Command, uuidOrNRN string, change func(access.Entry) (access.Entry, error),
) error {
	return c.run(cmd, func(ctx context.Context, client *access.Client, cluster string) (*access.Entry, error) {
		before, err := client.Find(ctx, cluster, uuidOrNRN)
		if err != nil {
			return nil, err
		}
		after, err := change(before)
		if err != nil {
			return nil, err
		}
		removed, adds := c.show(before, after.Groups, after.Policies)
		if len(removed) == 0 && !adds {
			c.say("Nothing to change.")
			return &before, nil
		}
		if len(removed) > 0 {
			question := fmt.Sprintf("Remove %s from %s?", strings.Join(removed, ", "), before.Principal)
			if err := c.confirm(cmd.Context(), question); err != nil {
				return nil, err
			}
		}
		ctx, cancel := c.deadline(cmd.Context()) // the time for the question does not count
		defer cancel()
		return &after, client.Apply(ctx, access.Change{Before: before, After: after})
	})
}
