package interop

import (
	"context"
	"strings"
	"testing"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/ncloud"
	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/services/vnks"
	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// What the provider's Terraform provider reads when it refreshes a cluster, beside the contract.
func TestSDKRefresh(t *testing.T) {
	ctx := context.Background()
	server := startEmulator(t)
	sdk, _ := sdkClient(t, server.URL)
	cluster := ncloud.String(emulator.DemoClusterUUID)
	oidc, err := sdk.ClustersUuidOidcGet(ctx, cluster)
	if err != nil || oidc.Status == nil || *oidc.Status {
		t.Errorf("OIDC: %v, %+v", err, oidc)
	}
	acl, err := sdk.ClustersUuidIpAclGet(ctx, cluster)
	if err != nil || acl.DefaultAction == nil || *acl.DefaultAction != "allow" || len(acl.Entries) != 0 {
		t.Errorf("IP ACL: %v, %+v", err, acl)
	}
}

// The provider's SDK calls seven operations of the emulator.
func TestSDKSession(t *testing.T) {
	ctx := context.Background()
	server := startEmulator(t)
	sdk, _ := sdkClient(t, server.URL)
	cluster, principal := ncloud.String(emulator.DemoClusterUUID), ncloud.String("nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c")

	clusters, err := sdk.ClustersGet(ctx)
	if err != nil || len(clusters.Clusters) != 1 || *clusters.Clusters[0].Uuid != *cluster {
		t.Fatalf("clusters: %v %+v", err, clusters)
	}
	one, err := sdk.ClustersUuidGet(ctx, cluster)
	if err != nil || *one.Cluster.Name != emulator.DemoClusterName || *one.Cluster.AuthType != "API" {
		t.Fatalf("cluster: %v %+v", err, one)
	}

	created, err := sdk.ClustersUuidAccessEntriesPost(ctx, &vnks.CreateAccessEntryDto{
		Type:   ncloud.String("USER"),
		Entry:  principal,
		Groups: ncloud.StringList([]string{"developers"}),
		Policies: []*vnks.CreateAccessEntryPolicyDto{
			{Type: ncloud.String("NKSEditPolicy"), Scope: ncloud.String("namespace"), Namespaces: ncloud.StringList([]string{"dev", "*-ns"})},
		},
	}, cluster)
	if err != nil || *created.Uuid != *cluster {
		t.Fatalf("create: %v %+v", err, created)
	}
	list, err := sdk.ClustersUuidAccessEntriesGet(ctx, cluster)
	if err != nil || len(list.AccessEntries) != 1 {
		t.Fatalf("list: %v %+v", err, list)
	}
	entry := list.AccessEntries[0].Uuid
	want := nks.AccessEntry{
		UUID: *entry, ClusterUUID: *cluster, Entry: *principal, Groups: []string{"developers"},
		Policies: []nks.AttachedPolicy{{Type: "NKSEditPolicy", Scope: "Namespace", Namespaces: []string{"dev", "*-ns"}}},
	}
	if diff := cmp.Diff(bySDK(list.AccessEntries[0]), common(want)); diff != "" {
		t.Errorf("list (-SDK +sent):\n%s", diff)
	}

	updated, err := sdk.ClustersUuidAccessEntriesEntryUuidPut(ctx, &vnks.UpdateAccessEntryDto{
		Groups:   ncloud.StringList([]string{"operators"}),
		Policies: []*vnks.CreateAccessEntryPolicyDto{{Type: ncloud.String("NKSViewPolicy"), Scope: ncloud.String("cluster")}},
	}, cluster, entry)
	if err != nil || *updated.Uuid != *cluster {
		t.Fatalf("update: %v %+v", err, updated)
	}
	want.Groups, want.Policies = []string{"operators"}, []nks.AttachedPolicy{{Type: "NKSViewPolicy", Scope: "Cluster"}}
	got, err := sdk.ClustersUuidAccessEntriesEntryUuidGet(ctx, cluster, entry)
	if err != nil {
		t.Fatalf("get: %v", err)
	}
	if diff := cmp.Diff(bySDK(got.AccessEntry), common(want)); diff != "" {
		t.Errorf("get (-SDK +sent):\n%s", diff)
	}

	deleted, err := sdk.ClustersUuidAccessEntriesEntryUuidDelete(ctx, cluster, entry)
	if err != nil || *deleted.Uuid != *cluster {
		t.Fatalf("delete: %v %+v", err, deleted)
	}
	if _, err := sdk.ClustersUuidAccessEntriesEntryUuidGet(ctx, cluster, entry); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("get of a deleted entry: %v", err)
	}
	for _, request := range server.Requests() {
		if request.Diagnosis != nil {
			t.Errorf("%s %s: %s", request.Method, request.Target, request.Diagnosis.Summary())
		}
	}
}

// The SDK never sends an empty list, so an update cannot remove the last group. The generated
// client can.
func TestUpdateThatClears(t *testing.T) {
	ctx := context.Background()
	server := startEmulator(t)
	sdk, _ := sdkClient(t, server.URL)
	cluster := ncloud.String(emulator.DemoClusterUUID)
	if _, err := sdk.ClustersUuidAccessEntriesPost(ctx, &vnks.CreateAccessEntryDto{
		Type: ncloud.String("ROLE"), Entry: ncloud.String("nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"),
		Groups: ncloud.StringList([]string{"developers"}),
	}, cluster); err != nil {
		t.Fatal(err)
	}
	groups := func() (uuid string, groups []string) {
		list, err := sdk.ClustersUuidAccessEntriesGet(ctx, cluster)
		if err != nil {
			t.Fatal(err)
		}
		return *list.AccessEntries[0].Uuid, values(list.AccessEntries[0].Groups)
	}
	entry, _ := groups()

	empty := &vnks.UpdateAccessEntryDto{Groups: []*string{}, Policies: []*vnks.CreateAccessEntryPolicyDto{}}
	if _, err := sdk.ClustersUuidAccessEntriesEntryUuidPut(ctx, empty, cluster, &entry); err != nil {
		t.Fatal(err)
	}
	if _, left := groups(); len(left) != 1 {
		t.Errorf("after the SDK's update: %q; if it clears now, the comparison in the README is out of date", left)
	}
	client := nksClient(t, server.URL+"/vnks/v2", nil)
	if resp, err := client.UpdateAccessEntryWithResponse(ctx, id(*cluster), id(entry), nks.UpdateAccessEntryRequest{
		Groups: []string{}, Policies: []nks.AccessPolicy{},
	}); err != nil || resp.JSON2XX == nil {
		t.Fatalf("%v %+v", err, resp)
	}
	if _, left := groups(); len(left) != 0 {
		t.Errorf("after the generated client's update: %q", left)
	}
}
