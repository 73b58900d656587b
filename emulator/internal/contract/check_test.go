package contract

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	clusterUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
	principal   = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
)

// checked returns the violations of a request that creates an entry, as "property: words" lines, and
// the status of its error, 0 for none.
func checked(t *testing.T, cluster, contentType, body string, anyPolicy bool) (int, string) {
	t.Helper()
	r := httptest.NewRequest("POST", "/clusters/x/access-entries", strings.NewReader(body))
	r.SetPathValue("uuid", cluster)
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	data, err := Operations()["POST /clusters/{uuid}/access-entries"].Check(w, r, anyPolicy)
	if err == nil {
		again, _ := io.ReadAll(r.Body)
		if string(data) != body || string(again) != body {
			t.Errorf("the body is %q, and %q when it is read again", data, again)
		}
		return 0, ""
	}
	var response *Error
	if !errors.As(err, &response) {
		t.Fatalf("got %v", err)
	}
	response.Write(w, time.UnixMilli(1767225600000))
	var decoded struct {
		Error struct{ Details json.RawMessage }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &decoded); err != nil {
		t.Fatal(err)
	}
	var list struct {
		Error []struct {
			Property    string
			Constraints map[string]string
		}
	}
	if json.Unmarshal(decoded.Error.Details, &list) != nil {
		return w.Code, string(decoded.Error.Details)
	}
	var lines []string
	for _, violation := range list.Error {
		for _, words := range violation.Constraints {
			lines = append(lines, violation.Property+": "+words)
		}
	}
	return w.Code, strings.Join(lines, "\n")
}

func TestCheck(t *testing.T) {
	entry := func(more string) string { return `{"type":"USER","entry":"` + principal + `"` + more + `}` }
	policies := func(policies string) string { return entry(`,"policies":[` + policies + `]`) }
	for _, c := range []struct{ name, body, want string }{
		{"an entry", entry(""), ""},
		{"policies", policies(`{"type":"NKSViewPolicy","scope":"cluster"},{"type":"NKSEditPolicy","scope":"namespace","namespaces":["dev"]}`), ""},
		{"nothing", `{}`, "type: type is required\nentry: entry is required"},
		{"no object", `[]`, ": the body must be of type object"},
		{"an unknown field", entry(`,"polices":[]`), "polices: polices is not a field that this request takes (did you mean policies?)"},
		{"null", entry(`,"groups":null`), "groups: groups must not be null"},
		{"an unknown scope and type", policies(`{"type":"X","scope":"Cluster"}`),
			"policies[0].scope: policies[0].scope must be cluster or namespace\n" +
				"policies[0].type: policies[0].type must be NKSClusterAdminPolicy or NKSAdminPolicy or NKSEditPolicy or NKSViewPolicy"},
		{"a scope that is an object", policies(`{"type":"NKSViewPolicy","scope":{}}`), "policies[0].scope: policies[0].scope must be cluster or namespace"},
		{"no scope", policies(`{"type":"NKSViewPolicy"}`), "policies[0].scope: policies[0].scope is required"},
		{"no scope, and an unknown field", policies(`{"type":"NKSViewPolicy","x":1}`),
			"policies[0].scope: policies[0].scope is required\npolicies[0].x: policies[0].x is not a field that this request takes"},
		{"no namespaces", policies(`{"type":"NKSViewPolicy","scope":"namespace"}`),
			"policies[0].namespaces: policies[0].namespaces is required when policies[0].scope is namespace"},
		{"namespaces in a cluster", policies(`{"type":"NKSViewPolicy","scope":"cluster","namespaces":["a"]}`),
			"policies[0].namespaces: policies[0].namespaces is not a field that this request takes when policies[0].scope is cluster"},
		{"an empty namespace", policies(`{"type":"NKSViewPolicy","scope":"namespace","namespaces":[""]}`),
			"policies[0].namespaces[0]: policies[0].namespaces[0] must be at least 1 characters long"},
		{"a policy that is text", policies(`"NKSViewPolicy"`), "policies[0]: policies[0] must be of type object"},
		{"a line break", entry(`,"groups":["a\n"]`), "groups[0]: groups[0] must not contain control characters or invalid Unicode"},
		{"a name twice", `{"type":"USER","type":"USER"}`, `: the body is not JSON that the API takes: line 1, column 21: duplicate field "type"`},
		{"a long name", `{"` + strings.Repeat("x", 101) + `":1}`, ": the body is not JSON that the API takes: line 1, column 104: a name is longer than 100 bytes"},
		{"nesting", strings.Repeat("[", 30), ": the body is not JSON that the API takes: line 1, column 22: it is nested more than 20 deep"},
		{"values", `[` + strings.Repeat("1,", 20_000) + `1]`, ": the body is not JSON that the API takes: line 1, column 20000: it holds more than 10000 values"},
		{"two values", `{} {}`, ": the body is not JSON that the API takes: line 1, column 4: there is more after the JSON value"},
		{"half", `{"type":`, ": the body is not JSON that the API takes: line 1, column 8: unexpected end"},
		{"white space", " ", ": the body is empty; it must be a JSON object"},
		{"no UTF-8", "{\"\xff\":1}", ": the body is not UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			status, got := checked(t, clusterUUID, "application/json", c.body, false)
			if got != c.want || (status == http.StatusBadRequest) != (c.want != "") {
				t.Errorf("%d\n got %s\nwant %s", status, got, c.want)
			}
		})
	}
}

func TestCheckBounds(t *testing.T) {
	status, got := checked(t, clusterUUID, "application/json", `{"policies":[`+strings.Repeat("1,", 100)+`1]}`, false)
	if n := strings.Count(got, "\n") + 1; status != http.StatusBadRequest || n != maxViolations {
		t.Errorf("%d, %d violations", status, n)
	}
	status, got = checked(t, clusterUUID, "application/json", `{"groups":["`+strings.Repeat("x", MaxBodyBytes)+`"]}`, false)
	if status != http.StatusRequestEntityTooLarge || !strings.Contains(got, "1048576 bytes") {
		t.Errorf("%d %s", status, got)
	}
	status, got = checked(t, "demo", "application/json", `{}`, false)
	if status != http.StatusBadRequest || !strings.HasPrefix(got, "uuid: uuid must be a well-formed UUID") {
		t.Errorf("%d %s", status, got)
	}
	for _, contentType := range []string{"", "text/plain", ";;"} {
		if status, got = checked(t, clusterUUID, contentType, `{}`, false); status != http.StatusBadRequest || !strings.Contains(got, "Content-Type must be application/json") {
			t.Errorf("%d %s", status, got)
		}
	}
}

func TestPoliciesOfAnyType(t *testing.T) {
	body := func(policy string) string {
		return `{"type":"USER","entry":"` + principal + `","policies":[` + policy + `]}`
	}
	for policy, ok := range map[string]bool{
		`{"type":"NKSDebugPolicy","scope":"cluster"}`:                      true,
		`{"type":"NKSDebugPolicy","scope":"namespace","namespaces":["a"]}`: true,
		`{"type":"NKSDebugPolicy"}`:                                        false,
		`{"type":"","scope":"cluster"}`:                                    false,
		`{"type":5,"scope":"cluster"}`:                                     false,
		`5`:                                                                false,
	} {
		if status, got := checked(t, clusterUUID, "application/json", body(policy), true); (status == 0) != ok {
			t.Errorf("%s: %d %s", policy, status, got)
		}
	}
	entry := map[string]any{"type": "USER", "entry": principal, "policies": []any{map[string]any{"type": "NKSDebugPolicy", "scope": "cluster"}}}
	var target struct{ Policies []struct{ Type string } }
	if err := ConvertEntry("x", entry, &target, true); err != nil || target.Policies[0].Type != "NKSDebugPolicy" {
		t.Errorf("got %+v, %v", target, err)
	}
	if err := ConvertEntry("x", entry, &target, false); err == nil || !strings.HasPrefix(err.Error(), "x.policies[0].type must be ") {
		t.Errorf("got %v", err)
	}
	if err := CheckEntry("x", entry, true); err != nil {
		t.Error(err)
	}
	if err := CheckEntry("x", func() {}, false); err == nil || !strings.HasPrefix(err.Error(), "x: ") {
		t.Errorf("got %v", err)
	}
}

// Errors of files repeat neither values nor names of fields, which may be secrets.
func TestConvertRepeatsNothing(t *testing.T) {
	var target any
	for want, value := range map[string]any{
		"x.name is required": map[string]any{"TOPSECRET": 1, "uuid": clusterUUID},
		"x.status must be of type string": map[string]any{
			"name": "a", "uuid": clusterUUID, "status": []any{"TOPSECRET"},
		},
	} {
		if err := Convert("x", "Cluster", value, &target); err == nil || err.Error() != want || strings.Contains(err.Error(), "TOPSECRET") {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	entry := map[string]any{"type": "USER", "entry": principal, "TOPSECRET": 1}
	if err := ConvertEntry("x", entry, &target, false); err == nil || err.Error() != "x has an unknown field (want entry, groups, policies, type)" {
		t.Errorf("got %v", err)
	}
	var wrong struct{ Entry int }
	if err := ConvertEntry("x", map[string]any{"type": "USER", "entry": principal}, &wrong, false); err == nil || !strings.HasPrefix(err.Error(), "x: ") {
		t.Errorf("got %v", err)
	}
}

func TestPathNotFound(t *testing.T) {
	bases := []string{"/vnks/v2", "/nks/v2"}
	for path, want := range map[string]string{
		"/clusters":                          "Paths begin with the path of a base URL, such as /vnks/v2.",
		"/nks/v2/cluster/a":                  "Did you mean /nks/v2/clusters/a?",
		"/vnks/v2/clusters/a/accessEntry/b/": "Did you mean /vnks/v2/clusters/a/access-entries/b?",
		"/vnks/v2/clusters/a/node-pool":      "This API is not emulated",
		"/vnks/v2/clusters//access-entries":  "This API is not emulated",
	} {
		if err := PathNotFound(path, bases); !strings.Contains(err.Error(), want) || !err.FromGateway() {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err     *Error
		status  int
		want    string
		gateway bool
	}{
		{Failed(503), 503, `{"error":{"errorCode":"500","message":"Endpoint Error","details":"Injected: the emulator was told to fail."}}`, true},
		{Failed(403), 403, `{"error":{"errorCode":403,"statusCode":403,"message":"ForbiddenException","details":"Injected: the emulator was told to fail."},"timestamp":"2026-01-01T00:00:00.000Z"}`, false},
		{Failed(0), 503, `"errorCode":"500"`, true},
		{Failed(418), 418, `"message":"I'm a teapot"`, false},
		{Failed(599), 599, `"message":"Error"`, false},
		{Errorf(409, "busy: %d", 1), 409, `"message":"ConflictException","details":"busy: 1"`, false},
		{AuthenticationFailed("Wrong.", "GET /"), 401, `"details":"Invalid authentication information: Wrong. The string to sign is \"GET /\"`, true},
		{AuthenticationFailed("Wrong.", ""), 401, `"details":"Invalid authentication information: Wrong."`, true},
		{NameErrorf(404, 404, "none"), 404, `{"errorCode":`, false},
	} {
		w := httptest.NewRecorder()
		c.err.Write(w, time.UnixMilli(1767225600000))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.want) || c.err.FromGateway() != c.gateway {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
		if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Date") != "Thu, 01 Jan 2026 00:00:00 GMT" {
			t.Errorf("%v: headers are %v", c.err, w.Header())
		}
	}
}

func TestDocument(t *testing.T) {
	if ids := OperationIDs(); len(ids) != len(Operations()) || !slices.IsSorted(ids) || !slices.Contains(ids, "createAccessEntry") {
		t.Errorf("operations are %v", ids)
	}
	if methods := Paths()["/clusters/{uuid}/access-entries"]; methods != "GET, POST" {
		t.Errorf("methods are %s", methods)
	}
	if fields := Fields("Cluster"); !slices.Contains(fields, "authType") {
		t.Errorf("fields are %v", fields)
	}
	if urls := ServerURLs(); len(urls) != 6 || !strings.HasPrefix(urls[0], "https://nks.apigw.ntruss.com/") {
		t.Errorf("servers are %v", urls)
	}
}

func TestNames(t *testing.T) {
	if ids := NameOperationIDs(); len(ids) != len(NameOperations()) || !slices.Contains(ids, "listSubAccounts") {
		t.Errorf("operations are %v", ids)
	}
	for _, operation := range NameOperations() {
		if operation.ID != "listSubAccounts" {
			continue
		}
		for query, ok := range map[string]bool{"": true, "?x=%zz": false, "?page=-5": false} {
			err := operation.Check(httptest.NewRequest("GET", operation.Path+query, nil))
			if (err == nil) != ok {
				t.Errorf("%q: %v", query, err)
			}
		}
	}
	for _, status := range []int{401, 403} {
		w := httptest.NewRecorder()
		var denied *Error
		if !errors.As(PermissionDenied(status), &denied) {
			t.Fatal("no response")
		}
		if denied.Write(w, time.Now()); w.Code != status {
			t.Errorf("status is %d", w.Code)
		}
	}
}
