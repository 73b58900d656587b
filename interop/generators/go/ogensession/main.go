// Command ogensession makes a session with the client that ogen generates. If the environment has
// DEVIATION, the emulator deviates from the contract, such as lists=null.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/interop/generators/go/ogen"
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

func (*signed) AccessKey(context.Context, ogen.OperationName) (ogen.AccessKey, error) {
	return ogen.AccessKey{}, nil
}

func (*signed) Signature(context.Context, ogen.OperationName) (ogen.Signature, error) {
	return ogen.Signature{}, nil
}

func (*signed) Timestamp(context.Context, ogen.OperationName) (ogen.Timestamp, error) {
	return ogen.Timestamp{}, nil
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
	client, err := ogen.NewClient(os.Getenv("NKS_BASE_URL"), s, ogen.WithClient(s))
	check(err)
	ctx := context.Background()
	cluster := uuid.MustParse(os.Getenv("NKS_CLUSTER"))

	created, err := client.CreateAccessEntry(ctx, &ogen.CreateAccessEntryRequest{
		Type: ogen.EntryTypeROLE, Entry: principal,
		Policies: ogen.AccessPolicies{ogen.NewNamespacePolicyAccessPolicy(ogen.NamespacePolicy{
			Type: ogen.PolicyTypeNKSEditPolicy, Scope: ogen.NamespacePolicyScopeNamespace, Namespaces: []string{"dev"},
		})},
	}, ogen.CreateAccessEntryParams{UUID: ogen.UUID(cluster)})
	check(err)
	_, is200 := created.(*ogen.CreateAccessEntryOK)
	_, is201 := created.(*ogen.CreateAccessEntryCreated)
	if !is200 && !is201 {
		log.Fatalf("the response is %+v", created)
	}
	find := func() []ogen.AccessEntry {
		list := as[*ogen.AccessEntryList](client.ListAccessEntries(ctx, ogen.ListAccessEntriesParams{UUID: ogen.UUID(cluster)}))
		return slices.DeleteFunc(list.AccessEntries, func(e ogen.AccessEntry) bool { return e.Entry != principal })
	}
	entries := find()
	if len(entries) != 1 {
		log.Fatalf("the entries are %+v", entries)
	}
	entry := ogen.UUID(uuid.MustParse(entries[0].UUID))
	as[*ogen.ChangeResult](client.UpdateAccessEntry(ctx, &ogen.UpdateAccessEntryRequest{
		Groups: ogen.Groups{"developers"},
		Policies: ogen.AccessPolicies{ogen.NewClusterPolicyAccessPolicy(ogen.ClusterPolicy{
			Type: ogen.PolicyTypeNKSViewPolicy, Scope: ogen.ClusterPolicyScopeCluster,
		})},
	}, ogen.UpdateAccessEntryParams{UUID: ogen.UUID(cluster), EntryUuid: entry}))
	got := as[*ogen.AccessEntryResult](client.GetAccessEntry(ctx, ogen.GetAccessEntryParams{UUID: ogen.UUID(cluster), EntryUuid: entry}))
	if got.AccessEntry.Groups[0] != "developers" || got.AccessEntry.Policies[0].Type.Value != "NKSViewPolicy" {
		log.Fatalf("the entry is %+v", got)
	}
	deleted, err := client.DeleteAccessEntry(ctx, ogen.DeleteAccessEntryParams{UUID: ogen.UUID(cluster), EntryUuid: entry})
	check(err)
	switch deleted.(type) {
	case *ogen.ChangeResult, *ogen.DeleteAccessEntryNoContent:
	default:
		log.Fatalf("delete: %+v", deleted)
	}
	if entries := find(); len(entries) != 0 {
		log.Fatalf("the entries are %+v", entries)
	}
	missing := as[*ogen.GetAccessEntryNotFound](client.GetAccessEntry(ctx, ogen.GetAccessEntryParams{UUID: ogen.UUID(cluster), EntryUuid: entry}))
	if missing.Error.Message.Value == "" {
		log.Fatalf("the 404 is %+v", missing)
	}
	// Go cannot require a field. The request is refused before it is sent.
	if err := (&ogen.CreateAccessEntryRequest{Type: ogen.EntryTypeROLE}).Validate(); err == nil {
		log.Fatal("a create without entry is valid")
	}
	if err := (&ogen.NamespacePolicy{Type: ogen.PolicyTypeNKSEditPolicy, Scope: "namespace"}).Validate(); err == nil {
		log.Fatal("a policy for namespaces without namespaces is valid")
	}
}
