package access

import (
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/internal/meant"
)

// Cluster is a cluster, with the fields that managing access needs.
type Cluster struct {
	UUID       string `json:"uuid"`
	Name       string `json:"name"`
	Status     string `json:"status"`   // such as RUNNING, NO_NODE or WORKING
	AuthType   string `json:"authType"` // AuthTypeAPI or AuthTypeConfigMap
	RegionCode string `json:"regionCode,omitempty"`
	K8sVersion string `json:"k8sVersion,omitempty"`
	Endpoint   string `json:"endpoint,omitempty"`
}

// The auth types of a cluster: what decides who may enter it.
const (
	AuthTypeAPI       = "API"        // access entries
	AuthTypeConfigMap = "CONFIG_MAP" // the ConfigMap kube-system/ncp-auth; access entries do not work
)

const statusDeleting = "DELETING"

// Ready reports whether the cluster accepts changes.
func (c Cluster) Ready() bool { return c.Status == "RUNNING" || c.Status == "NO_NODE" }

// ClusterNotFoundError says that no cluster has the name or UUID. It is [ErrNotFound].
type ClusterNotFoundError struct {
	NameOrUUID string
	Clusters   []Cluster // those that there are
}

func (e *ClusterNotFoundError) Error() string {
	var names []string
	for _, cluster := range e.Clusters {
		names = append(names, clean(cluster.Name))
	}
	hint := meant.Bracketed(e.NameOrUUID, names...)
	return fmt.Sprintf("find cluster %q: %s: %s%s", e.NameOrUUID, ErrNotFound, sayClusters(names), hint)
}

// Is reports whether target is ErrNotFound.
func (e *ClusterNotFoundError) Is(target error) bool { return target == ErrNotFound }

func sayClusters(names []string) string {
	const most = 10
	if len(names) == 0 {
		return "there are no clusters"
	}
	if len(names) > most {
		return fmt.Sprintf("the %d clusters are: %s, …", len(names), strings.Join(names[:most], ", "))
	}
	return "the clusters are: " + strings.Join(names, ", ")
}

// FindCluster returns the cluster with the UUID or, if there is none, with the name. The error is a
// [*ClusterNotFoundError], or [ErrAmbiguous] if more than one cluster has the name.
func FindCluster(clusters []Cluster, nameOrUUID string) (Cluster, error) {
	var named []Cluster
	for _, cluster := range clusters {
		if strings.EqualFold(cluster.UUID, nameOrUUID) {
			return cluster, nil
		}
		if cluster.Name == nameOrUUID {
			named = append(named, cluster)
		}
	}
	switch len(named) {
	case 0:
		return Cluster{}, &ClusterNotFoundError{nameOrUUID, clusters}
	case 1:
		return named[0], nil
	}
	uuids := make([]string, len(named))
	for i, cluster := range named {
		uuids[i] = clean(cluster.UUID)
	}
	return Cluster{}, fmt.Errorf("find cluster %q: %w: use one of the UUIDs %s",
		nameOrUUID, ErrAmbiguous, strings.Join(uuids, ", "))
}
