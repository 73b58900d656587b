package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/gen/nksserver"
)

// service answers requests that keep the contract. No source names the status of success; here it is always 200.
type service struct {
	store    Store
	clusters *clusters
	newUUID  func() string
}

var _ nksserver.StrictServerInterface = (*service)(nil)

func (s *service) ListClusters(context.Context, nksserver.ListClustersRequestObject) (nksserver.ListClustersResponseObject, error) {
	return nksserver.ListClusters2XXJSONResponse{
		StatusCode: http.StatusOK, Body: nks.ClusterList{Clusters: s.clusters.list()},
	}, nil
}

func (s *service) GetCluster(_ context.Context, r nksserver.GetClusterRequestObject) (nksserver.GetClusterResponseObject, error) {
	cluster, err := s.clusters.get(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	return nksserver.GetCluster2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.ClusterResult{Cluster: cluster}}, nil
}

func (s *service) ListAccessEntries(_ context.Context, r nksserver.ListAccessEntriesRequestObject) (nksserver.ListAccessEntriesResponseObject, error) {
	cluster, err := s.clusters.get(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	entries, err := s.store.List(cluster.UUID)
	if err != nil {
		return nil, err
	}
	return nksserver.ListAccessEntries2XXJSONResponse{
		StatusCode: http.StatusOK, Body: nks.AccessEntryList{AccessEntries: entries},
	}, nil
}

func (s *service) GetAccessEntry(_ context.Context, r nksserver.GetAccessEntryRequestObject) (nksserver.GetAccessEntryResponseObject, error) {
	cluster, err := s.clusters.get(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	entry, err := s.store.Get(cluster.UUID, r.EntryUUID.String())
	if err != nil {
		return nil, storeError(err, cluster.UUID, r.EntryUUID.String(), "")
	}
	return nksserver.GetAccessEntry2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.AccessEntryResult{AccessEntry: entry}}, nil
}

func (s *service) CreateAccessEntry(_ context.Context, r nksserver.CreateAccessEntryRequestObject) (nksserver.CreateAccessEntryResponseObject, error) {
	cluster := r.ClusterUUID.String()
	err := s.clusters.change(cluster, func() error {
		entry := nks.AccessEntry{ClusterUUID: cluster, Entry: r.Body.Entry, Groups: r.Body.Groups, Policies: attach(r.Body.Policies)}
		for {
			entry.UUID = s.newUUID()
			err := s.store.Create(cluster, entry)
			if errors.Is(err, ErrTaken) {
				continue // a seed draws the UUIDs of an earlier run again, which a data file may hold
			}
			return storeError(err, cluster, "", r.Body.Entry)
		}
	})
	if err != nil {
		return nil, err
	}
	return nksserver.CreateAccessEntry2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.ChangeResult{UUID: cluster}}, nil
}

// UpdateAccessEntry replaces the lists that are present and keeps those left out. Whether the service keeps or clears a list
// that is left out is not documented.
func (s *service) UpdateAccessEntry(_ context.Context, r nksserver.UpdateAccessEntryRequestObject) (nksserver.UpdateAccessEntryResponseObject, error) {
	cluster, entry := r.ClusterUUID.String(), r.EntryUUID.String()
	err := s.clusters.change(cluster, func() error {
		err := s.store.Update(cluster, entry, func(e *nks.AccessEntry) {
			if r.Body.Groups != nil {
				e.Groups = r.Body.Groups
			}
			if r.Body.Policies != nil {
				e.Policies = attach(r.Body.Policies)
			}
		})
		return storeError(err, cluster, entry, "")
	})
	if err != nil {
		return nil, err
	}
	return nksserver.UpdateAccessEntry2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.ChangeResult{UUID: cluster}}, nil
}

func (s *service) DeleteAccessEntry(_ context.Context, r nksserver.DeleteAccessEntryRequestObject) (nksserver.DeleteAccessEntryResponseObject, error) {
	cluster, entry := r.ClusterUUID.String(), r.EntryUUID.String()
	err := s.clusters.change(cluster, func() error {
		return storeError(s.store.Delete(cluster, entry), cluster, entry, "")
	})
	if err != nil {
		return nil, err
	}
	return deleted{nks.ChangeResult{UUID: cluster}}, nil
}

// SetClusterAuthType switches a cluster to API. The contract allows no other value.
func (s *service) SetClusterAuthType(_ context.Context, r nksserver.SetClusterAuthTypeRequestObject) (nksserver.SetClusterAuthTypeResponseObject, error) {
	cluster := r.ClusterUUID.String()
	if err := s.clusters.setAuthType(cluster, string(r.Body.AuthType)); err != nil {
		return nil, err
	}
	return nksserver.SetClusterAuthType2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.ChangeResult{UUID: cluster}}, nil
}

// storeError makes what the service answers of an error of the store.
func storeError(err error, cluster, entry, principal string) error {
	var exists *ExistsError
	switch {
	case errors.Is(err, ErrNoEntry):
		return entryNotFound(cluster, entry)
	case errors.As(err, &exists):
		return entryExists(cluster, exists.UUID, principal)
	}
	return err
}

// deleted has the body of the contract. The Go overlay drops it, because the docs show none.
type deleted struct{ nks.ChangeResult }

func (d deleted) VisitDeleteAccessEntryResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(d.ChangeResult)
}

// attach spells policies as responses do: Cluster for cluster, Namespace for namespace.
func attach(policies []nks.AccessPolicy) []nks.AttachedPolicy {
	attached := make([]nks.AttachedPolicy, len(policies))
	for i, policy := range policies {
		scope := "Cluster"
		if policy.Scope == nks.AccessPolicyScopeNamespace {
			scope = "Namespace"
		}
		attached[i] = nks.AttachedPolicy{Type: string(policy.Type), Scope: scope, Namespaces: policy.Namespaces}
	}
	return attached
}
