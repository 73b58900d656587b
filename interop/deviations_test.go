package interop

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// The generated client of this project makes its session with every deviation of the service, as
// docs/generators.md says.
func TestGeneratedClientUnderDeviations(t *testing.T) {
	for _, deviation := range []string{
		"create=201", "delete=204", "delete=empty", "lists=null", "lists=absent", "scopes=lower", "unknown=on", "request-id=on",
		"errors=xml", "errors=html", "errors=empty",
	} {
		t.Run(deviation, func(t *testing.T) {
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
			client := nksClient(t, server.BaseURL(), nil)
			deviatingSession(t, client)
		})
	}
}

// deviatingSession creates, updates and deletes an entry, and gets an entry that does not exist.
func deviatingSession(t *testing.T, client *nks.ClientWithResponses) {
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
