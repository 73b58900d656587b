package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/gen/nks"
)

func newCreate(c *connection) *cobra.Command {
	var out output
	var policies, groups []string
	cmd := &cobra.Command{
		Use:   "create NRN",
		Short: "Let a principal into a cluster",
		Example: `  nks-access create nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c --policy NKSViewPolicy
  nks-access create nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --policy 'NKSEditPolicy@dev,*-ns' --group developers`,
		Args: cobra.ExactArgs(1),
		RunE: run(func(cmd *cobra.Command, args []string) error {
			body := nks.CreateAccessEntryRequest{Entry: args[0], Groups: groups}
			switch {
			case strings.Contains(args[0], ":SubAccount/"):
				body.Type = nks.AccessEntryTypeUser
			case strings.Contains(args[0], ":Role/"):
				body.Type = nks.AccessEntryTypeRole
			default:
				return usagef("%q is neither the NRN of a sub account (…:SubAccount/…) nor that of a role (…:Role/…)", args[0])
			}
			for _, p := range policies {
				policy, err := parsePolicy(p)
				if err != nil {
					return err
				}
				body.Policies = append(body.Policies, policy)
			}
			cluster, err := c.clusterUUID()
			if err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			what := fmt.Sprintf("create access entry for %s on cluster %s", body.Entry, cluster)
			resp, err := client.CreateAccessEntryWithResponse(cmd.Context(), cluster, body)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if resp.StatusCode()/100 != 2 {
				return failure(what, resp.Status(), resp.JSONDefault)
			}
			entries, err := listEntries(cmd.Context(), client, cluster)
			if err != nil {
				return err
			}
			for _, entry := range entries {
				if entry.Entry == body.Entry {
					return out.entry(cmd, entry)
				}
			}
			return fmt.Errorf("%s: it was created, but the list of entries does not hold it yet", what)
		}),
	}
	c.addFlags(cmd)
	out.addFlag(cmd)
	cmd.Flags().StringArrayVar(&policies, "policy", nil, "access `POLICY`, as TYPE for the whole cluster or TYPE@NAMESPACE,NAMESPACE (repeatable)")
	cmd.Flags().StringArrayVar(&groups, "group", nil, "Kubernetes `GROUP` (repeatable)")
	return cmd
}

func newList(c *connection) *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the access entries of a cluster",
		Args:  cobra.NoArgs,
		RunE: run(func(cmd *cobra.Command, _ []string) error {
			cluster, err := c.clusterUUID()
			if err != nil {
				return err
			}
			client, err := c.client()
			if err != nil {
				return err
			}
			entries, err := listEntries(cmd.Context(), client, cluster)
			if err != nil {
				return err
			}
			return out.entries(cmd, entries)
		}),
	}
	c.addFlags(cmd)
	out.addFlag(cmd)
	return cmd
}

func newGet(c *connection) *cobra.Command {
	var out output
	cmd := &cobra.Command{
		Use:   "get ENTRY-UUID",
		Short: "Show an access entry",
		Args:  cobra.ExactArgs(1),
		RunE: run(func(cmd *cobra.Command, args []string) error {
			client, cluster, entry, err := c.entry(args[0])
			if err != nil {
				return err
			}
			what := fmt.Sprintf("get access entry %s on cluster %s", entry, cluster)
			resp, err := client.GetAccessEntryWithResponse(cmd.Context(), cluster, entry)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if resp.JSON2XX == nil {
				return failure(what, resp.Status(), resp.JSONDefault)
			}
			return out.entry(cmd, resp.JSON2XX.AccessEntry)
		}),
	}
	c.addFlags(cmd)
	out.addFlag(cmd)
	return cmd
}

func newDelete(c *connection) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "delete ENTRY-UUID",
		Short: "Shut a principal out of a cluster",
		Args:  cobra.ExactArgs(1),
		RunE: run(func(cmd *cobra.Command, args []string) error {
			client, cluster, entry, err := c.entry(args[0])
			if err != nil {
				return err
			}
			what := fmt.Sprintf("delete access entry %s on cluster %s", entry, cluster)
			resp, err := client.DeleteAccessEntryWithResponse(cmd.Context(), cluster, entry)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if resp.StatusCode()/100 != 2 {
				return failure(what, resp.Status(), resp.JSONDefault)
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "Deleted access entry %s on cluster %s.\n", entry, cluster)
			return nil
		}),
	}
	c.addFlags(cmd)
	return cmd
}

// entry prepares a call that is about one entry.
func (c *connection) entry(arg string) (client *nks.ClientWithResponses, cluster, entry uuid.UUID, err error) {
	if entry, err = uuid.Parse(arg); err != nil {
		return nil, cluster, entry, usagef("entry %q is not a UUID; nks-access list shows them", arg)
	}
	if cluster, err = c.clusterUUID(); err != nil {
		return nil, cluster, entry, err
	}
	client, err = c.client()
	return client, cluster, entry, err
}

func listEntries(ctx context.Context, client *nks.ClientWithResponses, cluster uuid.UUID) ([]nks.AccessEntry, error) {
	what := fmt.Sprintf("list access entries on cluster %s", cluster)
	resp, err := client.ListAccessEntriesWithResponse(ctx, cluster)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if resp.JSON2XX == nil {
		return nil, failure(what, resp.Status(), resp.JSONDefault)
	}
	return resp.JSON2XX.AccessEntries, nil
}

// parsePolicy reads a policy of the cluster (NKSViewPolicy) or of namespaces (NKSEditPolicy@dev,*-ns).
func parsePolicy(s string) (nks.AccessPolicy, error) {
	name, namespaces, scoped := strings.Cut(s, "@")
	policy := nks.AccessPolicy{Type: nks.AccessPolicyType(name), Scope: nks.AccessPolicyScopeCluster}
	if !policy.Type.Valid() {
		return policy, usagef("policy %q: type must be NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy or NKSViewPolicy", s)
	}
	if scoped {
		policy.Scope = nks.AccessPolicyScopeNamespace
		for _, namespace := range strings.Split(namespaces, ",") {
			if namespace == "" {
				return policy, usagef("policy %q: a namespace is missing after @ or a comma", s)
			}
			policy.Namespaces = append(policy.Namespaces, namespace)
		}
	}
	return policy, nil
}
