package access

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
)

// Cluster is a cluster, with the fields that managing access needs. Other holds the other fields of
// the response.
type Cluster struct {
	UUID       string         `json:"uuid"`
	Name       string         `json:"name"`
	Status     string         `json:"status"`   // such as RUNNING, NO_NODE or WORKING
	AuthType   string         `json:"authType"` // API, or CONFIG_MAP if access entries do not work on the cluster
	RegionCode string         `json:"regionCode,omitempty"`
	K8sVersion string         `json:"k8sVersion,omitempty"`
	Endpoint   string         `json:"endpoint,omitempty"`
	Other      map[string]any `json:"-"`
}

// Ready reports whether the cluster accepts changes.
func (c Cluster) Ready() bool { return c.Status == "RUNNING" || c.Status == "NO_NODE" }

// TakesEntries reports whether access entries decide who may enter the cluster.
func (c Cluster) TakesEntries() bool { return c.AuthType == "API" }

func clusterFrom(c nks.Cluster) Cluster {
	return Cluster{c.UUID, c.Name, c.Status, c.AuthType, c.RegionCode, c.K8sVersion, c.Endpoint, c.AdditionalProperties}
}

// Clusters returns the clusters of the account in the region.
func (c *Client) Clusters(ctx context.Context) ([]Cluster, error) {
	list, err := read(ctx, c, call{
		op:   "list clusters",
		send: func(ctx context.Context) (*http.Response, error) { return c.api.ListClusters(ctx) },
	}, func(list nks.ClusterList) bool {
		return list.Clusters != nil && !slices.ContainsFunc(list.Clusters, unnamed)
	})
	if err != nil {
		return nil, err
	}
	clusters := make([]Cluster, len(list.Clusters))
	for i, cluster := range list.Clusters {
		clusters[i] = clusterFrom(cluster)
	}
	return clusters, nil
}

// Cluster returns the cluster with the UUID or the name. The error is ErrNotFound if there is none,
// and ErrAmbiguous if more than one cluster has the name.
func (c *Client) Cluster(ctx context.Context, uuidOrName string) (Cluster, error) {
	if IsUUID(uuidOrName) {
		return c.getCluster(ctx, uuidOrName)
	}
	clusters, err := c.Clusters(ctx)
	if err != nil {
		return Cluster{}, err
	}
	var names, uuids []string
	var found Cluster
	for _, cluster := range clusters {
		names = append(names, clean(cluster.Name))
		if cluster.Name == uuidOrName {
			found, uuids = cluster, append(uuids, clean(cluster.UUID))
		}
	}
	switch len(uuids) {
	case 0:
		return Cluster{}, fmt.Errorf("find cluster %q: %w: the clusters at %s are: %s", uuidOrName, ErrNotFound,
			c.settings.BaseURL, strings.Join(names, ", "))
	case 1:
		return found, nil
	}
	return Cluster{}, fmt.Errorf("find cluster %q: %w: %s", uuidOrName, ErrAmbiguous, strings.Join(uuids, ", "))
}

func (c *Client) getCluster(ctx context.Context, cluster string) (Cluster, error) {
	op := "get cluster " + clean(cluster)
	result, err := read(ctx, c, call{
		op: op, ids: []string{cluster},
		send: func(ctx context.Context) (*http.Response, error) {
			return c.api.GetCluster(ctx, uuid.MustParse(cluster))
		},
	}, func(result nks.ClusterResult) bool { return !unnamed(result.Cluster) })
	return clusterFrom(result.Cluster), err
}

// unnamed reports whether a cluster lacks a field that the contract requires.
func unnamed(c nks.Cluster) bool { return c.UUID == "" || c.Name == "" }

// SetAuthType sets what decides who may enter the cluster. The only valid authType is "API": access
// entries. The switch cannot be undone, and the users of the ConfigMap kube-system/ncp-auth are not
// carried over (docs).
func (c *Client) SetAuthType(ctx context.Context, cluster, authType string) error {
	op := fmt.Sprintf("set auth type of cluster %s to %s", clean(cluster), clean(authType))
	body := nks.SetClusterAuthTypeRequest{AuthType: nks.AuthType(authType)}
	var invalid error
	if !body.AuthType.Valid() {
		invalid = violation("auth type", fmt.Sprintf("must be %s, not %q", nks.AuthTypeAPI, authType))
	}
	_, err := c.change(ctx, change{
		call: call{
			op: op, ids: []string{cluster}, decode: isClusterUUID, invalid: invalid,
			send: func(ctx context.Context) (*http.Response, error) {
				return c.api.SetClusterAuthType(ctx, uuid.MustParse(cluster), body)
			},
		},
		done: func(ctx context.Context) (bool, error) {
			found, err := c.getCluster(ctx, cluster)
			return found.AuthType == authType, err
		},
	})
	return err
}
