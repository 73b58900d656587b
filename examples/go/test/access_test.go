package example_test

import (
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
)

func TestRoleIsLetIn(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client, err := access.NewClient(
		access.WithBaseURL(server.BaseURL()), access.WithCredentials(server.Credentials()))
	if err != nil {
		t.Fatal(err)
	}

	// Your own code would be here.
	const role = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	view := access.Grants{Policies: []access.Policy{access.View.OnCluster()}}
	_, err = client.Create(t.Context(), emulator.DemoClusterUUID, access.NewEntry{Principal: role, Grants: view})
	if err != nil {
		t.Fatal(err)
	}

	entries, err := client.List(t.Context(), emulator.DemoClusterUUID)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Principal != role {
		t.Errorf("the cluster has %v", entries)
	}
}
