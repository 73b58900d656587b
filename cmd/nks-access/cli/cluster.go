package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// clusterRef is a cluster as the user named it.
type clusterRef struct {
	uuid string
	name string // empty if the user gave the UUID
}

// String returns the name with the UUID behind it, or the UUID.
func (c clusterRef) String() string {
	if c.name == "" {
		return c.uuid
	}
	return term.Printable(c.name) + " (" + c.uuid + ")"
}

// addClusterFlag adds --cluster to a command that works on one cluster.
func (c *connection) addClusterFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&c.cluster, "cluster", "c", "", "name or UUID of the `CLUSTER` (environment: NKS_CLUSTER)")
	complete(cmd, "cluster", c.completeClusters)
}

// site is a cluster, and the client that reaches it.
type site struct {
	connection *connection
	client     *access.Client
	cluster    clusterRef
}

// list returns the entries of the cluster.
func (s site) list(ctx context.Context) ([]access.Entry, error) {
	return s.client.List(ctx, s.cluster.uuid)
}

// find returns an entry by its UUID, or by the NRN or the name of its principal.
func (s site) find(ctx context.Context, word string) (access.Entry, error) {
	uuidOrNRN, err := s.connection.nrnOf(ctx, s.client, word)
	if err != nil {
		return access.Entry{}, err
	}
	entry, err := s.client.Find(ctx, s.cluster.uuid, uuidOrNRN)
	var failed *access.Error
	isResponse := errors.As(err, &failed) && failed.Status != 0 // then it may be the cluster that is missing
	if errors.Is(err, access.ErrNotFound) && !isResponse {
		return entry, cmp.Or(checkNRN(uuidOrNRN), err)
	}
	return entry, err
}

// checkNRN returns an error for an NRN that no entry has, and that no principal can have.
func checkNRN(word string) error {
	problem := access.NRNProblem(word)
	if problem == "" || !strings.HasPrefix(word, "nrn:") {
		return nil
	}
	return usagef("no entry has %s, and it is no NRN: %s", word, problem)
}

// siteFunc works on a cluster.
type siteFunc func(ctx context.Context, on site) error

// onCluster calls f with the cluster that --cluster or NKS_CLUSTER names.
func (c *connection) onCluster(ctx context.Context, f siteFunc, more ...access.Option) error {
	nameOrUUID := orEnv(c.cluster, "NKS_CLUSTER")
	if nameOrUUID == "" {
		return usagef("missing cluster: use --cluster or set NKS_CLUSTER; nks-access clusters lists them")
	}
	client, err := c.client(more...)
	if err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	if access.IsUUID(nameOrUUID) {
		return f(ctx, site{c, client, clusterRef{uuid: nameOrUUID}})
	}
	found, err := client.Cluster(ctx, nameOrUUID)
	if err != nil {
		return err
	}
	c.called.add(found.UUID, nameOrUUID)
	return f(ctx, site{c, client, clusterRef{found.UUID, nameOrUUID}})
}
