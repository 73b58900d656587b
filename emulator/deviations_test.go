package emulator_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// deviant is an emulator with faults, and two entries of which one has empty lists.
func deviant(t *testing.T, values map[string]string) *emulator.Emulator {
	t.Helper()
	var faults emulator.Faults
	for name, value := range values {
		if err := faults.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	e := newEmulator(t, emulator.Options{Faults: faults})
	err := e.SetEntries(emulator.DemoClusterUUID, []nks.AccessEntry{
		{UUID: oneCluster, Entry: role},
		{UUID: anotherCluster, Entry: user, Groups: []string{"g"}, Policies: []nks.AttachedPolicy{{Type: "NKSViewPolicy", Scope: "Cluster"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const third = `{"type":"USER","entry":"nrn:PUB:IAM::5000008:SubAccount/3"}`

// list is the path of the entries, below the base URL.
const list = "/clusters/" + emulator.DemoClusterUUID + "/access-entries"

func TestDeviations(t *testing.T) {
	for _, c := range []struct {
		name               string
		faults             map[string]string
		method, path, body string
		status             int
		want               string // the whole body, or with … at the end its beginning
		contentType        string
	}{
		{"201 of a create", map[string]string{"create": "201"}, "POST", list, third, 201, `{"uuid":"` + emulator.DemoClusterUUID + `"}`, "application/json"},
		{"204 of a create", map[string]string{"create": "204"}, "POST", list, third, 204, "", ""},
		{"a refused create", map[string]string{"create": "201"}, "POST", list, "{}", 400, `{"error":{"errorCode":400,…`, "application/json"},
		{"another change", map[string]string{"create": "201"}, "PUT", list + "/" + oneCluster, `{"groups":["a"]}`, 200, `{"uuid":"` + emulator.DemoClusterUUID + `"}`, "application/json"},
		{"204 of a delete", map[string]string{"delete": "204"}, "DELETE", list + "/" + oneCluster, "", 204, "", ""},
		{"a delete without a body", map[string]string{"delete": "empty"}, "DELETE", list + "/" + oneCluster, "", 200, "", ""},
		{"null", map[string]string{"lists": "null"}, "GET", list + "/" + oneCluster, "", 200,
			`{"accessEntry":{"clusterUuid":"` + emulator.DemoClusterUUID + `","entry":"` + role + `","groups":null,"policies":null,"uuid":"` + oneCluster + `"}}`, "application/json"},
		{"null namespaces", map[string]string{"lists": "null"}, "GET", list + "/" + anotherCluster, "", 200,
			`{"accessEntry":{"clusterUuid":"` + emulator.DemoClusterUUID + `","entry":"` + user + `","groups":["g"],"policies":[{"namespaces":null,"scope":"Cluster","type":"NKSViewPolicy"}],"uuid":"` + anotherCluster + `"}}`, "application/json"},
		{"absent", map[string]string{"lists": "absent"}, "GET", list + "/" + oneCluster, "", 200,
			`{"accessEntry":{"clusterUuid":"` + emulator.DemoClusterUUID + `","entry":"` + role + `","uuid":"` + oneCluster + `"}}`, "application/json"},
		{"unknown fields", map[string]string{"unknown": "on"}, "GET", list + "/" + oneCluster, "", 200,
			`{"accessEntry":{"clusterUuid":"` + emulator.DemoClusterUUID + `","emulatorField":{"since":"a later version"},"entry":"` + role + `",…`, "application/json"},
		{"unknown fields of a change", map[string]string{"unknown": "on"}, "DELETE", list + "/" + oneCluster, "", 200,
			`{"emulatorField":{"since":"a later version"},"uuid":"` + emulator.DemoClusterUUID + `"}`, "application/json"},
		{"an unknown policy", map[string]string{"unknown": "on"}, "POST", list,
			`{"type":"USER","entry":"nrn:PUB:IAM::5000008:SubAccount/3","policies":[{"type":"NKSDebugPolicy","scope":"cluster"}]}`, 200, `{"emulatorField"…`, "application/json"},
		{"an unknown policy without a scope", map[string]string{"unknown": "on"}, "PUT", list + "/" + oneCluster, `{"policies":[{"type":"NKSDebugPolicy"}]}`, 400, `{"error":…`, "application/json"},
		{"an unknown policy, and no fault", nil, "PUT", list + "/" + oneCluster, `{"policies":[{"type":"NKSDebugPolicy","scope":"cluster"}]}`, 400, `{"error":…`, "application/json"},
		{"errors in HTML", map[string]string{"errors": "html"}, "GET", list + "/" + nobody, "", 404, "<html>\n<head><title>404 Not Found</title></head>…", "text/html"},
		{"errors without a body", map[string]string{"errors": "empty"}, "POST", list, "{}", 400, "", ""},
		{"no error", map[string]string{"errors": "empty"}, "GET", "/clusters/" + emulator.DemoClusterUUID, "", 200, `{"cluster":…`, "application/json"},
		{"a second entry", map[string]string{"duplicates": "400"}, "POST", list, `{"type":"USER","entry":"` + user + `"}`, 400, `{"error":…`, "application/json"},
		{"another operation", map[string]string{"errors": "html", "only": "createAccessEntry,DELETE"}, "GET", list + "/" + nobody, "", 404, `{"error":…`, "application/json"},
		{"the method", map[string]string{"errors": "html", "only": "createAccessEntry, DELETE"}, "DELETE", list + "/" + nobody, "", 404, "<html>…", "text/html"},
		{"the operation", map[string]string{"fail": "503", "only": "createAccessEntry"}, "POST", list, third, 503, `{"error":…`, "application/json"},
		{"not the operation", map[string]string{"fail": "503", "only": "createAccessEntry"}, "GET", list, "", 200, `{"accessEntries":…`, "application/json"},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, body, err := offline(t.Context(), deviant(t, c.faults), c.method, c.path, c.body)
			if err != nil {
				t.Fatal(err)
			}
			got := strings.TrimSuffix(body, "\n")
			want, cut := strings.CutSuffix(c.want, "…")
			if resp.StatusCode != c.status || cut && !strings.HasPrefix(got, want) || !cut && got != want {
				t.Errorf("%d %s, want %d %s", resp.StatusCode, body, c.status, c.want)
			}
			if contentType := resp.Header.Get("Content-Type"); contentType != c.contentType {
				t.Errorf("Content-Type is %q, want %q", contentType, c.contentType)
			}
		})
	}
}

// A change with a deviating response is made.
func TestDeviatingChangesAreMade(t *testing.T) {
	e := deviant(t, map[string]string{"create": "204", "delete": "204", "duplicates": "accept"})
	for _, change := range []struct{ method, path, body string }{
		{"POST", list, third}, {"POST", list, third}, {"DELETE", list + "/" + oneCluster, ""},
	} {
		if resp, body, err := offline(t.Context(), e, change.method, change.path, change.body); err != nil || resp.StatusCode != 204 {
			t.Fatalf("%v, %v: %s", resp, err, body)
		}
	}
	var principals []string
	for _, entry := range e.Entries(emulator.DemoClusterUUID) {
		principals = append(principals, entry.Entry)
	}
	same := "nrn:PUB:IAM::5000008:SubAccount/3"
	if !slices.Equal(principals, []string{user, same, same}) {
		t.Errorf("the cluster has %v", principals)
	}
}

func TestErrorsInXML(t *testing.T) {
	e := deviant(t, map[string]string{"errors": "xml"})
	resp, err := (&http.Client{Transport: e.Transport()}).Get(e.BaseURL() + "/clusters")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var body struct {
		Code    string `xml:"errorCode"`
		Message string `xml:"message"`
		Details string `xml:"details"`
	}
	if err := xml.Unmarshal(data, &body); err != nil || body.Code != "200" || body.Message != "Authentication Failed" || !strings.Contains(body.Details, "missing header") {
		t.Errorf("%v: %+v of %s", err, body, data)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/xml" {
		t.Errorf("Content-Type is %q", got)
	}
}

// The service sends its ID for a request with every response; the gateway sends none.
func TestRequestIDs(t *testing.T) {
	e := deviant(t, map[string]string{"request-id": "on"})
	seen := map[string]bool{}
	for _, c := range []struct {
		path    string
		service bool
	}{{"/clusters", true}, {list + "/" + nobody, true}, {"/clusters/x", true}, {"/nothing", false}} {
		resp, _, err := offline(t.Context(), e, "GET", c.path, "")
		if err != nil {
			t.Fatal(err)
		}
		id := resp.Header.Get("x-ncp-request-id")
		if _, err := uuid.Parse(id); (err == nil) != c.service || seen[id] {
			t.Errorf("%s: the ID is %q", c.path, id)
		}
		seen[id] = true
	}
	if resp, err := (&http.Client{Transport: e.Transport()}).Get(e.BaseURL() + "/clusters"); err != nil || resp.Header.Get("x-ncp-request-id") != "" {
		t.Errorf("the gateway sends the ID: %v, %v", resp, err)
	}
}

// Initial entries may have policies of unknown types if requests may.
func TestUnknownPoliciesAtTheStart(t *testing.T) {
	const clusters = "clusters:\n  - name: a\n    uuid: 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000\n    accessEntries:\n" +
		"      - {type: ROLE, entry: '" + role + "', policies: [{type: NKSDebugPolicy, scope: cluster}]}\n"
	if _, err := emulator.LoadConfig(writeConfig(t, clusters)); err == nil || !strings.Contains(err.Error(), "policies[0].type must be") {
		t.Errorf("got %v", err)
	}
	options, err := emulator.LoadConfig(writeConfig(t, clusters+"faults: {unknown: 'on'}\n"))
	if err != nil {
		t.Fatal(err)
	}
	e := newEmulator(t, options)
	if entries := e.Entries(emulator.DemoClusterUUID); len(entries) != 1 || entries[0].Policies[0].Type != "NKSDebugPolicy" {
		t.Errorf("entries are %v", entries)
	}
}

func TestOnlyOneMethod(t *testing.T) {
	e := deviant(t, map[string]string{"rate": "1e-9", "only": "POST"})
	statuses := map[string][]int{}
	for range 3 {
		for _, method := range []string{"GET", "POST"} {
			resp, _, err := offline(t.Context(), e, method, list, third)
			if err != nil {
				t.Fatal(err)
			}
			statuses[method] = append(statuses[method], resp.StatusCode)
		}
	}
	if !slices.Equal(statuses["GET"], []int{200, 200, 200}) || !slices.Equal(statuses["POST"], []int{200, 429, 429}) {
		t.Errorf("statuses are %v", statuses)
	}
}

// What the provider's Terraform provider reads beside the contract.
func TestOtherReads(t *testing.T) {
	e := newEmulator(t, emulator.Options{})
	cluster := "/clusters/" + emulator.DemoClusterUUID
	for path, want := range map[string]string{
		cluster + "/oidc": `{"status":false}`, cluster + "/ip-acl": `{"defaultAction":"allow","entries":[]}`,
	} {
		if resp, body, err := offline(t.Context(), e, "GET", path, ""); err != nil || resp.StatusCode != 200 || strings.TrimSpace(body) != want {
			t.Errorf("%s: %v, %v: %s", path, resp, err, body)
		}
	}
	if resp, body, err := offline(t.Context(), e, "GET", "/clusters/"+nobody+"/oidc", ""); err != nil || resp.StatusCode != 404 {
		t.Errorf("%v, %v: %s", resp, err, body)
	}
	req, err := http.NewRequest("POST", strings.TrimSuffix(e.BaseURL(), "/vnks/v2")+"/vserver/v2/getRegionList", strings.NewReader("a=b"))
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.New(e.Credentials()).Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	resp, err := e.Transport().RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	data, _ := io.ReadAll(resp.Body)
	if !json.Valid(data) {
		t.Errorf("no JSON: %s", data)
	}
	var regions struct {
		RegionList []struct{ RegionCode, RegionName string }
	}
	// The SDK takes the inner object like this.
	inner := data[bytes.IndexAny(bytes.Trim(data, "{"), "{") : len(data)-1]
	if err := json.Unmarshal(inner, &regions); err != nil || len(regions.RegionList) != 3 || regions.RegionList[0].RegionCode != "KR" {
		t.Errorf("%v: %s", err, inner)
	}

	reader := emulator.Key{Credentials: signer.Credentials{AccessKey: "READER", SecretKey: "s"}, Operations: []string{"listAccessEntries"}}
	e = newEmulator(t, emulator.Options{Keys: []emulator.Key{reader}})
	if resp, body, err := offline(t.Context(), e, "GET", cluster+"/oidc", ""); err != nil || resp.StatusCode != 403 || !strings.Contains(body, "READER may not use getOidc") {
		t.Errorf("%v, %v: %s", resp, err, body)
	}
}
