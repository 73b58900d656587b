package interop

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// throughPrism sends signed requests to the emulator through Prism. Prism serves the paths of the
// contract without the base path, and appends them to the base URL of the emulator. The test fails
// if Prism reports a violation of the contract.
type throughPrism struct {
	t       *testing.T
	proxy   string // host and port
	mu      sync.Mutex
	answers int
}

func (p *throughPrism) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := req.Clone(req.Context())
	sent.URL.Host = p.proxy
	sent.URL.Path = strings.TrimPrefix(req.URL.Path, "/vnks/v2")
	resp, err := http.DefaultTransport.RoundTrip(sent)
	if err != nil {
		return nil, err
	}
	if violations := resp.Header.Get("Sl-Violations"); violations != "" {
		p.t.Errorf("%s %s: %s: %s", req.Method, req.URL.Path, resp.Status, violations)
	}
	p.mu.Lock()
	p.answers++
	p.mu.Unlock()
	return resp, nil
}

// Prism, as a validating proxy, finds no violation in a whole session.
func TestSessionThroughPrism(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	emulator := startEmulator(t)
	proxy := startServer(t, prism(t, "proxy", "../api/openapi.yaml", emulator.URL+"/vnks/v2"))
	asked := len(emulator.Requests()) // the requests that waited for Prism to start
	through := &throughPrism{t: t, proxy: strings.TrimPrefix(proxy.url, "http://")}
	client, err := access.NewClient(access.WithBaseURL(emulator.URL+"/vnks/v2"),
		access.WithCredentials(signer.Static(accessKey, secretKey)), access.WithHTTPClient(&http.Client{Transport: through}))
	if err != nil {
		t.Fatal(err)
	}

	cluster, err := client.Cluster(ctx, "demo")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Cluster(ctx, cluster.UUID); err != nil {
		t.Fatal(err)
	}
	view := access.Grants{Policies: []access.Policy{access.View.OnCluster()}}
	user, err := client.Create(ctx, cluster.UUID, access.NewEntry{Principal: access.NRN(newEntry.Entry), Grants: view})
	if err != nil {
		t.Fatal(err)
	}
	role, err := client.Create(ctx, cluster.UUID, access.NewEntry{Principal: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4", Grants: access.Grants{Groups: []string{"사용자"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Grant(ctx, cluster.UUID, user.UUID, access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{access.Edit.In("dev", "*-ns")}}); err != nil {
		t.Fatal(err)
	}
	if err := client.Update(ctx, cluster.UUID, role.UUID, access.Grants{}); err != nil {
		t.Fatal(err)
	}
	entry, err := client.Get(ctx, cluster.UUID, user.UUID)
	if err != nil || len(entry.Policies) != 2 || len(entry.Groups) != 1 {
		t.Fatalf("%v %+v", err, entry)
	}
	if err := client.Delete(ctx, cluster.UUID, role.UUID); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Get(ctx, cluster.UUID, role.UUID); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("get of a deleted entry: %v", err)
	}
	entries, err := client.List(ctx, cluster.UUID)
	if err != nil || len(entries) != 1 {
		t.Errorf("%v %+v", err, entries)
	}
	if through.answers < 15 {
		t.Errorf("only %d answers came through Prism", through.answers)
	}
	for _, request := range emulator.Requests()[asked:] {
		if request.Signature != "ok" {
			t.Errorf("%s %s: signature %s", request.Method, request.Target, request.Signature)
		}
	}
}

// Prism does report violations, so the test above can fail.
func TestPrismSeesViolations(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"clusters":[{"name":7}],"uuid":"0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"}`)
	}))
	defer upstream.Close()
	client := nksClient(t, startServer(t, prism(t, "proxy", "../api/openapi.yaml", upstream.URL)).url, nil)

	created, err := client.CreateAccessEntryWithResponse(t.Context(), id(clusterUUID), nks.CreateAccessEntryRequest{Type: "GROUP", Entry: newEntry.Entry})
	if err != nil {
		t.Fatal(err)
	}
	if violations := created.HTTPResponse.Header.Get("Sl-Violations"); !strings.Contains(violations, `"request","body","type"`) {
		t.Errorf("of a wrong request Prism says %q", violations)
	}
	list, err := client.ClientInterface.ListClusters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = list.Body.Close() }()
	if violations := list.Header.Get("Sl-Violations"); !strings.Contains(violations, `"response","body","clusters","0","name"`) {
		t.Errorf("of a wrong answer Prism says %q", violations)
	}
}
