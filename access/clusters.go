package access

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gateway"
)

// Clusters returns the clusters of the account in the region.
func (c *Client) Clusters(ctx context.Context) ([]Cluster, error) {
	return read(ctx, c, "list clusters", c.service.clusters)
}

// Cluster returns the cluster with the UUID or the name. The error is [ErrNotFound] if there is none,
// and [ErrAmbiguous] if more than one cluster has the name.
func (c *Client) Cluster(ctx context.Context, nameOrUUID string) (Cluster, error) {
	if IsUUID(nameOrUUID) {
		id, err := parseUUID("cluster", nameOrUUID)
		if err != nil {
			return Cluster{}, err
		}
		return c.cluster(ctx, "get cluster "+nameOrUUID, id)
	}
	clusters, err := c.Clusters(ctx)
	if err != nil {
		return Cluster{}, err
	}
	return FindCluster(clusters, nameOrUUID)
}

func (c *Client) cluster(ctx context.Context, op string, id uuid.UUID) (Cluster, error) {
	return read(ctx, c, op, func(ctx context.Context) (Cluster, error) { return c.service.cluster(ctx, id) })
}

// EnableAccessEntries switches the auth type of a cluster to API, so that access entries decide who may
// enter it. The switch cannot be undone, and the users of the ConfigMap kube-system/ncp-auth are not
// carried over (docs page "Change cluster auth type"). Until the first entry is created, nobody new
// can enter.
func (c *Client) EnableAccessEntries(ctx context.Context, cluster string) error {
	op := fmt.Sprintf("set auth type of cluster %s to %s", clean(cluster), AuthTypeAPI)
	id, err := parseUUID("cluster", cluster)
	if err != nil {
		return gateway.During(op, err)
	}
	return c.make(ctx, &enabling{client: c, op: op, id: id})
}

// WaitReady waits until the cluster accepts changes: until its status is RUNNING or NO_NODE. It returns
// [ErrDeleting] if the cluster is being deleted, and the error of ctx if that ends first, with the last
// status.
func (c *Client) WaitReady(ctx context.Context, cluster string) error {
	op := "wait for cluster " + clean(cluster)
	id, err := parseUUID("cluster", cluster)
	if err != nil {
		return gateway.During(op, err)
	}
	status := ""
	err = c.gateway.Poll(ctx, func() (bool, error) {
		found, err := c.cluster(ctx, op, id)
		if err != nil {
			return false, err
		}
		status = found.Status
		if status == statusDeleting {
			return false, fmt.Errorf("%s: %w", op, ErrDeleting)
		}
		return found.Ready(), nil
	})
	if err != nil && ctx.Err() != nil && status != "" {
		return fmt.Errorf("cluster %s is still %s: %w", cluster, clean(status), ctx.Err())
	}
	return err
}
