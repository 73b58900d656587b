package access

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/gen/nks"
)

// maxEntries is the limit of entries of one cluster. It is ours: it bounds what a response costs, and
// is far above what a cluster needs.
const maxEntries = 50_000

// smallList is the size of a list that is read beside others. A larger list is read alone, so that many
// at once do not take all memory.
const smallList = 512 << 10

// v2 speaks version 2 of the API through the generated client. It turns values into wire form, and
// responses into values.
type v2 struct {
	api   nks.ClientInterface
	large chan struct{} // holds a value while a large list is read
}

func newV2(g *gateway.Gateway) (v2, error) {
	api, err := nks.NewClient(g.Settings().BaseURL, nks.WithHTTPClient(g))
	return v2{api, make(chan struct{}, 1)}, err
}

func (v v2) clusters(ctx context.Context) ([]Cluster, error) {
	resp, err := v.api.ListClusters(ctx)
	if err != nil {
		return nil, err
	}
	var list nks.ClusterList
	body, err := decode(resp, &list)
	if err != nil {
		return nil, err
	}
	if list.Clusters == nil {
		return nil, gateway.Unexpected(resp, body)
	}
	seen := make(map[string]bool, len(list.Clusters))
	clusters := make([]Cluster, len(list.Clusters))
	for i, cluster := range list.Clusters {
		if cluster.UUID == "" || cluster.Name == "" {
			return nil, gateway.Unexpected(resp, body)
		}
		id := strings.ToLower(cluster.UUID)
		if seen[id] {
			return nil, duplicate(resp, "cluster", cluster.UUID)
		}
		seen[id] = true
		clusters[i] = clusterFrom(cluster)
	}
	return clusters, nil
}

func (v v2) cluster(ctx context.Context, cluster uuid.UUID) (Cluster, error) {
	resp, err := v.api.GetCluster(ctx, cluster)
	if err != nil {
		return Cluster{}, err
	}
	var result nks.ClusterResult
	body, err := decode(resp, &result)
	if err != nil {
		return Cluster{}, err
	}
	if result.Cluster.UUID == "" || result.Cluster.Name == "" {
		return Cluster{}, gateway.Unexpected(resp, body)
	}
	if !sameUUID(result.Cluster.UUID, cluster) {
		return Cluster{}, aboutAnother(resp, "cluster", result.Cluster.UUID)
	}
	return clusterFrom(result.Cluster), nil
}

func (v v2) list(ctx context.Context, cluster uuid.UUID) ([]Entry, error) {
	entries, err := v.listUpTo(gateway.LimitResponse(ctx, smallList), cluster)
	if !errors.Is(err, ErrTooLarge) {
		return entries, err
	}
	select {
	case v.large <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-v.large }()
	return v.listUpTo(ctx, cluster)
}

// listUpTo lists entries, up to the limit of responses in ctx.
func (v v2) listUpTo(ctx context.Context, cluster uuid.UUID) ([]Entry, error) {
	resp, err := v.api.ListAccessEntries(ctx, cluster)
	if err != nil {
		return nil, err
	}
	var list nks.AccessEntryList
	body, err := decode(resp, &list)
	if err != nil {
		return nil, err
	}
	if list.AccessEntries == nil {
		return nil, gateway.Unexpected(resp, body)
	}
	if len(list.AccessEntries) > maxEntries {
		return nil, gateway.TooLarge(resp,
			fmt.Sprintf("the response lists %d entries; the limit is %d", len(list.AccessEntries), maxEntries))
	}
	unknown := unknownFields(body)
	seen := make(map[string]bool, len(list.AccessEntries))
	entries := make([]Entry, len(list.AccessEntries))
	for i, entry := range list.AccessEntries {
		entries[i], err = entryFrom(resp, body, cluster, entry)
		if err != nil {
			return nil, err
		}
		id := strings.ToLower(entry.UUID)
		if seen[id] {
			return nil, duplicate(resp, "entry", entry.UUID)
		}
		seen[id] = true
		if unknown != nil {
			unknown.AccessEntries[i].fill(&entries[i])
		}
	}
	return entries, nil
}

func (v v2) get(ctx context.Context, cluster, entry uuid.UUID) (Entry, error) {
	resp, err := v.api.GetAccessEntry(ctx, cluster, entry)
	if err != nil {
		return Entry{}, err
	}
	var result nks.AccessEntryResult
	body, err := decode(resp, &result)
	if err != nil {
		return Entry{}, err
	}
	found, err := entryFrom(resp, body, cluster, result.AccessEntry)
	if err != nil {
		return Entry{}, err
	}
	if !sameUUID(found.UUID, entry) {
		return Entry{}, aboutAnother(resp, "entry", found.UUID)
	}
	if unknown := unknownFields(body); unknown != nil {
		unknown.AccessEntry.fill(&found)
	}
	return found, nil
}

func (v v2) create(ctx context.Context, cluster uuid.UUID, entry NewEntry) error {
	resp, err := v.api.CreateAccessEntry(ctx, cluster, nks.CreateAccessEntryRequest{
		Type:     nks.EntryType(entry.principalType()),
		Entry:    string(entry.Principal),
		Groups:   entry.Groups,
		Policies: requestPolicies(entry.Policies),
	})
	if err != nil {
		return err
	}
	return checkChange(resp, cluster)
}

// update sends both lists always, because no source says what leaving one out does.
func (v v2) update(ctx context.Context, cluster, entry uuid.UUID, grants Grants) error {
	grants = grants.Filled()
	body := nks.UpdateAccessEntryRequest{Groups: grants.Groups, Policies: requestPolicies(grants.Policies)}
	data, err := withUnknownFields(body, grants.Policies)
	if err != nil {
		return err
	}
	resp, err := v.api.UpdateAccessEntryWithBody(ctx, cluster, entry, "application/json", bytes.NewReader(data))
	if err != nil {
		return err
	}
	return checkChange(resp, cluster)
}

// remove takes any success, because the sources disagree about the body.
func (v v2) remove(ctx context.Context, cluster, entry uuid.UUID) error {
	_, err := v.api.DeleteAccessEntry(ctx, cluster, entry)
	return err
}

func (v v2) enableEntries(ctx context.Context, cluster uuid.UUID) error {
	resp, err := v.api.SetClusterAuthType(ctx, cluster, nks.SetClusterAuthTypeRequest{AuthType: nks.AuthTypeAPI})
	if err != nil {
		return err
	}
	return checkChange(resp, cluster)
}

// decode decodes the body of a success, and returns it.
func decode(resp *http.Response, into any) ([]byte, error) {
	body, err := io.ReadAll(resp.Body)
	if err != nil || json.Unmarshal(body, into) != nil {
		return body, gateway.Unexpected(resp, body)
	}
	return body, nil
}

// checkChange checks the response to a change, which names the cluster.
func checkChange(resp *http.Response, cluster uuid.UUID) error {
	var result nks.ChangeResult
	body, err := decode(resp, &result)
	if err != nil {
		return err
	}
	if result.UUID == "" {
		return gateway.Unexpected(resp, body)
	}
	if !sameUUID(result.UUID, cluster) {
		return aboutAnother(resp, "cluster", result.UUID)
	}
	return nil
}

// aboutAnother returns the error for a success that is about another cluster or entry.
func aboutAnother(resp *http.Response, what, id string) error {
	failed := gateway.Unexpected(resp, nil)
	failed.Message = fmt.Sprintf("the response is about another %s: %s", what, clean(id))
	return failed
}

// duplicate returns the error for a list that has a cluster or entry twice.
func duplicate(resp *http.Response, what, id string) error {
	failed := gateway.Unexpected(resp, nil)
	failed.Message = fmt.Sprintf("the response lists %s %s more than once", what, clean(id))
	return failed
}

func sameUUID(text string, id uuid.UUID) bool { return strings.EqualFold(text, id.String()) }

func clusterFrom(c nks.Cluster) Cluster {
	return Cluster{
		UUID: c.UUID, Name: c.Name, Status: c.Status, AuthType: c.AuthType,
		RegionCode: c.RegionCode, K8sVersion: c.K8sVersion, Endpoint: c.Endpoint,
	}
}

// entryFrom returns an entry of a response. Lists are never nil, and scopes have the spelling of
// requests. The error is that of a response without a required field, or about another cluster.
func entryFrom(resp *http.Response, body []byte, cluster uuid.UUID, e nks.AccessEntry) (Entry, error) {
	if e.UUID == "" || e.Entry == "" {
		return Entry{}, gateway.Unexpected(resp, body)
	}
	if e.ClusterUUID != "" && !sameUUID(e.ClusterUUID, cluster) {
		return Entry{}, aboutAnother(resp, "cluster", e.ClusterUUID)
	}
	entry := Entry{
		UUID: e.UUID, ClusterUUID: cluster.String(), Principal: AnyNRN(e.Entry), Username: e.Username,
		Grants: Grants{Groups: append([]string{}, e.Groups...), Policies: make([]Policy, len(e.Policies))},
	}
	for i, p := range e.Policies {
		entry.Policies[i] = Policy{Type: PolicyType(p.Type), Scope: requestScope(p.Scope), Namespaces: p.Namespaces}
	}
	return entry, nil
}

// requestPolicies returns policies for a request. The result is never nil.
func requestPolicies(policies []Policy) []nks.AccessPolicy {
	request := make([]nks.AccessPolicy, len(policies))
	for i, p := range policies {
		request[i] = nks.AccessPolicy{
			Type: nks.PolicyType(p.Type), Scope: nks.AccessPolicyScope(requestScope(p.Scope)), Namespaces: p.Namespaces,
		}
	}
	return request
}

// openEntry has the policies of an entry with all their fields.
type openEntry struct {
	Policies []map[string]json.RawMessage `json:"policies"`
}

// openBody is a response with entries, with all fields of their policies.
type openBody struct {
	AccessEntries []openEntry `json:"accessEntries"`
	AccessEntry   openEntry   `json:"accessEntry"`
}

// fieldsOfPolicy are the fields of a policy that this package knows.
var fieldsOfPolicy = []string{"type", "scope", "namespaces"}

// unknownFields returns the fields of policies that the contract does not know, or nil if there are
// none. Bodies without such fields, which is all that have been seen, are decoded once more here, and
// not into maps.
func unknownFields(body []byte) *openBody {
	var known struct {
		AccessEntries []knownEntry `json:"accessEntries"`
		AccessEntry   *knownEntry  `json:"accessEntry"`
	}
	strict := json.NewDecoder(bytes.NewReader(body))
	strict.DisallowUnknownFields()
	if strict.Decode(&known) == nil {
		return nil
	}
	var open openBody
	if json.Unmarshal(body, &open) != nil {
		return nil
	}
	return &open
}

// knownEntry has all fields of an entry.
type knownEntry struct {
	UUID        json.RawMessage `json:"uuid"`
	ClusterUUID json.RawMessage `json:"clusterUuid"`
	Entry       json.RawMessage `json:"entry"`
	Username    json.RawMessage `json:"username"`
	Groups      json.RawMessage `json:"groups"`
	Policies    []struct {
		Type       json.RawMessage `json:"type"`
		Scope      json.RawMessage `json:"scope"`
		Namespaces json.RawMessage `json:"namespaces"`
	} `json:"policies"`
}

// fill gives the policies of entry their unknown fields. It takes the fields from o.
func (o openEntry) fill(entry *Entry) {
	for i, fields := range o.Policies {
		for _, known := range fieldsOfPolicy {
			delete(fields, known)
		}
		if len(fields) > 0 {
			entry.Policies[i].unknown = fields
		}
	}
}

// withUnknownFields returns the body of a request, with the unknown fields of the policies.
func withUnknownFields(request nks.UpdateAccessEntryRequest, policies []Policy) ([]byte, error) {
	data, err := json.Marshal(request)
	if err != nil || !slices.ContainsFunc(policies, Policy.hasUnknownFields) {
		return data, err
	}
	var open struct {
		Groups   json.RawMessage              `json:"groups"`
		Policies []map[string]json.RawMessage `json:"policies"`
	}
	if err := json.Unmarshal(data, &open); err != nil {
		return nil, err
	}
	for i, policy := range policies {
		maps.Copy(open.Policies[i], policy.unknown)
	}
	return json.Marshal(open)
}

func (p Policy) hasUnknownFields() bool { return len(p.unknown) > 0 }
