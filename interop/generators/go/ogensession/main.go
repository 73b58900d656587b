// Command ogensession makes a session with the client that ogen generates.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/interop/generators/go/ogenapi"
	"github.com/nks-access/nks-access/signer"
)

const principal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"

// signed signs each request when it is sent. ogen asks for the three headers one by one, which is
// too early.
type signed struct {
	*signer.Signer
	http.Client
}

func (s *signed) Do(r *http.Request) (*http.Response, error) {
	if err := s.Sign(r.Context(), r); err != nil {
		return nil, err
	}
	return s.Client.Do(r)
}

func (*signed) AccessKey(context.Context, ogenapi.OperationName) (ogenapi.AccessKey, error) {
	return ogenapi.AccessKey{}, nil
}

func (*signed) Signature(context.Context, ogenapi.OperationName) (ogenapi.Signature, error) {
	return ogenapi.Signature{}, nil
}

func (*signed) Timestamp(context.Context, ogenapi.OperationName) (ogenapi.Timestamp, error) {
	return ogenapi.Timestamp{}, nil
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// as returns the response if it is a T.
func as[T any](response any, err error) T {
	check(err)
	want, ok := response.(T)
	if !ok {
		log.Fatalf("the response is %+v", response)
	}
	return want
}

func main() {
	s := &signed{
		signer.New(signer.Static(os.Getenv("NCLOUD_ACCESS_KEY"), os.Getenv("NCLOUD_SECRET_KEY"))),
		http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second},
	}
	client, err := ogenapi.NewClient(os.Getenv("NKS_BASE_URL"), s, ogenapi.WithClient(s))
	check(err)
	ctx := context.Background()
	cluster := uuid.MustParse(os.Getenv("NKS_CLUSTER"))

	as[*ogenapi.CreateAccessEntryOK](client.CreateAccessEntry(ctx, &ogenapi.CreateAccessEntryRequest{
		Type: ogenapi.EntryTypeROLE, Entry: principal,
		Policies: ogenapi.AccessPolicies{ogenapi.NewNamespacePolicyAccessPolicy(ogenapi.NamespacePolicy{
			Type: ogenapi.PolicyTypeNKSEditPolicy, Scope: ogenapi.NamespacePolicyScopeNamespace, Namespaces: []string{"dev"},
		})},
	}, ogenapi.CreateAccessEntryParams{UUID: ogenapi.UUID(cluster)}))
	list := as[*ogenapi.AccessEntryList](client.ListAccessEntries(ctx, ogenapi.ListAccessEntriesParams{UUID: ogenapi.UUID(cluster)}))
	if len(list.AccessEntries) != 1 || list.AccessEntries[0].Entry != principal {
		log.Fatalf("the list is %+v", list)
	}
	entry := ogenapi.UUID(uuid.MustParse(list.AccessEntries[0].UUID))
	as[*ogenapi.ChangeResult](client.UpdateAccessEntry(ctx, &ogenapi.UpdateAccessEntryRequest{
		Groups: ogenapi.Groups{"developers"},
		Policies: ogenapi.AccessPolicies{ogenapi.NewClusterPolicyAccessPolicy(ogenapi.ClusterPolicy{
			Type: ogenapi.PolicyTypeNKSViewPolicy, Scope: ogenapi.ClusterPolicyScopeCluster,
		})},
	}, ogenapi.UpdateAccessEntryParams{UUID: ogenapi.UUID(cluster), EntryUuid: entry}))
	got := as[*ogenapi.AccessEntryResult](client.GetAccessEntry(ctx, ogenapi.GetAccessEntryParams{UUID: ogenapi.UUID(cluster), EntryUuid: entry}))
	if got.AccessEntry.Groups[0] != "developers" || got.AccessEntry.Policies[0].Type.Value != "NKSViewPolicy" {
		log.Fatalf("the entry is %+v", got)
	}
	as[*ogenapi.ChangeResult](client.DeleteAccessEntry(ctx, ogenapi.DeleteAccessEntryParams{UUID: ogenapi.UUID(cluster), EntryUuid: entry}))
	missing := as[*ogenapi.GetAccessEntryNotFound](client.GetAccessEntry(ctx, ogenapi.GetAccessEntryParams{UUID: ogenapi.UUID(cluster), EntryUuid: entry}))
	if missing.Error.Message.Value == "" {
		log.Fatalf("the 404 is %+v", missing)
	}
	// Go cannot require a field. The request is refused before it is sent.
	if err := (&ogenapi.CreateAccessEntryRequest{Type: ogenapi.EntryTypeROLE}).Validate(); err == nil {
		log.Fatal("a create without entry is valid")
	}
	if err := (&ogenapi.NamespacePolicy{Type: ogenapi.PolicyTypeNKSEditPolicy, Scope: "namespace"}).Validate(); err == nil {
		log.Fatal("a policy for namespaces without namespaces is valid")
	}
}
