package cli

import (
	"context"
	"errors"
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
		Long: `Replace the groups or the policies of an access entry, or both. What is not named stays; --no-groups and
--no-policies clear. A file replaces both, so it must have both.

It shows what changes, and asks before access is taken away. To add or take away single groups and policies, use grant and
revoke.`,
		Example: `  nks-access update nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy NKSViewPolicy --no-groups
  nks-access get nrn:… -o yaml > entry.yaml; $EDITOR entry.yaml; nks-access update nrn:… -f entry.yaml`,
		Args: arguments(1, 1),
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
		groups, policies, principal, err := a.newState(cmd.Context(), state)
		if err != nil {
			return err
		}
		setGroups := state.fromFile != "" || len(groups) > 0 || noGroups
		setPolicies := state.fromFile != "" || len(policies) > 0 || noPolicies
		if !setGroups && !setPolicies {
			return usagef("what is to change? Give --group, --no-groups, --policy, --no-policies or --from-file")
		}
		return c.onCluster(cmd, func(ctx context.Context, client *access.Client, cluster string) error {
			return c.replace(ctx, cmd, out, client, cluster, args[0], func(entry access.Entry) (access.Entry, error) {
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
		}, c.options()...)
	})
	return cmd
}

// newState is what an update asks for, and for whom, when a file says that.
func (a *app) newState(ctx context.Context, s state) (groups []string, policies []access.Policy, principal string, err error) {
	if s.fromFile == "" {
		policies, err := s.parsePolicies()
		return s.groups, policies, "", err
	}
	file, err := a.readEntry(ctx, s.fromFile)
	if err != nil {
		return nil, nil, "", err
	}
	if file.Groups == nil || file.Policies == nil {
		return nil, nil, "", usagef("%s: groups and policies must both be there, because an update replaces both; an empty list clears", s.fromFile)
	}
	return *file.Groups, *file.Policies, file.Entry, nil
}

// replace changes an entry: it reads it, shows what changes, asks when access is taken away, and sends the whole new state.
func (c *changing) replace(ctx context.Context, cmd *cobra.Command, out *output, client *access.Client, cluster, uuidOrNRN string, change func(access.Entry) (access.Entry, error)) error {
	before, err := client.Find(ctx, cluster, uuidOrNRN)
	if err != nil {
		return err
	}
	after, err := change(before)
	if err != nil {
		return err
	}
	made := access.Change{Before: before, After: after}
	takes, adds := c.show(made)
	if len(takes) == 0 && !adds {
		c.say("Nothing to change.")
		return c.result(cmd, out, before)
	}
	if len(takes) > 0 {
		question := fmt.Sprintf("Take %s away from %s?", strings.Join(takes, ", "), before.Principal)
		if err := c.confirm(cmd.Context(), question); err != nil {
			return err
		}
	}
	// The time that a person took to answer does not count.
	ctx, cancel := c.deadline(cmd.Context())
	defer cancel()
	err = client.Apply(ctx, made)
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
