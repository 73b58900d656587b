// Command stocksession makes a session with the client that oapi-codegen generates without an
// overlay.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/interop/generators/go/stock"
	"github.com/nks-access/nks-access/signer"
)

const principal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	s := signer.New(signer.Static(os.Getenv("NCLOUD_ACCESS_KEY"), os.Getenv("NCLOUD_SECRET_KEY")))
	client, err := stock.NewClientWithResponses(os.Getenv("NKS_BASE_URL"), stock.WithRequestEditorFn(s.Sign),
		stock.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
	check(err)
	ctx := context.Background()
	cluster := uuid.MustParse(os.Getenv("NKS_CLUSTER"))

	var edit, view stock.AccessPolicy
	check(edit.FromNamespacePolicy(stock.NamespacePolicy{Type: stock.NKSEditPolicy, Scope: stock.Namespace, Namespaces: []string{"dev"}}))
	check(view.FromClusterPolicy(stock.ClusterPolicy{Type: stock.NKSViewPolicy, Scope: stock.ClusterPolicyScopeCluster}))

	created, err := client.CreateAccessEntryWithResponse(ctx, cluster, stock.CreateAccessEntryRequest{
		Type: stock.ROLE, Entry: principal, Policies: &stock.AccessPolicies{edit},
	})
	check(err)
	if created.JSON200 == nil && created.JSON201 == nil {
		log.Fatalf("create: %s", created.Body)
	}
	find := func() []stock.AccessEntry {
		list, err := client.ListAccessEntriesWithResponse(ctx, cluster)
		check(err)
		if list.JSON200 == nil {
			log.Fatalf("list: %s", list.Body)
		}
		return slices.DeleteFunc(list.JSON200.AccessEntries, func(e stock.AccessEntry) bool { return e.Entry != principal })
	}
	entries := find()
	if len(entries) != 1 {
		log.Fatalf("the entries are %+v", entries)
	}
	entry := uuid.MustParse(entries[0].Uuid)
	updated, err := client.UpdateAccessEntryWithResponse(ctx, cluster, entry, stock.UpdateAccessEntryRequest{
		Groups: &stock.Groups{"developers"}, Policies: &stock.AccessPolicies{view},
	})
	check(err)
	if updated.JSON200 == nil {
		log.Fatalf("update: %s", updated.Body)
	}
	got, err := client.GetAccessEntryWithResponse(ctx, cluster, entry)
	check(err)
	if got.JSON200 == nil || (*got.JSON200.AccessEntry.Groups)[0] != "developers" {
		log.Fatalf("get: %s", got.Body)
	}
	deleted, err := client.DeleteAccessEntryWithResponse(ctx, cluster, entry)
	check(err)
	if deleted.StatusCode()/100 != 2 {
		log.Fatalf("delete: %s", deleted.Body)
	}
	if entries := find(); len(entries) != 0 {
		log.Fatalf("the entries are %+v", entries)
	}
	missing, err := client.GetAccessEntryWithResponse(ctx, cluster, entry)
	check(err)
	if missing.StatusCode() != http.StatusNotFound {
		log.Fatalf("get of what is not there: %s", missing.Body)
	}
	if os.Getenv("DEVIATION") == "" && (missing.JSON404 == nil || *missing.JSON404.Error.Message == "") {
		log.Fatalf("get of what is not there: %s", missing.Body)
	}
}
