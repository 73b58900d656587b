package interop

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/ncloud"
	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/services/vnks"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nks-access/nks-access/gen/nks"
)

// Both clients decode every response alike.
func TestAnswersAreReadAlike(t *testing.T) {
	answers := recorded(t)
	files, err := filepath.Glob("testdata/answers/*.json")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		answers[strings.TrimSuffix(filepath.Base(file), ".json")] = body
	}
	for name, body := range answers {
		t.Run(name, func(t *testing.T) {
			transport := &http.Client{Transport: answer(body)}
			sdk, config := sdkClient(t, "https://nks.apigw.ntruss.com")
			config.HTTPClient = transport
			_, operation, _ := strings.Cut(name, "-")
			sdks, ours, err := readers[operation](t.Context(), sdk, nksClient(t, nks.ServerURLKR, transport))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(sdks, ours, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("-SDK +nks:\n%s", diff)
			}
			if zero := reflect.Zero(reflect.TypeOf(ours)).Interface(); cmp.Equal(ours, zero) {
				t.Error("both read nothing")
			}
		})
	}
}

// readers decode one response with both clients and return the fields that both know.
var readers = map[string]func(context.Context, *vnks.V2ApiService, *nks.ClientWithResponses) (sdks, ours any, err error){
	"get": func(ctx context.Context, sdk *vnks.V2ApiService, client *nks.ClientWithResponses) (any, any, error) {
		a, errA := sdk.ClustersUuidAccessEntriesEntryUuidGet(ctx, ncloud.String(clusterUUID), ncloud.String(entryUUID))
		b, errB := client.GetAccessEntryWithResponse(ctx, id(clusterUUID), id(entryUUID))
		if err := errors.Join(errA, errB); err != nil {
			return nil, nil, err
		}
		return bySDK(a.AccessEntry), common(b.JSON2XX.AccessEntry), nil
	},
	"list": func(ctx context.Context, sdk *vnks.V2ApiService, client *nks.ClientWithResponses) (any, any, error) {
		a, errA := sdk.ClustersUuidAccessEntriesGet(ctx, ncloud.String(clusterUUID))
		b, errB := client.ListAccessEntriesWithResponse(ctx, id(clusterUUID))
		if err := errors.Join(errA, errB); err != nil {
			return nil, nil, err
		}
		return each(a.AccessEntries, bySDK), each(b.JSON2XX.AccessEntries, common), nil
	},
	"change": func(ctx context.Context, sdk *vnks.V2ApiService, client *nks.ClientWithResponses) (any, any, error) {
		a, errA := sdk.ClustersUuidAccessEntriesPost(ctx, &vnks.CreateAccessEntryDto{}, ncloud.String(clusterUUID))
		b, errB := client.CreateAccessEntryWithResponse(ctx, id(clusterUUID), nks.CreateAccessEntryRequest{})
		if err := errors.Join(errA, errB); err != nil {
			return nil, nil, err
		}
		return *a.Uuid, b.JSON2XX.UUID, nil
	},
	"cluster": func(ctx context.Context, sdk *vnks.V2ApiService, client *nks.ClientWithResponses) (any, any, error) {
		a, errA := sdk.ClustersUuidGet(ctx, ncloud.String(clusterUUID))
		b, errB := client.GetClusterWithResponse(ctx, id(clusterUUID))
		if err := errors.Join(errA, errB); err != nil {
			return nil, nil, err
		}
		return clusterBySDK(a.Cluster), commonCluster(b.JSON2XX.Cluster), nil
	},
	"clusters": func(ctx context.Context, sdk *vnks.V2ApiService, client *nks.ClientWithResponses) (any, any, error) {
		a, errA := sdk.ClustersGet(ctx)
		b, errB := client.ListClustersWithResponse(ctx)
		if err := errors.Join(errA, errB); err != nil {
			return nil, nil, err
		}
		return each(a.Clusters, clusterBySDK), each(b.JSON2XX.Clusters, commonCluster), nil
	},
}

func each[From, To any](from []From, convert func(From) To) []To {
	var to []To
	for _, f := range from {
		to = append(to, convert(f))
	}
	return to
}

// recorded returns a response of the emulator for each operation.
func recorded(t *testing.T) map[string][]byte {
	ctx := context.Background()
	client := nksClient(t, startEmulator(t).URL+"/vnks/v2", nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	answers := map[string][]byte{}
	create, err := client.CreateAccessEntryWithResponse(ctx, id(clusterUUID), newEntry)
	must(err)
	answers["emulator-change"] = create.Body
	list, err := client.ListAccessEntriesWithResponse(ctx, id(clusterUUID))
	must(err)
	answers["emulator-list"] = list.Body
	get, err := client.GetAccessEntryWithResponse(ctx, id(clusterUUID), id(list.JSON2XX.AccessEntries[0].UUID))
	must(err)
	answers["emulator-get"] = get.Body
	clusters, err := client.ListClustersWithResponse(ctx)
	must(err)
	answers["emulator-clusters"] = clusters.Body
	cluster, err := client.GetClusterWithResponse(ctx, id(clusterUUID))
	must(err)
	answers["emulator-cluster"] = cluster.Body
	return answers
}
