package emulator

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/gen/nksserver"
)

// service implements the operations, for requests that keep the contract.
type service struct{ *Emulator }

var _ nksserver.StrictServerInterface = (*service)(nil)

func (s *service) ListClusters(
	context.Context, nksserver.ListClustersRequestObject,
) (nksserver.ListClustersResponseObject, error) {
	return nksserver.ListClusters2XXJSONResponse{
		StatusCode: http.StatusOK, Body: nks.ClusterList{Clusters: s.clusters.list()},
	}, nil
}

func (s *service) GetCluster(
	_ context.Context, r nksserver.GetClusterRequestObject,
) (nksserver.GetClusterResponseObject, error) {
	cluster, err := s.clusters.get(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	return nksserver.GetCluster2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.ClusterResult{Cluster: cluster}}, nil
}

func (s *service) SetClusterAuthType(
	_ context.Context, r nksserver.SetClusterAuthTypeRequestObject,
) (nksserver.SetClusterAuthTypeResponseObject, error) {
	cluster := r.ClusterUUID.String()
	if err := s.clusters.setAuthType(cluster, string(r.Body.AuthType)); err != nil {
		return nil, err
	}
	return nksserver.SetClusterAuthType2XXJSONResponse(changed(cluster)), nil
}

func (s *service) ListAccessEntries(
	_ context.Context, r nksserver.ListAccessEntriesRequestObject,
) (nksserver.ListAccessEntriesResponseObject, error) {
	cluster, err := s.clusters.get(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	entries, err := s.clusters.store.List(cluster.UUID)
	if err != nil {
		return nil, err
	}
	for i := range entries {
		s.spellScopes(&entries[i])
	}
	return nksserver.ListAccessEntries2XXJSONResponse{
		StatusCode: http.StatusOK, Body: nks.AccessEntryList{AccessEntries: entries},
	}, nil
}

func (s *service) GetAccessEntry(
	_ context.Context, r nksserver.GetAccessEntryRequestObject,
) (nksserver.GetAccessEntryResponseObject, error) {
	cluster, err := s.clusters.get(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	entry, err := s.clusters.store.Get(cluster.UUID, r.EntryUUID.String())
	if err != nil {
		return nil, storeError(err, cluster.UUID, r.EntryUUID.String())
	}
	s.spellScopes(&entry)
	return nksserver.GetAccessEntry2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.AccessEntryResult{AccessEntry: entry}}, nil
}

func (s *service) CreateAccessEntry(
	_ context.Context, r nksserver.CreateAccessEntryRequestObject,
) (nksserver.CreateAccessEntryResponseObject, error) {
	cluster := r.ClusterUUID.String()
	err := s.clusters.changeEntries(cluster, func() error {
		entry := nks.AccessEntry{ClusterUUID: cluster, Entry: r.Body.Entry, Groups: r.Body.Groups, Policies: attach(r.Body.Policies)}
		for {
			entry.UUID = s.random.uuid()
			err := s.clusters.store.Create(cluster, entry)
			if errors.Is(err, ErrTaken) {
				continue // a seed makes the UUIDs of an earlier run again, and a data file may have them
			}
			return storeError(err, cluster, "")
		}
	})
	if err != nil {
		return nil, err
	}
	return nksserver.CreateAccessEntry2XXJSONResponse(changed(cluster)), nil
}

// UpdateAccessEntry replaces the lists that are present and keeps the others. What the service does
// is not documented.
func (s *service) UpdateAccessEntry(
	_ context.Context, r nksserver.UpdateAccessEntryRequestObject,
) (nksserver.UpdateAccessEntryResponseObject, error) {
	cluster, entry := r.ClusterUUID.String(), r.EntryUUID.String()
	err := s.clusters.changeEntries(cluster, func() error {
		err := s.clusters.store.Update(cluster, entry, func(e *nks.AccessEntry) {
			if r.Body.Groups != nil {
				e.Groups = r.Body.Groups
			}
			if r.Body.Policies != nil {
				e.Policies = attach(r.Body.Policies)
			}
		})
		return storeError(err, cluster, entry)
	})
	if err != nil {
		return nil, err
	}
	return changed(cluster), nil
}

func (s *service) DeleteAccessEntry(
	_ context.Context, r nksserver.DeleteAccessEntryRequestObject,
) (nksserver.DeleteAccessEntryResponseObject, error) {
	cluster, entry := r.ClusterUUID.String(), r.EntryUUID.String()
	err := s.clusters.changeEntries(cluster, func() error {
		return storeError(s.clusters.store.Delete(cluster, entry), cluster, entry)
	})
	if err != nil {
		return nil, err
	}
	return deleted(changed(cluster)), nil
}

// changed returns the response to a change, the UUID of the cluster. All changes have the same.
func changed(cluster string) nksserver.UpdateAccessEntry2XXJSONResponse {
	return nksserver.UpdateAccessEntry2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.ChangeResult{UUID: cluster}}
}

// deleted is the response to a delete with the body of the contract. The generated one has no body,
// because Go clients ignore it.
type deleted nksserver.UpdateAccessEntry2XXJSONResponse

// VisitDeleteAccessEntryResponse writes the response.
func (d deleted) VisitDeleteAccessEntryResponse(w http.ResponseWriter) error {
	return nksserver.UpdateAccessEntry2XXJSONResponse(d).VisitUpdateAccessEntryResponse(w)
}

// attach returns policies as responses spell them: Cluster for cluster, Namespace for namespace.
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

// spellScopes spells scopes in lower case if the fault scopes is on. It changes a copy: the store
// may share the policies.
func (s *service) spellScopes(entry *nks.AccessEntry) {
	if !s.Faults().LowerScopes {
		return
	}
	entry.Policies = slices.Clone(entry.Policies)
	for i := range entry.Policies {
		entry.Policies[i].Scope = strings.ToLower(entry.Policies[i].Scope)
	}
}
