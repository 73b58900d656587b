package emulator

import (
	"context"
	"errors"
	"net/http"

	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/emulator/internal/store"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/gen/nksserver"
)

// service implements the operations, for requests that keep the contract. The generated handler
// ignores a response that comes with an error.
type service struct{ *Emulator }

var _ nksserver.StrictServerInterface = service{}

func (s service) ListClusters(
	context.Context, nksserver.ListClustersRequestObject,
) (nksserver.ListClustersResponseObject, error) {
	body := nks.ClusterList{Clusters: s.listClusters()}
	return nksserver.ListClusters2XXJSONResponse{StatusCode: http.StatusOK, Body: body}, nil
}

func (s service) GetCluster(
	_ context.Context, r nksserver.GetClusterRequestObject,
) (nksserver.GetClusterResponseObject, error) {
	cluster, err := s.cluster(r.ClusterUUID.String())
	return nksserver.GetCluster2XXJSONResponse{StatusCode: http.StatusOK, Body: nks.ClusterResult{Cluster: cluster}}, err
}

func (s service) SetClusterAuthType(
	_ context.Context, r nksserver.SetClusterAuthTypeRequestObject,
) (nksserver.SetClusterAuthTypeResponseObject, error) {
	cluster := r.ClusterUUID.String()
	err := s.setAuthType(cluster, string(r.Body.AuthType))
	return nksserver.SetClusterAuthType2XXJSONResponse(changed(cluster)), err
}

func (s service) ListAccessEntries(
	_ context.Context, r nksserver.ListAccessEntriesRequestObject,
) (nksserver.ListAccessEntriesResponseObject, error) {
	cluster, err := s.cluster(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	body := nks.AccessEntryList{AccessEntries: s.listEntries(cluster.UUID)}
	return nksserver.ListAccessEntries2XXJSONResponse{StatusCode: http.StatusOK, Body: body}, nil
}

func (s service) GetAccessEntry(
	_ context.Context, r nksserver.GetAccessEntryRequestObject,
) (nksserver.GetAccessEntryResponseObject, error) {
	cluster, err := s.cluster(r.ClusterUUID.String())
	if err != nil {
		return nil, err
	}
	entry, err := s.store.Get(cluster.UUID, r.EntryUUID.String())
	body := nks.AccessEntryResult{AccessEntry: entry}
	return nksserver.GetAccessEntry2XXJSONResponse{StatusCode: http.StatusOK, Body: body}, err
}

func (s service) CreateAccessEntry(
	_ context.Context, r nksserver.CreateAccessEntryRequestObject,
) (nksserver.CreateAccessEntryResponseObject, error) {
	cluster := r.ClusterUUID.String()
	duplicates := s.Faults().forRequest(http.MethodPost, "createAccessEntry").Duplicates
	err := s.changeEntries(cluster, func() error {
		entry := s.newEntry(cluster, *r.Body)
		err := s.store.Create(cluster, entry, duplicates != "accept")
		for errors.Is(err, store.ErrTaken) { // a data file may have UUIDs of an earlier run with the same seed
			entry.UUID = s.random.uuid()
			err = s.store.Create(cluster, entry, duplicates != "accept")
		}
		return err
	})
	if duplicates == "400" && errors.As(err, new(*store.ExistsError)) {
		err = contract.Errorf(http.StatusBadRequest, "The principal has an access entry already.")
	}
	return nksserver.CreateAccessEntry2XXJSONResponse(changed(cluster)), err
}

// UpdateAccessEntry replaces the lists that are present and keeps the others. What the service does
// is not documented.
func (s service) UpdateAccessEntry(
	_ context.Context, r nksserver.UpdateAccessEntryRequestObject,
) (nksserver.UpdateAccessEntryResponseObject, error) {
	cluster := r.ClusterUUID.String()
	err := s.changeEntries(cluster, func() error {
		return s.store.Update(cluster, r.EntryUUID.String(), func(e *nks.AccessEntry) {
			if r.Body.Groups != nil {
				e.Groups = r.Body.Groups
			}
			if r.Body.Policies != nil {
				e.Policies = attach(r.Body.Policies)
			}
		})
	})
	return changed(cluster), err
}

func (s service) DeleteAccessEntry(
	_ context.Context, r nksserver.DeleteAccessEntryRequestObject,
) (nksserver.DeleteAccessEntryResponseObject, error) {
	cluster := r.ClusterUUID.String()
	err := s.changeEntries(cluster, func() error { return s.store.Delete(cluster, r.EntryUUID.String()) })
	return deleted(changed(cluster)), err
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

func (e *Emulator) newEntry(cluster string, r nks.CreateAccessEntryRequest) nks.AccessEntry {
	return nks.AccessEntry{
		UUID: e.random.uuid(), ClusterUUID: cluster, Entry: r.Entry, Groups: r.Groups, Policies: attach(r.Policies),
	}
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
