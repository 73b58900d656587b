package nks_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
)

func TestUpdateSendsEmptyListsAndLeavesOutNil(t *testing.T) {
	for _, c := range []struct {
		request nks.UpdateAccessEntryRequest
		want    string
	}{
		{nks.UpdateAccessEntryRequest{}, `{}`},
		{nks.UpdateAccessEntryRequest{Groups: []string{}, Policies: []nks.AccessPolicy{}}, `{"groups":[],"policies":[]}`},
		{nks.UpdateAccessEntryRequest{Groups: []string{"dev"}}, `{"groups":["dev"]}`},
		{
			nks.UpdateAccessEntryRequest{Policies: []nks.AccessPolicy{{Type: nks.PolicyTypeNKSViewPolicy, Scope: nks.AccessPolicyScopeCluster}}},
			`{"policies":[{"scope":"cluster","type":"NKSViewPolicy"}]}`,
		},
	} {
		got, err := json.Marshal(c.request)
		if err != nil || string(got) != c.want {
			t.Errorf("%+v is sent as %s (%v), want %s", c.request, got, err, c.want)
		}
	}
}

func TestRequestsKeepTheBaseURLAsItIs(t *testing.T) {
	cluster, entry := uuid.MustParse("0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"), uuid.MustParse("2222c420-02bd-4feb-9c3d-190f5baf2222")
	path := "/clusters/0000a20e-e0fb-4dc9-af1b-97fd3f8d0000/access-entries/2222c420-02bd-4feb-9c3d-190f5baf2222"
	for _, c := range []struct{ server, want string }{
		{nks.ServerURLSGN, "https://nks.apigw.ntruss.com/vnks/sgn-v2" + path},
		{nks.ServerURLSGN + "/", "https://nks.apigw.ntruss.com/vnks/sgn-v2" + path},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080" + path},
		{"http://[::1]:8080/a%2Fb/v2", "http://[::1]:8080/a%2Fb/v2" + path},
	} {
		var sent *http.Request
		client, err := nks.NewClient(c.server, nks.WithHTTPClient(doer(func(req *http.Request) (*http.Response, error) {
			sent = req
			return nil, errors.New("not sent")
		})))
		if err != nil {
			t.Fatal(err)
		}
		if resp, err := client.GetAccessEntry(t.Context(), cluster, entry); err == nil {
			_ = resp.Body.Close()
		}
		if sent == nil || sent.URL.String() != c.want || sent.Method != "GET" {
			t.Errorf("%s: %v, want GET %s", c.server, sent, c.want)
		}
	}
}

// The editors of the client run before those of the call. The first error stops the call, and
// nothing is sent.
func TestRequestEditors(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "value")
	var order string
	stop := errors.New("stop")
	edit := func(name string, err error) nks.RequestEditorFn {
		return func(given context.Context, req *http.Request) error {
			if given != ctx || req.Context() != ctx {
				t.Errorf("%s has another context", name)
			}
			order += name
			return err
		}
	}
	client, err := nks.NewClient(nks.ServerURLKR, nks.WithRequestEditorFn(edit("1", nil)), nks.WithRequestEditorFn(edit("2", nil)),
		nks.WithHTTPClient(doer(func(req *http.Request) (*http.Response, error) {
			if req.Context() != ctx {
				t.Error("the request has another context")
			}
			order += "sent"
			return nil, stop
		})))
	if err != nil {
		t.Fatal(err)
	}
	for want, last := range map[string]error{"1234sent": nil, "1234": stop} {
		order = ""
		_, err := client.CreateAccessEntry(ctx, uuid.New(), nks.CreateAccessEntryRequest{}, edit("3", nil), edit("4", last))
		if order != want || err != stop {
			t.Errorf("%s (%v), want %s", order, err, want)
		}
	}
}

type doer func(*http.Request) (*http.Response, error)

func (f doer) Do(r *http.Request) (*http.Response, error) { return f(r) }

// answering returns a client that gets the same response to every request.
func answering(t *testing.T, status int, contentType, body string) *nks.ClientWithResponses {
	t.Helper()
	client, err := nks.NewClientWithResponses(nks.ServerURLKR, nks.WithHTTPClient(doer(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Request: r, Body: io.NopCloser(strings.NewReader(body)),
			Header: http.Header{"Content-Type": {contentType}},
		}, nil
	})))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// These bodies of the gateway and the service have been seen.
func TestErrors(t *testing.T) {
	for _, c := range []struct{ name, body, code, message, details string }{
		{"gateway", `{"error":{"errorCode":"210","message":"Permission Denied"}}`, "210", "Permission Denied", ""},
		{"gateway with details", `{"error":{"errorCode":"200","message":"Authentication Failed","details":"Invalid authentication information."}}`, "200", "Authentication Failed", `"Invalid authentication information."`},
		{"service", `{"error":{"errorCode":400,"statusCode":400,"message":"Bad Request","details":{"error":[]}},"timestamp":"2024-10-08T08:56:48.855Z"}`, "400", "Bad Request", `{"error":[]}`},
		{"nothing said", `{"error":{}}`, "", "", ""},
		{"null code", `{"error":{"errorCode":null}}`, "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, err := answering(t, 400, "application/json; charset=utf-8", c.body).ListClustersWithResponse(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if resp.JSON2XX != nil || resp.JSONDefault == nil {
				t.Fatalf("decoded as %+v, %+v", resp.JSON2XX, resp.JSONDefault)
			}
			got := resp.JSONDefault.Error
			if string(got.ErrorCode) != c.code || got.Message != c.message || string(got.Details) != c.details {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestErrorsThatAreNotJSONKeepTheirStatus(t *testing.T) {
	for contentType, body := range map[string]string{
		"application/xml": `<error><errorCode>500</errorCode></error>`, "text/html": `<html>bad gateway`, "": ``,
	} {
		resp, err := answering(t, 502, contentType, body).ListClustersWithResponse(t.Context())
		if err != nil {
			t.Errorf("%s: %v", contentType, err)
			continue
		}
		if resp.StatusCode() != 502 || resp.JSONDefault != nil || string(resp.Body) != body {
			t.Errorf("%s: got %d %+v %q", contentType, resp.StatusCode(), resp.JSONDefault, resp.Body)
		}
	}
}

// No source names the success status. The sources disagree on whether a delete has a response body.
func TestAny2XXIsSuccess(t *testing.T) {
	id := uuid.New()
	for _, status := range []int{200, 201, 202} {
		resp, err := answering(t, status, "application/json", `{"uuid":"u"}`).CreateAccessEntryWithResponse(t.Context(), id, nks.CreateAccessEntryRequest{})
		if err != nil || resp.JSON2XX == nil || resp.JSON2XX.UUID != "u" {
			t.Errorf("create with %d: %v %+v", status, err, resp)
		}
		for _, body := range []string{"", `{"uuid":"u"}`} {
			resp, err := answering(t, status, "application/json", body).DeleteAccessEntryWithResponse(t.Context(), id, id)
			if err != nil || resp.JSONDefault != nil || resp.StatusCode() != status {
				t.Errorf("delete with %d %q: %v %+v", status, body, err, resp)
			}
		}
	}
}

func TestUnknownFieldsAndValuesComeThrough(t *testing.T) {
	id := uuid.New()
	entry, err := answering(t, 200, "application/json", `{"accessEntry":{"uuid":"****a20e","entry":"***:Account::***","policies":[{"type":"NKSDebugPolicy","scope":"Node"}],"new":1}}`).
		GetAccessEntryWithResponse(t.Context(), id, id)
	if err != nil || entry.JSON2XX.AccessEntry.Policies[0].Type != "NKSDebugPolicy" {
		t.Errorf("%v %+v", err, entry)
	}
	cluster, err := answering(t, 200, "application/json", `{"cluster":{"uuid":"u","name":"n","nodeCount":3}}`).GetClusterWithResponse(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if got := cluster.JSON2XX.Cluster.AdditionalProperties["nodeCount"]; got != 3.0 {
		t.Errorf("nodeCount is %v", got)
	}
}

// Programs that import the client and the signer must not link an OpenAPI parser or other packages.
func TestClientAndSignerPullInNoMoreThanTheRuntime(t *testing.T) {
	const module = "github.com/nks-access/nks-access/"
	imported := dependencies(t, module+"gen/nks", module+"signer")
	allowed := dependencies(t, "github.com/oapi-codegen/runtime", "github.com/oapi-codegen/runtime/types")
	allowed = append(allowed, module+"gen/nks", module+"signer")
	for _, path := range imported {
		if !slices.Contains(allowed, path) {
			t.Errorf("gen/nks or signer pulls in %s", path)
		}
	}
	if !slices.Contains(imported, "github.com/oapi-codegen/runtime/types") {
		t.Errorf("go list said only %v", imported)
	}
}

// dependencies lists the packages that the named packages depend on, without the standard library.
func dependencies(t *testing.T, packages ...string) []string {
	t.Helper()
	args := append([]string{"list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}}{{end}}"}, packages...)
	out, err := exec.Command("go", args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return strings.Fields(string(out))
}
