// Command openapisession makes a session with the Go client that OpenAPI Generator generates.
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/nks-access/nks-access/interop/generators/go/openapi"
	"github.com/nks-access/nks-access/signer"
)

const principal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// signing signs every request.
type signing struct{ signer *signer.Signer }

func (s signing) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if err := s.signer.Sign(r.Context(), r); err != nil {
		return nil, err
	}
	return http.DefaultTransport.RoundTrip(r)
}

func main() {
	configuration := openapi.NewConfiguration()
	configuration.Servers = openapi.ServerConfigurations{{URL: os.Getenv("NKS_BASE_URL")}}
	configuration.HTTPClient = &http.Client{
		Transport:     signing{signer.New(signer.Static(os.Getenv("NCLOUD_ACCESS_KEY"), os.Getenv("NCLOUD_SECRET_KEY")))},
		CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second,
	}
	api := openapi.NewAPIClient(configuration).AccessEntriesAPI
	ctx := context.Background()
	cluster := os.Getenv("NKS_CLUSTER")
	deviates := os.Getenv("DEVIATION") != ""

	edit := openapi.NewAccessPolicy(openapi.NKS_EDIT_POLICY, openapi.NAMESPACE)
	edit.SetNamespaces([]string{"dev"})
	create := openapi.NewCreateAccessEntryRequest(openapi.ROLE, principal)
	create.SetPolicies([]openapi.AccessPolicy{*edit})
	created, _, err := api.CreateAccessEntry(ctx, cluster).CreateAccessEntryRequest(*create).Execute()
	check(err)
	if created.GetUuid() != cluster {
		log.Fatalf("create: %+v", created)
	}

	find := func() []openapi.AccessEntry {
		list, _, err := api.ListAccessEntries(ctx, cluster).Execute()
		check(err)
		isOther := func(e openapi.AccessEntry) bool { return e.Entry != principal }
		return slices.DeleteFunc(list.AccessEntries, isOther)
	}
	entries := find()
	if len(entries) != 1 || !slices.Equal(entries[0].Policies[0].Namespaces, []string{"dev"}) {
		log.Fatalf("the entries are %+v", entries)
	}
	entry := entries[0].Uuid

	update := openapi.NewUpdateAccessEntryRequest()
	update.SetGroups([]string{"developers"})
	update.SetPolicies([]openapi.AccessPolicy{*openapi.NewAccessPolicy(openapi.NKS_VIEW_POLICY, openapi.CLUSTER)})
	_, _, err = api.UpdateAccessEntry(ctx, cluster, entry).UpdateAccessEntryRequest(*update).Execute()
	check(err)
	got, _, err := api.GetAccessEntry(ctx, cluster, entry).Execute()
	check(err)
	if !slices.Equal(got.AccessEntry.Groups, []string{"developers"}) {
		log.Fatalf("get: %+v", got)
	}

	_, _, err = api.DeleteAccessEntry(ctx, cluster, entry).Execute()
	check(err)
	if entries := find(); len(entries) != 0 {
		log.Fatalf("the entries are %+v", entries)
	}
	_, response, err := api.GetAccessEntry(ctx, cluster, entry).Execute()
	if err == nil || response.StatusCode != http.StatusNotFound {
		log.Fatalf("get of what is not there: %v", response)
	}
	failed, hasModel := err.(*openapi.GenericOpenAPIError)
	body, isError := failed.Model().(openapi.ErrorResponse)
	if !deviates && (!hasModel || !isError || body.Error.GetMessage() == "") {
		log.Fatalf("get of what is not there: %v", err)
	}
}
