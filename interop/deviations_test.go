package interop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

var deviations = []string{
	"create=201", "delete=204", "delete=empty", "lists=null", "lists=absent", "scopes=lower", "unknown=on", "request-id=on", "errors=xml",
	"errors=html", "errors=empty",
}

// deviant starts an emulator that deviates from the contract.
func deviant(t *testing.T, deviation string) *emulator.Server {
	t.Helper()
	name, value, _ := strings.Cut(deviation, "=")
	var faults emulator.Faults
	if err := faults.Set(name, value); err != nil {
		t.Fatal(err)
	}
	server, err := emulator.Start(emulator.Options{Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// The generated client makes its session with every deviation, as docs/generators.md says.
func TestGeneratedClientUnderDeviations(t *testing.T) {
	for _, deviation := range deviations {
		t.Run(deviation, func(t *testing.T) {
			sessionOfGeneratedClient(t, nksClient(t, deviant(t, deviation).BaseURL(), nil))
		})
	}
}

// Package access refuses what may be a page of a proxy: a response without the list, and an error in
// HTML. Both would look like a cluster without entries.
func TestPackageAccessUnderDeviations(t *testing.T) {
	refused := map[string]string{
		"lists=null": "the response is not the expected JSON", "lists=absent": "the response is not the expected JSON",
		"errors=html": "the response is an HTML page, probably from a proxy",
	}
	for _, deviation := range deviations {
		t.Run(deviation, func(t *testing.T) {
			server := deviant(t, deviation)
			client, err := access.NewClient(access.WithBaseURL(server.BaseURL()), access.WithCredentials(server.Credentials()))
			if err != nil {
				t.Fatal(err)
			}
			err = sessionOfAccess(client)
			if want := refused[deviation]; want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%v, want %q", err, want)
			}
		})
	}
}

// sessionOfGeneratedClient creates, updates and deletes an entry, and gets an entry that does not
// exist.
func sessionOfGeneratedClient(t *testing.T, client *nks.ClientWithResponses) {
	ctx := context.Background()
	cluster := id(clusterUUID)
	find := func() []nks.AccessEntry {
		t.Helper()
		list, err := client.ListAccessEntriesWithResponse(ctx, cluster)
		if err != nil || list.JSON2XX == nil {
			t.Fatalf("list: %v %s", err, list.Body)
		}
		return slices.DeleteFunc(list.JSON2XX.AccessEntries, func(e nks.AccessEntry) bool { return e.Entry != newEntry.Entry })
	}

	created, err := client.CreateAccessEntryWithResponse(ctx, cluster, newEntry)
	if err != nil || created.JSON2XX == nil || created.JSON2XX.UUID != clusterUUID {
		t.Fatalf("create: %v %s", err, created.Body)
	}
	entries := find()
	if len(entries) != 1 {
		t.Fatalf("the entries are %+v", entries)
	}
	entry := id(entries[0].UUID)
	updated, err := client.UpdateAccessEntryWithResponse(ctx, cluster, entry, nks.UpdateAccessEntryRequest{
		Groups: []string{"developers"}, Policies: []nks.AccessPolicy{},
	})
	if err != nil || updated.JSON2XX == nil {
		t.Fatalf("update: %v %s", err, updated.Body)
	}
	got, err := client.GetAccessEntryWithResponse(ctx, cluster, entry)
	if err != nil || got.JSON2XX == nil || !slices.Equal(got.JSON2XX.AccessEntry.Groups, []string{"developers"}) {
		t.Fatalf("get: %v %s", err, got.Body)
	}
	deleted, err := client.DeleteAccessEntryWithResponse(ctx, cluster, entry)
	if err != nil || deleted.StatusCode()/100 != 2 {
		t.Fatalf("delete: %v %s", err, deleted.Body)
	}
	if entries := find(); len(entries) != 0 {
		t.Fatalf("the entries are %+v", entries)
	}
	missing, err := client.GetAccessEntryWithResponse(ctx, cluster, entry)
	if err != nil || missing.StatusCode() != http.StatusNotFound {
		t.Fatalf("get of an entry that does not exist: %v %s", err, missing.Body)
	}
}

// sessionOfAccess does the same with package access. It returns the first error.
func sessionOfAccess(client *access.Client) error {
	ctx := context.Background()
	wanted := access.NewEntry{
		Principal: access.NRN(newEntry.Entry),
		Grants:    access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{access.View.OnCluster()}},
	}
	created, err := client.Create(ctx, clusterUUID, wanted)
	if err != nil {
		return err
	}
	updated := access.Grants{Policies: []access.Policy{access.Edit.In("dev")}}
	if err := client.Update(ctx, clusterUUID, created.UUID, updated); err != nil {
		return err
	}
	got, err := client.Get(ctx, clusterUUID, created.UUID)
	if err != nil {
		return err
	}
	if !got.Same(updated) {
		return fmt.Errorf("the entry is %+v", got)
	}
	if err := client.Delete(ctx, clusterUUID, created.UUID); err != nil {
		return err
	}
	entries, err := client.List(ctx, clusterUUID)
	if err != nil {
		return err
	}
	if len(entries) != 0 {
		return fmt.Errorf("the entries are %+v", entries)
	}
	if _, err := client.Get(ctx, clusterUUID, created.UUID); !errors.Is(err, access.ErrNotFound) {
		return fmt.Errorf("get of an entry that does not exist: %w", cmp.Or(err, errors.New("no error")))
	}
	return nil
}
