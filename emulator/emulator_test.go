package emulator_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/uuid"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/emulator/internal/signature"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// maxBody is the size of the largest request body.
const maxBody = 1 << 20

const (
	base    = "/vnks/v2"
	entries = base + "/clusters/" + emulator.DemoClusterUUID + "/access-entries"
	user    = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	role    = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	nobody  = "00000000-0000-4000-8000-000000000000"
)

// patience is how long a test waits for what should happen at once. It is long because the machine
// may be busy.
const patience = 5 * time.Minute

// tester sends signed requests to an emulator, and holds every answer against the contract.
type tester struct {
	testing.TB
	server *emulator.Server
	doc    *openapi3.T
	router routers.Router
	signer *signer.Signer
}

func newTester(t testing.TB, options emulator.Options) *tester {
	t.Helper()
	server, err := emulator.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	doc, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	doc.Servers = nil
	for _, base := range emulator.BasePaths() {
		doc.Servers = append(doc.Servers, &openapi3.Server{URL: server.URL + base})
	}
	router, err := legacy.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &tester{t, server, doc, router, signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey), signer.WithClock(options.Clock))}
}

func newEmulator(t testing.TB, options emulator.Options) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

type answer struct {
	status int
	header http.Header
	body   string
}

// send signs and sends a request, after change was made to it.
func (t *tester) send(method, path, body string, change func(*http.Request)) answer {
	t.Helper()
	req, err := http.NewRequest(method, t.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if err := t.signer.Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := (&http.Client{CheckRedirect: signer.NoRedirect, Timeout: patience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if method == "HEAD" {
		return answer{resp.StatusCode, resp.Header, ""}
	}
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	t.checkResponse(req, resp, data)
	return answer{resp.StatusCode, resp.Header, string(data)}
}

// checkResponse fails the test when the contract does not allow the answer.
func (t *tester) checkResponse(req *http.Request, resp *http.Response, data []byte) {
	t.Helper()
	if contentType := resp.Header.Get("Content-Type"); contentType != "application/json" {
		t.Errorf("%s %s: Content-Type is %q", req.Method, req.URL.Path, contentType)
	}
	route, pathParams, err := t.router.FindRoute(req)
	if err != nil { // a path or method that the contract does not know has the error body all the same
		var body any
		if err := json.Unmarshal(data, &body); err != nil {
			t.Errorf("%s %s: %v in %s", req.Method, req.URL.Path, err, data)
			return
		}
		if err := t.doc.Components.Schemas["ErrorResponse"].Value.VisitJSON(body); err != nil {
			t.Errorf("%s %s: %v", req.Method, req.URL.Path, err)
		}
		return
	}
	err = openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: req, PathParams: pathParams, Route: route},
		Status:                 resp.StatusCode,
		Header:                 resp.Header,
		Body:                   io.NopCloser(bytes.NewReader(data)),
		Options:                &openapi3filter.Options{IncludeResponseStatus: true},
	})
	if err != nil {
		t.Errorf("%s %s: the contract does not allow this answer: %v\n%s", req.Method, req.URL.Path, err, data)
	}
}

// create makes an entry and returns its UUID, which the answer does not hold.
func (t *tester) create(body string) string {
	t.Helper()
	a := t.send("POST", entries, body, nil)
	if want := fmt.Sprintf(`{"uuid":"%s"}`, emulator.DemoClusterUUID); a.status != 200 || strings.TrimSpace(a.body) != want {
		t.Fatalf("create: %d %s, want %s", a.status, a.body, want)
	}
	var request struct{ Entry string }
	if err := json.Unmarshal([]byte(body), &request); err != nil {
		t.Fatal(err)
	}
	for _, entry := range t.list() {
		if entry.Entry == request.Entry {
			return entry.UUID
		}
	}
	t.Fatalf("the list does not hold %s", request.Entry)
	return ""
}

func (t *tester) list() []nks.AccessEntry {
	t.Helper()
	a := t.send("GET", entries, "", nil)
	var list nks.AccessEntryList
	if err := json.Unmarshal([]byte(a.body), &list); err != nil || a.status != 200 {
		t.Fatalf("list: %d %s", a.status, a.body)
	}
	return list.AccessEntries
}

func (t *tester) get(id string) nks.AccessEntry {
	t.Helper()
	a := t.send("GET", entries+"/"+id, "", nil)
	var result nks.AccessEntryResult
	if err := json.Unmarshal([]byte(a.body), &result); err != nil || a.status != 200 {
		t.Fatalf("get: %d %s", a.status, a.body)
	}
	return result.AccessEntry
}

func (t *tester) expect(a answer, status int, words ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status is %d, want %d: %s", a.status, status, a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("%s is not in %s", w, a.body)
		}
	}
}

func TestAnEntryFromCreateToDelete(t *testing.T) {
	e := newTester(t, emulator.Options{})
	if list := e.list(); len(list) != 0 {
		t.Fatalf("a new emulator has entries: %v", list)
	}
	id := e.create(`{"type":"USER","entry":"` + user + `","groups":["dev"],"policies":[
		{"type":"NKSEditPolicy","scope":"namespace","namespaces":["dev","*-ns"]},{"type":"NKSViewPolicy","scope":"cluster"}]}`)
	if _, err := uuid.Parse(id); err != nil {
		t.Error(err)
	}
	e.expect(e.send("GET", entries+"/"+id, "", nil), 200, `"clusterUuid":"`+emulator.DemoClusterUUID+`"`, `"uuid":"`+id+`"`,
		`"entry":"`+user+`"`, `"groups":["dev"]`, `"scope":"Namespace"`, `"namespaces":["dev","*-ns"]`, `"scope":"Cluster"`)
	upper := base + "/clusters/" + strings.ToUpper(emulator.DemoClusterUUID) + "/access-entries/" + strings.ToUpper(id)
	e.expect(e.send("GET", upper, "", nil), 200, `"uuid":"`+id+`"`)

	e.expect(e.send("PUT", entries+"/"+id, `{"groups":[],"policies":[{"type":"NKSAdminPolicy","scope":"cluster"}]}`, nil), 200, emulator.DemoClusterUUID)
	if got := e.get(id); len(got.Groups) != 0 || len(got.Policies) != 1 || got.Policies[0].Type != "NKSAdminPolicy" || got.Entry != user {
		t.Errorf("after the update: %+v", got)
	}
	e.expect(e.send("PUT", entries+"/"+id, `{"groups":["ops"]}`, nil), 200)
	if got := e.get(id); len(got.Groups) != 1 || len(got.Policies) != 1 {
		t.Errorf("a list that was left out is not kept: %+v", got)
	}

	e.expect(e.send("DELETE", entries+"/"+id, "", nil), 200, emulator.DemoClusterUUID)
	e.expect(e.send("GET", entries+"/"+id, "", nil), 404, id)
	if list := e.list(); len(list) != 0 {
		t.Errorf("after the delete: %v", list)
	}
	e.create(`{"type":"USER","entry":"` + user + `"}`) // the principal is free again
}

func TestListKeepsTheOrderOfCreation(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for i := range 20 {
		e.create(fmt.Sprintf(`{"type":"USER","entry":"nrn:PUB:IAM::5000008:SubAccount/%d"}`, i))
	}
	for i, entry := range e.list() {
		if want := fmt.Sprintf("nrn:PUB:IAM::5000008:SubAccount/%d", i); entry.Entry != want {
			t.Errorf("entry %d is %s", i, entry.Entry)
		}
	}
}

func TestClusters(t *testing.T) {
	e := newTester(t, emulator.Options{Clusters: []nks.Cluster{
		{UUID: "AAAAA20E-E0FB-4DC9-AF1B-97FD3F8D0000", Name: "one", AdditionalProperties: map[string]any{"nodeCount": 3}},
		{UUID: nobody, Name: "two", AuthType: "CONFIG_MAP"},
	}})
	e.expect(e.send("GET", base+"/clusters", "", nil), 200, `"name":"one"`, `"name":"two"`, `"nodeCount":3`)
	e.expect(e.send("GET", base+"/clusters/aaaaa20e-e0fb-4dc9-af1b-97fd3f8d0000", "", nil), 200, `"name":"one"`)
	e.expect(e.send("GET", base+"/clusters/"+emulator.DemoClusterUUID, "", nil), 404, emulator.DemoClusterUUID)
}

func TestEveryBasePath(t *testing.T) {
	e := newTester(t, emulator.Options{})
	doc, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range doc.Servers {
		_, afterScheme, _ := strings.Cut(server.URL, "://")
		path := afterScheme[strings.Index(afterScheme, "/"):]
		e.expect(e.send("GET", path+"/clusters", "", nil), 200, emulator.DemoClusterUUID)
	}
}

func TestNotFoundAndConflict(t *testing.T) {
	e := newTester(t, emulator.Options{})
	id := e.create(`{"type":"ROLE","entry":"` + role + `"}`)
	unknown := base + "/clusters/" + nobody
	body := `{"groups":[],"policies":[]}`
	for _, c := range []struct{ method, path, body string }{
		{"GET", unknown, ""},
		{"GET", unknown + "/access-entries", ""},
		{"POST", unknown + "/access-entries", `{"type":"ROLE","entry":"` + role + `"}`},
		{"GET", unknown + "/access-entries/" + id, ""},
		{"PUT", unknown + "/access-entries/" + id, body},
		{"DELETE", unknown + "/access-entries/" + id, ""},
		{"GET", entries + "/" + nobody, ""},
		{"PUT", entries + "/" + nobody, body},
		{"DELETE", entries + "/" + nobody, ""},
	} {
		e.expect(e.send(c.method, c.path, c.body, nil), 404, `"statusCode":404`, nobody)
	}
	e.expect(e.send("POST", entries, `{"type":"ROLE","entry":"`+role+`","groups":["other"]}`, nil), 409, "ConflictException", id)
	if list := e.list(); len(list) != 1 || list[0].UUID != id || len(list[0].Groups) != 0 {
		t.Errorf("the list is %v", list)
	}
}

func TestAuthentication(t *testing.T) {
	now := time.UnixMilli(1767225600000)
	e := newTester(t, emulator.Options{Clock: func() time.Time { return now }})
	signedAt := func(at time.Time, access, secret string) func(*http.Request) {
		s := signer.New(signer.Static(access, secret), signer.WithClock(func() time.Time { return at }))
		return func(r *http.Request) {
			if err := s.Sign(r.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		words  []string
	}{
		{"another secret key", signedAt(now, emulator.DemoAccessKey, "wrong"), []string{
			`string to sign is \"GET ` + entries + `\\n1767225600000\\n` + emulator.DemoAccessKey + `\"`}},
		{"a tampered path", func(r *http.Request) { r.URL.Path += "/" + nobody }, []string{nobody + `\\n1767225600000`}},
		{"an unknown key", signedAt(now, "SOMEBODYELSE", "x"), []string{`unknown access key \"SOMEBODYELSE\"`}},
		{"six minutes late", signedAt(now.Add(-6*time.Minute), emulator.DemoAccessKey, emulator.DemoSecretKey), []string{"6m0s off", `string to sign is \"GET `}},
		{"six minutes early", signedAt(now.Add(6*time.Minute), emulator.DemoAccessKey, emulator.DemoSecretKey), []string{"6m0s off"}},
		{"no timestamp", func(r *http.Request) { r.Header.Del(signer.HeaderTimestamp) }, []string{"missing header x-ncp-apigw-timestamp"}},
		{"no signature", func(r *http.Request) { r.Header.Del(signer.HeaderSignature) }, []string{"missing header x-ncp-apigw-signature-v2"}},
		{"seconds", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "now") }, []string{"milliseconds since 1970"}},
		{"an unknown path", func(r *http.Request) { r.URL.Path = "/nobody"; r.Header = http.Header{} }, []string{"missing header"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := e.send("GET", entries, "", c.change)
			e.expect(a, 401, append(c.words, `"errorCode":"200"`, `"message":"Authentication Failed"`, `"details":"Invalid authentication information`)...)
			if strings.Contains(a.body, emulator.DemoSecretKey) {
				t.Error("the answer holds the secret key")
			}
			if date := a.header.Get("Date"); date != "Thu, 01 Jan 2026 00:00:00 GMT" {
				t.Errorf("Date is %s, which a client with a wrong clock goes by", date)
			}
		})
	}
	e.expect(e.send("GET", entries, "", func(r *http.Request) {
		r.Header[signature.HeaderV1] = r.Header[signer.HeaderSignature]
		r.Header.Del(signer.HeaderSignature)
	}), 200)
}

func TestClustersNeedUUIDsOfTheirOwn(t *testing.T) {
	upper := strings.ToUpper(emulator.DemoClusterUUID)
	_, err := emulator.New(emulator.Options{Clusters: []nks.Cluster{{UUID: emulator.DemoClusterUUID}, {UUID: upper}}})
	if err == nil || !strings.Contains(err.Error(), "more than one cluster has the UUID "+emulator.DemoClusterUUID) {
		t.Errorf("got %v", err)
	}
}

func TestARequestWithoutABody(t *testing.T) {
	e := newTester(t, emulator.Options{})
	r, err := http.NewRequest(http.MethodPost, e.server.URL+entries, nil)
	if err == nil {
		r.Header.Set("Content-Type", "application/json")
		err = e.signer.Sign(t.Context(), r)
	}
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	e.server.ServeHTTP(w, r) // not over HTTP, so the body is nil
	if w.Code != http.StatusBadRequest {
		t.Errorf("got %d: %s", w.Code, w.Body)
	}
}

func TestNoPartOfASecretKeyIsLogged(t *testing.T) {
	e := newTester(t, emulator.Options{})
	const before = `{"type":"ROLE","groups":["`
	body := before + strings.Repeat("x", 2<<10-len(before)-20) + emulator.DemoSecretKey + `"]}`
	e.expect(e.send("POST", entries, body, nil), 400)
	logged := e.server.Requests()[0].Body
	if !strings.HasPrefix(logged, before) || strings.Contains(logged, emulator.DemoSecretKey[:10]) {
		t.Errorf("the log has %q", logged)
	}
}

func TestRefusedRequests(t *testing.T) {
	e := newTester(t, emulator.Options{})
	id := e.create(`{"type":"ROLE","entry":"` + role + `"}`)
	policies := func(policies string) string {
		return `{"type":"USER","entry":"` + user + `","policies":` + policies + `}`
	}
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		words                    []string
	}{
		{"a cluster by name", "GET", base + "/clusters/demo", "", 400, []string{`"property":"uuid"`, "uuid must be a well-formed UUID, such as"}},
		{"a cluster UUID in braces", "GET", base + "/clusters/%7B" + emulator.DemoClusterUUID + "%7D", "", 400, []string{`"property":"uuid"`}},
		{"a slash in a UUID", "GET", entries + "/%2e%2e%2F", "", 400, []string{`"property":"entryUuid"`}},
		{"an entry by NRN", "DELETE", entries + "/" + role, "", 404, []string{`"errorCode":"300"`}},
		{"no type and no entry", "POST", entries, `{}`, 400, []string{`"property":"type"`, "type is required", "entry is required"}},
		{"an unknown type", "POST", entries, `{"type":"GROUP","entry":"` + user + `"}`, 400, []string{"type must be USER or ROLE"}},
		{"an ARN", "POST", entries, `{"type":"USER","entry":"arn:aws:iam::1:user/x"}`, 400, []string{"entry must be a well-formed NRN, such as nrn:PUB:IAM::5000008:Role/"}},
		{"a long NRN", "POST", entries, `{"type":"USER","entry":"` + user + strings.Repeat("0", 100) + `"}`, 400, []string{"entry must be at most 128 characters long"}},
		{"an unknown field", "POST", entries, `{"type":"USER","entry":"` + user + `","polices":[]}`, 400, []string{`"property":"polices"`, "polices is not a field that this request takes (did you mean policies?)"}},
		{"two unknown fields", "POST", entries, `{"type":"USER","entry":"` + user + `","a":1,"b":2}`, 400, []string{`"property":"a"`, `"property":"b"`}},
		{"31 groups", "POST", entries, `{"type":"USER","entry":"` + user + `","groups":[` + strings.Repeat(`"g",`, 30) + `"g"]}`, 400, []string{"groups must hold at most 30"}},
		{"an empty group", "POST", entries, `{"type":"USER","entry":"` + user + `","groups":[""]}`, 400, []string{`"property":"groups[0]"`, "at least 1 characters"}},
		{"null groups", "POST", entries, `{"type":"USER","entry":"` + user + `","groups":null}`, 400, []string{"groups must not be null"}},
		{"groups in a string", "POST", entries, `{"type":"USER","entry":"` + user + `","groups":"dev"}`, 400, []string{"groups must be of type array"}},
		{"a scope as responses spell it", "POST", entries, policies(`[{"type":"NKSViewPolicy","scope":"Cluster"}]`), 400, []string{`"property":"policies[0].scope"`, "policies[0].scope must be cluster or namespace"}},
		{"no namespaces", "POST", entries, policies(`[{"type":"NKSEditPolicy","scope":"namespace"}]`), 400, []string{"policies[0].namespaces is required when policies[0].scope is namespace"}},
		{"empty namespaces", "POST", entries, policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":[]}]`), 400, []string{"policies[0].namespaces must hold at least 1 when policies[0].scope is namespace"}},
		{"namespaces in a cluster", "POST", entries, policies(`[{"type":"NKSEditPolicy","scope":"cluster","namespaces":["a"]}]`), 400, []string{"policies[0].namespaces is not a field that this request takes when policies[0].scope is cluster"}},
		{"an unknown scope, and an unknown type", "POST", entries, policies(`[{"type":"X","scope":"Cluster"}]`), 400, []string{"policies[0].scope must be cluster or namespace", "policies[0].type must be"}},
		{"no scope", "POST", entries, policies(`[{"type":"NKSEditPolicy"}]`), 400, []string{"policies[0].scope is required"}},
		{"a policy that is a string", "POST", entries, policies(`["NKSEditPolicy"]`), 400, []string{"policies[0] must be of type object"}},
		{"a list", "POST", entries, `[]`, 400, []string{"the body must be of type object"}},
		{"a policy without a type, and with a rule broken", "POST", entries, policies(`[{"type":"X","scope":"namespace"}]`), 400, []string{`"property":"policies[0].type"`, "policies[0].namespaces is required when"}},
		{"several mistakes at once", "POST", entries, `{"type":"X","entry":"y","groups":[""]}`, 400, []string{"type must be", "entry must be", "groups[0] must be"}},
		{"the principal in an update", "PUT", entries + "/" + id, `{"entry":"` + user + `"}`, 400, []string{"entry is not a field"}},
		{"broken JSON", "POST", entries, "{\n  \"type\": USER}", 400, []string{"not JSON that the API takes: line 2, column 10: invalid character"}},
		{"JSON cut short", "PUT", entries + "/" + id, `{"groups":[`, 400, []string{"not JSON", "unexpected end"}},
		{"more than one value", "POST", entries, `{"type":"USER","entry":"` + user + `"}{}`, 400, []string{"not JSON"}},
		{"white space", "POST", entries, "  \n", 400, []string{"the body is empty"}},
		{"a body that is too large", "POST", entries, `{"groups":["` + strings.Repeat("x", maxBody) + `"]}`, 413, []string{`"errorCode":"430"`, "1048576 bytes"}},
		{"a type twice", "POST", entries, `{"type":1,"type":"GROUP","entry":"` + user + `"}`, 400, []string{`line 1, column 16: duplicate field \"type\"`}},
		{"a megabyte of mistakes", "POST", entries, `{"type":"USER","entry":"` + user + `","policies":[` + strings.Repeat("{},", 300_000) + `{}]}`, 400, []string{`"errorCode":400`}},
		{"PATCH", "PATCH", entries + "/" + id, "{}", 405, []string{"takes DELETE, GET, PUT, not PATCH"}},
		{"DELETE of a cluster", "DELETE", base + "/clusters/" + emulator.DemoClusterUUID, "", 405, []string{"takes GET, not DELETE"}},
		{"POST to the clusters", "POST", base + "/clusters", "{}", 405, []string{"takes GET, not POST"}},
		{"the singular", "GET", base + "/clusters/" + emulator.DemoClusterUUID + "/access-entry", "", 404, []string{`"errorCode":"300"`, "Did you mean " + entries + "?"}},
		{"no base path", "GET", "/clusters", "", 404, nil},
		{"a path of nobody", "GET", "/nobody", "", 404, nil},
		{"a double slash", "GET", base + "//clusters", "", 404, nil},
		{"dots", "GET", entries + "/../access-entries", "", 404, nil},
		{"a trailing slash", "GET", entries + "/", "", 404, []string{"Did you mean " + entries + "?"}},
		{"a trailing slash of the clusters", "GET", base + "/clusters/", "", 404, []string{"Did you mean " + base + "/clusters?"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := *e
			e.TB = t
			e.expect(e.send(c.method, c.path, c.body, nil), c.status, c.words...)
		})
	}
	for _, contentType := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json/x", ";;"} {
		a := e.send("POST", entries, "{}", func(r *http.Request) { r.Header.Set("Content-Type", contentType) })
		e.expect(a, 400, "Content-Type must be application/json")
	}
	a := e.send("POST", entries, `{"type":"USER","entry":"`+user+`"}`, func(r *http.Request) {
		r.Header.Set("Content-Type", "Application/JSON; charset=utf-8")
	})
	e.expect(a, 200)
	if a := e.send("PATCH", entries, "", nil); a.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow is %q", a.header.Get("Allow"))
	}
	if a := e.send("HEAD", base+"/clusters", "", nil); a.status != 405 || a.header.Get("Allow") != "GET" {
		t.Errorf("HEAD is answered with %d, Allow %s", a.status, a.header.Get("Allow"))
	}
	if list := e.list(); len(list) != 2 {
		t.Errorf("refused requests changed something: %v", list)
	}
}

// Two programs may read a body differently that has a name twice. So it is refused, and nothing is
// stored.
func TestANameThatIsThereTwice(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for _, body := range []string{
		`{"type":"USER","entry":"` + user + `","policies":[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["a"]}],"policies":[]}`,
		`{"type":"USER","entry":"` + user + `","policies":[{"type":"NKSEditPolicy","scope":"cluster","type":"NKSViewPolicy"}]}`,
		`{"type":"USER","entry":"` + user + `","\u0074ype":"USER"}`,
	} {
		e.expect(e.send("POST", entries, body, nil), 400, "duplicate field")
	}
	if list := e.list(); len(list) != 0 {
		t.Errorf("entries are %v", list)
	}
}

func TestOptionsOfTheServer(t *testing.T) {
	e := newTester(t, emulator.Options{})
	conn, err := net.Dial("tcp", strings.TrimPrefix(e.server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if got, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(got), "HTTP/1.1 401 ") {
		t.Errorf("%v: %s", err, got)
	}
}

// Many writers at once: every principal gets one entry, whoever wins, and none is lost.
func TestConcurrentWriters(t *testing.T) {
	e := newTester(t, emulator.Options{})
	const writers, principals = 8, 25
	var created sync.Map
	var wg sync.WaitGroup
	for writer := range writers {
		wg.Go(func() {
			for i := range principals {
				nrn := fmt.Sprintf("nrn:PUB:IAM::5000008:SubAccount/%d", i)
				a := e.send("POST", entries, fmt.Sprintf(`{"type":"USER","entry":%q,"groups":["writer-%d"]}`, nrn, writer), nil)
				switch a.status {
				case 200:
					if other, twice := created.LoadOrStore(nrn, writer); twice {
						t.Errorf("%s was created by writers %d and %d", nrn, writer, other)
					}
				case 409:
				default:
					t.Errorf("%d %s", a.status, a.body)
				}
				e.list()
			}
		})
	}
	wg.Wait()
	list := e.list()
	if len(list) != principals {
		t.Errorf("%d entries, want %d", len(list), principals)
	}
	for _, entry := range list {
		writer, ok := created.Load(entry.Entry)
		if !ok || len(entry.Groups) != 1 || entry.Groups[0] != fmt.Sprintf("writer-%d", writer) {
			t.Errorf("%s is %v, created by %v", entry.Entry, entry.Groups, writer)
		}
	}
	for _, entry := range list {
		for range 2 {
			wg.Go(func() { e.send("PUT", entries+"/"+entry.UUID, `{"groups":["a"],"policies":[]}`, nil) })
			wg.Go(func() { e.send("DELETE", entries+"/"+entry.UUID, "", nil) })
		}
	}
	wg.Wait()
	if list := e.list(); len(list) != 0 {
		t.Errorf("%d entries are left", len(list))
	}
}

func TestShutdown(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	silent, err := net.Dial("tcp", strings.TrimPrefix(server.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for range 2 { // the second has nothing to do
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
	<-server.Stopped()
	if server.Err() != nil {
		t.Error(server.Err())
	}
	if n, err := silent.Read(make([]byte, 1)); err == nil {
		t.Errorf("a connection without a request is still open: %d, %v", n, err)
	}
	if _, err := http.Get(server.URL); err == nil {
		t.Error("still answers")
	}
}

// A shutdown waits for open requests until its context ends. Then it cuts them off.
func TestShutdownWaitsForRequests(t *testing.T) {
	for name, status := range map[string]int{"a context that goes on": 200, "a context that has ended": 0} {
		t.Run(name, func(t *testing.T) {
			open := make(chan struct{})
			released := make(chan struct{})
			e := newTester(t, emulator.Options{OnRequest: func(emulator.Request) {
				close(open)
				<-released
			}})
			response := make(chan int)
			go func() {
				req, _ := http.NewRequest("GET", e.server.URL+entries, nil)
				_ = e.signer.Sign(context.Background(), req)
				resp, err := http.DefaultClient.Do(req)
				if err != nil {
					response <- 0
					return
				}
				_ = resp.Body.Close()
				response <- resp.StatusCode
			}()
			<-open
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stopped := make(chan error)
			go func() { stopped <- e.server.Shutdown(ctx) }()
			<-e.server.Stopped() // from here on it waits
			if status == 0 {
				cancel()
			} else {
				close(released)
			}
			err := <-stopped
			if got := <-response; got != status || (err == nil) != (status == 200) {
				t.Errorf("status %d, %v", got, err)
			}
			if status == 0 {
				close(released)
			}
		})
	}
}

func TestListenSaysWhyItCannot(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	_, err = emulator.Listen(strings.TrimPrefix(server.URL, "http://"), emulator.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), "start emulator: ") || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
}

// A test that fails may print the emulator while requests change it.
func TestPrinting(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	done := make(chan error)
	go func() { done <- server.SetEntries(emulator.DemoClusterUUID, nil) }()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(verb, server); got != "emulator at "+server.URL {
			t.Errorf("%s of a server: %.200s", verb, got)
		}
		if got := fmt.Sprintf(verb, server.Emulator); got != "emulator" {
			t.Errorf("%s of an emulator: %.200s", verb, got)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// What a test gave, or got, may be changed: the emulator holds copies.
func TestEntriesAreCopies(t *testing.T) {
	const cluster = emulator.DemoClusterUUID
	initial := nks.CreateAccessEntryRequest{
		Type: nks.EntryTypeRole, Entry: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4", Groups: []string{"a"},
		Policies: []nks.AccessPolicy{{Type: nks.PolicyTypeNKSViewPolicy, Scope: nks.AccessPolicyScopeNamespace, Namespaces: []string{"a"}}},
	}
	e, err := emulator.New(emulator.Options{Entries: map[string][]nks.CreateAccessEntryRequest{cluster: {initial}}})
	if err != nil {
		t.Fatal(err)
	}
	expect := func(when, group string) {
		t.Helper()
		entry := e.Entries(cluster)[0]
		if entry.Groups[0] != group || entry.Policies[0].Namespaces[0] != group || entry.Policies[0].Type == "" {
			t.Errorf("%s: %+v", when, entry)
		}
	}
	initial.Groups[0] = "changed"
	initial.Policies[0].Namespaces[0] = "changed"
	expect("after a change of the options", "a")

	got := e.Entries(cluster)
	got[0].Groups[0] = "changed"
	got[0].Policies[0].Namespaces[0] = "changed"
	got[0].Policies[0].Type = ""
	expect("after a change of what Entries returned", "a")

	set := []nks.AccessEntry{{Entry: "one", Groups: []string{"b"}, Policies: []nks.AttachedPolicy{{Type: "two", Namespaces: []string{"b"}}}}}
	if err := e.SetEntries(cluster, set); err != nil {
		t.Fatal(err)
	}
	set[0].Groups[0] = "changed"
	set[0].Policies[0].Namespaces[0] = "changed"
	set[0].Policies[0].Type = ""
	expect("after a change of what SetEntries got", "b")
}
