package access

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
)

// Cluster is a cluster, with the fields that managing access needs. Other holds all others that the service reports.
type Cluster struct {
	UUID       string         `json:"uuid"`
	Name       string         `json:"name"`
	Status     string         `json:"status"`   // such as RUNNING, NO_NODE or WORKING
	AuthType   string         `json:"authType"` // API, or CONFIG_MAP on a cluster where access entries do not work
	RegionCode string         `json:"regionCode,omitempty"`
	K8sVersion string         `json:"k8sVersion,omitempty"`
	Endpoint   string         `json:"endpoint,omitempty"`
	Other      map[string]any `json:"-"`
}

// Ready reports whether the cluster takes changes.
func (c Cluster) Ready() bool { return c.Status == "RUNNING" || c.Status == "NO_NODE" }

// TakesEntries reports whether access entries decide who may enter the cluster.
func (c Cluster) TakesEntries() bool { return c.AuthType == "API" }

func clusterFrom(c nks.Cluster) Cluster {
	return Cluster{c.UUID, c.Name, c.Status, c.AuthType, c.RegionCode, c.K8sVersion, c.Endpoint, c.AdditionalProperties}
}

// Clusters lists the clusters of the account in the region.
func (c *Client) Clusters(ctx context.Context) ([]Cluster, error) {
	var list nks.ClusterList
	err := c.do(ctx, call{
		op:     "list clusters",
		send:   func(ctx context.Context) (*http.Response, error) { return c.api.ListClusters(ctx) },
		result: &list,
		complete: func() bool {
			return list.Clusters != nil && !slices.ContainsFunc(list.Clusters, func(c nks.Cluster) bool { return c.UUID == "" || c.Name == "" })
		},
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

// Cluster finds a cluster by its UUID or its name. When more than one has the name, the error is [ErrAmbiguous] and lists
// them.
func (c *Client) Cluster(ctx context.Context, uuidOrName string) (Cluster, error) {
	if IsUUID(uuidOrName) {
		return c.getCluster(ctx, uuidOrName)
	}
	clusters, err := c.Clusters(ctx)
	if err != nil {
		return Cluster{}, err
	}
	named := slices.DeleteFunc(slices.Clone(clusters), func(cluster Cluster) bool { return cluster.Name != uuidOrName })
	switch len(named) {
	case 1:
		return named[0], nil
	case 0:
		var names []string
		for _, cluster := range clusters {
			names = append(names, clean(cluster.Name))
		}
		return Cluster{}, fmt.Errorf("find cluster %q: %w: the clusters at %s are: %s", uuidOrName, ErrNotFound,
			c.settings.BaseURL, strings.Join(names, ", "))
	}
	var uuids []string
	for _, cluster := range named {
		uuids = append(uuids, clean(cluster.UUID))
	}
	return Cluster{}, fmt.Errorf("find cluster %q: %w: %s", uuidOrName, ErrAmbiguous, strings.Join(uuids, ", "))
}

func (c *Client) getCluster(ctx context.Context, cluster string) (Cluster, error) {
	id, err := parseUUID("cluster", cluster)
	if err != nil {
		return Cluster{}, err
	}
	var result nks.ClusterResult
	err = c.do(ctx, call{
		op:       "get cluster " + cluster,
		cluster:  cluster,
		send:     func(ctx context.Context) (*http.Response, error) { return c.api.GetCluster(ctx, id) },
		result:   &result,
		complete: func() bool { return result.Cluster.UUID != "" && result.Cluster.Name != "" },
	})
	return clusterFrom(result.Cluster), err
}
