package interop

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/ncloud"
	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/services/vnks"

	"github.com/nks-access/nks-access/gen/nks"
)

const (
	getAnswer    = `{"accessEntry":{"uuid":"` + entryUUID + `","clusterUuid":"` + clusterUUID + `","entry":"nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c","groups":["developers"],"policies":[{"namespaces":["dev","*-ns"],"scope":"Namespace","type":"NKSEditPolicy"}]}}`
	createAnswer = `{"uuid":"` + clusterUUID + `"}`
)

// BenchmarkCall measures a whole call, from Go values to the decoded response: without a network,
// and over loopback to an emulator in its own process.
func BenchmarkCall(b *testing.B) {
	b.Run("net=none", func(b *testing.B) {
		benchmarkGet(b, "https://nks.apigw.ntruss.com", entryUUID, answer(getAnswer))
		benchmarkCreate(b, "https://nks.apigw.ntruss.com", answer(createAnswer))
	})
	b.Run("net=loopback", func(b *testing.B) {
		gateway := startServer(b, emulatorCommand(b)).url
		client := nksClient(b, gateway+"/vnks/v2", nil)
		if resp, err := client.CreateAccessEntryWithResponse(b.Context(), id(clusterUUID), newEntry); err != nil || resp.JSON2XX == nil {
			b.Fatal(resp, err)
		}
		list, err := client.ListAccessEntriesWithResponse(b.Context(), id(clusterUUID))
		if err != nil {
			b.Fatal(err)
		}
		benchmarkGet(b, gateway, list.JSON2XX.AccessEntries[0].UUID, http.DefaultTransport)
		benchmarkCreate(b, gateway, http.DefaultTransport)
	})
}

func benchmarkGet(b *testing.B, gateway, entry string, transport http.RoundTripper) {
	b.Run("do=get/this=sdk", func(b *testing.B) {
		client, config := sdkClient(b, gateway)
		config.HTTPClient = &http.Client{Transport: transport}
		ctx, cluster := context.Background(), clusterUUID
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.ClustersUuidAccessEntriesEntryUuidGet(ctx, &cluster, &entry); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("do=get/this=nks", func(b *testing.B) {
		client := nksClient(b, gateway+"/vnks/v2", &http.Client{Transport: transport})
		ctx, cluster, entry := context.Background(), id(clusterUUID), id(entry)
		b.ReportAllocs()
		for b.Loop() {
			resp, err := client.GetAccessEntryWithResponse(ctx, cluster, entry)
			if err != nil || resp.JSON2XX == nil {
				b.Fatal(resp, err)
			}
		}
	})
}

// Each create has a new principal. Making it up is measured on both sides.
func benchmarkCreate(b *testing.B, gateway string, transport http.RoundTripper) {
	n := 0
	principal := func(kind string) string {
		n++
		return fmt.Sprintf("nrn:PUB:IAM::5000008:SubAccount/%s-%d", kind, n)
	}
	b.Run("do=create/this=sdk", func(b *testing.B) {
		client, config := sdkClient(b, gateway)
		config.HTTPClient = &http.Client{Transport: transport}
		ctx, cluster := context.Background(), clusterUUID
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.ClustersUuidAccessEntriesPost(ctx, &vnks.CreateAccessEntryDto{
				Type: ncloud.String("USER"), Entry: ncloud.String(principal("sdk")), Groups: ncloud.StringList([]string{"developers"}),
				Policies: []*vnks.CreateAccessEntryPolicyDto{{
					Type: ncloud.String("NKSEditPolicy"), Scope: ncloud.String("namespace"), Namespaces: ncloud.StringList([]string{"dev", "*-ns"}),
				}},
			}, &cluster); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("do=create/this=nks", func(b *testing.B) {
		client := nksClient(b, gateway+"/vnks/v2", &http.Client{Transport: transport})
		ctx, cluster := context.Background(), id(clusterUUID)
		b.ReportAllocs()
		for b.Loop() {
			resp, err := client.CreateAccessEntryWithResponse(ctx, cluster, nks.CreateAccessEntryRequest{
				Type: nks.EntryTypeUser, Entry: principal("nks"), Groups: []string{"developers"},
				Policies: []nks.AccessPolicy{{Type: nks.PolicyTypeNKSEditPolicy, Scope: nks.AccessPolicyScopeNamespace, Namespaces: []string{"dev", "*-ns"}}},
			})
			if err != nil || resp.JSON2XX == nil {
				b.Fatal(resp, err)
			}
		}
	})
}
