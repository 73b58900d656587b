package interop

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/ncloud"
	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/services/vnks"
	"github.com/google/uuid"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

const (
	clusterUUID = emulator.DemoClusterUUID
	entryUUID   = "2222c420-02bd-4feb-9c3d-190f5baf2222"
	accessKey   = emulator.DemoAccessKey
	secretKey   = emulator.DemoSecretKey
)

var newEntry = nks.CreateAccessEntryRequest{
	Type: nks.EntryTypeUser, Entry: "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c", Groups: []string{"developers"},
	Policies: []nks.AccessPolicy{{Type: nks.PolicyTypeNKSEditPolicy, Scope: nks.AccessPolicyScopeNamespace, Namespaces: []string{"dev", "*-ns"}}},
}

// answer is a transport without a network that returns the same response to every request.
type answer []byte

func (a answer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		_, _ = io.Copy(io.Discard, req.Body)
		_ = req.Body.Close()
	}
	return &http.Response{
		StatusCode: 200, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header:        http.Header{"Content-Type": {"application/json"}},
		ContentLength: int64(len(a)), Body: io.NopCloser(bytes.NewReader(a)),
	}, nil
}

func startEmulator(t testing.TB) *emulator.Server {
	t.Helper()
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// sdkClient returns the provider's client for a gateway, configured as its users do.
func sdkClient(t testing.TB, gateway string) (*vnks.V2ApiService, *ncloud.Configuration) {
	t.Helper()
	t.Setenv("NCLOUD_API_GW", gateway)
	config := vnks.NewConfiguration("KR", &ncloud.APIKey{AccessKey: accessKey, SecretKey: secretKey})
	return vnks.NewAPIClient(config).V2Api, config
}

// nksClient returns the generated client with the signer. A nil HTTP client means a new one.
func nksClient(t testing.TB, baseURL string, client *http.Client) *nks.ClientWithResponses {
	t.Helper()
	if client == nil {
		client = &http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}
	}
	sign := signer.New(signer.Static(accessKey, secretKey))
	c, err := nks.NewClientWithResponses(baseURL, nks.WithHTTPClient(client), nks.WithRequestEditorFn(sign.Sign))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func id(s string) uuid.UUID { return uuid.MustParse(s) }

// entry and policy hold the fields of an access entry that both clients know.
type entry struct {
	UUID, Entry, Username string
	Groups                []string
	Policies              []policy
}

type policy struct {
	Type, Scope string
	Namespaces  []string
}

func bySDK(e *vnks.AccessEntryRes) entry {
	got := entry{ncloud.StringValue(e.Uuid), ncloud.StringValue(e.Entry), ncloud.StringValue(e.Username), values(e.Groups), nil}
	for _, p := range e.Policies {
		got.Policies = append(got.Policies, policy{ncloud.StringValue(p.Type), ncloud.StringValue(p.Scope), values(p.Namespaces)})
	}
	return got
}

func common(e nks.AccessEntry) entry {
	got := entry{e.UUID, e.Entry, e.Username, e.Groups, nil}
	for _, p := range e.Policies {
		got.Policies = append(got.Policies, policy{p.Type, p.Scope, p.Namespaces})
	}
	return got
}

func values(pointers []*string) []string {
	var got []string
	for _, p := range pointers {
		got = append(got, ncloud.StringValue(p))
	}
	return got
}

// cluster holds the fields of a cluster that both clients know and this project needs.
type cluster struct{ UUID, Name, Status, AuthType, RegionCode, K8sVersion, Endpoint string }

func clusterBySDK(c *vnks.Cluster) cluster {
	return cluster{
		ncloud.StringValue(c.Uuid), ncloud.StringValue(c.Name), ncloud.StringValue(c.Status), ncloud.StringValue(c.AuthType),
		ncloud.StringValue(c.RegionCode), ncloud.StringValue(c.K8sVersion), ncloud.StringValue(c.Endpoint),
	}
}

func commonCluster(c nks.Cluster) cluster {
	return cluster{c.UUID, c.Name, c.Status, c.AuthType, c.RegionCode, c.K8sVersion, c.Endpoint}
}
