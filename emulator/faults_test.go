package emulator_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// clock is a clock that only moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.UnixMilli(1767225600000)} }

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestFaultsInText(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"busy", "2s", "2s"}, {"busy", "0", ""}, {"busy", "", ""}, {"latency", "20ms", "20ms"}, {"skew", "-7m", "-7m"}, {"busy", "1h0m0s", "1h"}, {"busy", "1m1s", "1m1s"},
		{"rate", "10/s", "10/s"}, {"rate", "0.5", "0.5/s"}, {"rate", "0", ""},
		{"fail", "503:0.05", "503:0.05"}, {"fail", "500", "500:1"}, {"fail", "0", ""}, {"lose", "0.05", "0.05"}, {"lose", "1", "1"},
		{"scopes", "lower", "lower"}, {"scopes", "0", ""}, {"scopes", "Upper", "error"},

		{"create", "201", "201"}, {"create", "0", ""}, {"create", "400", "error"}, {"create", "x", "error"},
		{"delete", "204", "204"}, {"delete", "empty", "empty"}, {"delete", "200", "error"}, {"lists", "null", "null"}, {"lists", "none", "error"},
		{"errors", "html", "html"}, {"request-id", "on", "on"}, {"request-id", "yes", "error"}, {"unknown", "on", "on"}, {"duplicates", "400", "400"},
		{"only", "GET, createAccessEntry", "GET,createAccessEntry"}, {"only", "listSubAccounts,getOidc", "listSubAccounts,getOidc"},
		{"only", "get", "error"}, {"only", "createEntry", "error"}, {"only", "0", ""},

		{"busy", "-1s", "error"}, {"busy", "2", "error"}, {"busy", "2h", "error"}, {"latency", "x", "error"}, {"rate", "-1", "error"},
		{"rate", "NaN", "error"}, {"rate", "ten", "error"}, {"fail", "200:0.5", "error"}, {"fail", "503:2", "error"},
		{"fail", "oops", "error"}, {"lose", "1.1", "error"}, {"explode", "1", "error"},
	} {
		var f emulator.Faults
		err := f.Set(c.name, c.value)
		if c.want == "error" {
			if err == nil || f != (emulator.Faults{}) || !strings.Contains(err.Error(), c.name) {
				t.Errorf("%s=%s: %v, %+v", c.name, c.value, err, f)
			}
			continue
		}
		if err != nil || f.Get(c.name) != c.want {
			t.Errorf("%s=%s: got %q, %v", c.name, c.value, f.Get(c.name), err)
		}
		var again emulator.Faults
		if err := again.Set(c.name, f.Get(c.name)); err != nil || again != f {
			t.Errorf("%s=%s: %s is %+v, %v", c.name, c.value, f.Get(c.name), again, err)
		}
	}
}

func TestBusy(t *testing.T) {
	clock := newClock()
	e := newTester(t, emulator.Options{Clock: clock.time, Faults: emulator.Faults{Busy: 2 * time.Second}})
	cluster := base + "/clusters/" + emulator.DemoClusterUUID
	e.create(`{"type":"USER","entry":"` + user + `"}`)
	e.expect(e.send("GET", cluster, "", nil), 200, `"status":"WORKING"`)
	e.expect(e.send("POST", entries, `{"type":"ROLE","entry":"`+role+`"}`, nil), 409, "ConflictException", "is WORKING")
	e.expect(e.send("DELETE", entries+"/"+nobody, "", nil), 409)
	clock.advance(1999 * time.Millisecond)
	e.expect(e.send("POST", entries, `{"type":"ROLE","entry":"`+role+`"}`, nil), 409)
	clock.advance(time.Millisecond)
	e.expect(e.send("GET", cluster, "", nil), 200, `"status":"RUNNING"`)
	e.expect(e.send("DELETE", entries+"/"+nobody, "", nil), 404) // what changed nothing keeps nobody waiting
	e.expect(e.send("POST", entries, `{"type":"ROLE","entry":"`+role+`"}`, nil), 200)
}

// Of many changes at once to a cluster that takes its time for each, one is made.
func TestBusyTakesOneChangeAtATime(t *testing.T) {
	clock := newClock()
	e := newTester(t, emulator.Options{Clock: clock.time, Faults: emulator.Faults{Busy: time.Second}})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			e.send("POST", entries, fmt.Sprintf(`{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/%d"}`, i), nil)
		})
	}
	wg.Wait()
	if list := e.list(); len(list) != 1 {
		t.Errorf("%d entries", len(list))
	}
}

func TestRate(t *testing.T) {
	clock := newClock()
	e := newTester(t, emulator.Options{Clock: clock.time, Faults: emulator.Faults{Rate: 2}})
	for range 2 {
		e.expect(e.send("GET", entries, "", nil), 200)
	}
	a := e.send("GET", entries, "", nil)
	e.expect(a, 429, `"errorCode":"410"`, "Throttle Limited")
	if wait := a.header.Get("Retry-After"); wait != "1" {
		t.Errorf("Retry-After is %q", wait)
	}
	clock.advance(500 * time.Millisecond)
	e.expect(e.send("GET", entries, "", nil), 200)
	e.expect(e.send("GET", entries, "", nil), 429)
}

func TestFailIsTheSameInEveryRun(t *testing.T) {
	run := func() (statuses []int, uuids []string) {
		e := newTester(t, emulator.Options{Seed: 42, Faults: emulator.Faults{Fail: emulator.Failure{Status: 503, Probability: 0.3}}})
		for i := range 40 {
			a := e.send("POST", entries, fmt.Sprintf(`{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/%d"}`, i), nil)
			statuses = append(statuses, a.status)
		}
		e.server.SetFaults(emulator.Faults{})
		for _, entry := range e.list() {
			uuids = append(uuids, entry.UUID)
		}
		return statuses, uuids
	}
	statuses, uuids := run()
	againStatuses, againUUIDs := run()
	if fmt.Sprint(statuses, uuids) != fmt.Sprint(againStatuses, againUUIDs) {
		t.Errorf("two runs differ:\n%v %v\n%v %v", statuses, uuids, againStatuses, againUUIDs)
	}
	if failed := strings.Count(fmt.Sprint(statuses), "503"); failed < 4 || failed > 25 || len(uuids) != 40-failed {
		t.Errorf("%d of 40 failed at 0.3, %d entries", failed, len(uuids))
	}
}

func TestLoseMakesTheChangeAndDropsTheAnswer(t *testing.T) {
	e := newTester(t, emulator.Options{Faults: emulator.Faults{Lose: 1}})
	req, err := http.NewRequest("POST", e.server.URL+entries, strings.NewReader(`{"type":"USER","entry":"`+user+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if err := e.signer.Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if !errors.Is(err, io.EOF) && (err == nil || !strings.Contains(err.Error(), "reset")) {
		t.Errorf("got %v, %v", resp, err)
	}
	if list := e.list(); len(list) != 1 {
		t.Errorf("%d entries", len(list))
	}
	log := e.server.Requests()
	if last := log[0]; last.Fault != "lose" || last.Status != 0 || last.Operation != "createAccessEntry" {
		t.Errorf("the log says %+v", last)
	}
}

func TestLatencyAndSkew(t *testing.T) {
	e := newTester(t, emulator.Options{Faults: emulator.Faults{Latency: 50 * time.Millisecond}})
	start := time.Now()
	e.expect(e.send("GET", entries, "", nil), 200)
	if took := time.Since(start); took < 50*time.Millisecond {
		t.Errorf("took %s", took)
	}
	e.server.SetFaults(emulator.Faults{Skew: 7 * time.Minute})
	a := e.send("GET", entries, "", nil)
	e.expect(a, 401, "off the clock of the server")
	date, err := http.ParseTime(a.header.Get("Date"))
	if off := time.Until(date); err != nil || off < 6*time.Minute || off > 8*time.Minute {
		t.Errorf("Date is %s off, %v", off, err)
	}
}

func TestPermissions(t *testing.T) {
	reader := emulator.Key{Credentials: signer.Credentials{AccessKey: "READER", SecretKey: "s"}, Operations: []string{"listAccessEntries"}}
	e := newTester(t, emulator.Options{Keys: []emulator.Key{reader}})
	e.signer = signer.New(signer.Static("READER", "s"))
	e.expect(e.send("GET", entries, "", nil), 200)
	e.expect(e.send("GET", base+"/clusters", "", nil), 403, "ForbiddenException", "READER may not use listClusters")
	e.expect(e.send("POST", entries, `{"type":"USER","entry":"`+user+`"}`, nil), 403)
	if list := e.list(); len(list) != 0 {
		t.Errorf("entries are %v", list)
	}
}

func TestConfigMapClusterRefusesChanges(t *testing.T) {
	e := newTester(t, emulator.Options{Clusters: []nks.Cluster{{UUID: emulator.DemoClusterUUID, Name: "old", AuthType: "CONFIG_MAP"}}})
	e.expect(e.send("POST", entries, `{"type":"USER","entry":"`+user+`"}`, nil), 400, "authType CONFIG_MAP")
	e.expect(e.send("GET", entries, "", nil), 200, `"accessEntries":[]`)
}

func TestFirstEntriesAndReset(t *testing.T) {
	e := newTester(t, emulator.Options{Entries: map[string][]nks.CreateAccessEntryRequest{
		strings.ToUpper(emulator.DemoClusterUUID): {{Type: nks.EntryTypeUser, Entry: user, Groups: []string{"g"}}},
	}, Faults: emulator.Faults{Busy: time.Hour}})
	first := e.list()
	if len(first) != 1 || first[0].Entry != user || first[0].ClusterUUID != emulator.DemoClusterUUID {
		t.Fatalf("entries are %+v", first)
	}
	e.expect(e.send("DELETE", entries+"/"+first[0].UUID, "", nil), 200)
	if err := e.server.Reset(); err != nil {
		t.Fatal(err)
	}
	if len(e.server.Requests()) != 0 {
		t.Error("the log was kept")
	}
	if list := e.list(); len(list) != 1 {
		t.Errorf("entries are %+v", list)
	}
	e.expect(e.send("GET", base+"/clusters", "", nil), 200, "RUNNING")
}

func TestRequestLogIsARing(t *testing.T) {
	e := newTester(t, emulator.Options{})
	e.send("POST", entries, `{"type":"GROUP"}`, nil)
	log := e.server.Requests()
	if len(log) != 1 || log[0].Number != 1 || log[0].Status != 400 || log[0].Signature != "ok" || log[0].Operation != "createAccessEntry" ||
		log[0].Body != `{"type":"GROUP"}` || log[0].AccessKey != emulator.DemoAccessKey || !strings.Contains(log[0].Response, "type must be") {
		t.Errorf("the log is %+v", log)
	}
	for range 600 {
		e.send("GET", entries, "", nil)
	}
	log = e.server.Requests()
	if len(log) != 500 || log[0].Number != 102 || log[499].Number != 601 {
		t.Errorf("%d requests, %d to %d", len(log), log[0].Number, log[len(log)-1].Number)
	}
}

// admin sends a request as a program of this machine would, after change was made to it.
func (t *tester) admin(method, path, contentType, body string, change func(*http.Request)) answer {
	t.Helper()
	req, err := http.NewRequest(method, t.server.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	if change != nil {
		change(req)
	}
	resp, err := (&http.Client{CheckRedirect: signer.NoRedirect}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func TestAdminAPI(t *testing.T) {
	const form, object = "application/x-www-form-urlencoded", "application/json"
	e := newTester(t, emulator.Options{})
	e.expect(e.admin("POST", "/_emulator/faults", form, "busy=2s&fail=503:0.5", nil), 204)
	e.expect(e.admin("POST", "/_emulator/faults", form, "fail=0&rate=10/s", nil), 204)
	e.expect(e.admin("GET", "/_emulator/faults", "", "", nil), 200, `"busy":"2s"`, `"rate":"10/s"`, `"fail":""`)
	if f := e.server.Faults(); f.Busy != 2*time.Second || f.Rate != 10 || f.Fail != (emulator.Failure{}) {
		t.Errorf("faults are %+v", f)
	}
	for _, bad := range []struct{ contentType, body string }{
		{form, "busy=2s&fail=x"}, {form, "explode=1"}, {form, "%zz"}, {form, "lose=2"}, {object, `{"busy":"2s"}`}, {"text/plain", "busy=1s"},
	} {
		e.expect(e.admin("POST", "/_emulator/faults", bad.contentType, bad.body, nil), 400, "change faults: ")
	}
	if f := e.server.Faults(); f.Rate != 10 || f.Lose != 0 {
		t.Errorf("a refused change changed something: %+v", f)
	}
	e.expect(e.admin("POST", "/_emulator/faults", form, "busy=0&rate=0", nil), 204)

	e.create(`{"type":"USER","entry":"` + user + `"}`)
	e.expect(e.admin("GET", "/_emulator/state", "", "", nil), 200, `"name":"demo"`, user)
	e.expect(e.admin("GET", "/_emulator/requests?after=1", "", "", nil), 200, `{"requests":[{"number":2,`)
	a := e.admin("POST", "/_emulator/reset", form, "", func(r *http.Request) { r.Header.Set("Accept", "text/html") })
	e.expect(a, 303)
	e.expect(e.admin("GET", "/_emulator/state", "", "", nil), 200, `"accessEntries":[]`)
	e.expect(e.admin("GET", "/_emulator/nothing", "", "", nil), 404)
	e.expect(e.admin("GET", "/healthz", "", "", nil), 200, "ok")
	e.expect(e.admin("GET", "/openapi.yaml", "", "", nil), 200, "openapi: 3.0.3")
	e.expect(e.admin("GET", "/openapi.json", "", "", nil), 200, `"openapi":"3.0.3"`)
}

// A page of another site can send requests to this machine from the browser of somebody who has an
// emulator running.
func TestOtherSitesCannotSteerTheEmulator(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for name, change := range map[string]func(*http.Request){
		"a form of another site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"an older browser":        func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") },
		"a frame in a sandbox":    func(r *http.Request) { r.Header.Set("Origin", "null") },
		"a name that points here": func(r *http.Request) { r.Host = "evil.example.com" },
		"another port":            func(r *http.Request) { r.Header.Set("Origin", "http://127.0.0.1:1") },
	} {
		for _, path := range []string{"/_emulator/faults", "/_emulator/reset"} {
			e.expect(e.admin("POST", path, "application/x-www-form-urlencoded", "busy=2s", change), 403)
		}
		if f := e.server.Faults(); f != (emulator.Faults{}) {
			t.Errorf("%s changed %+v", name, f)
		}
	}
	e.expect(e.admin("GET", "/_emulator/state", "", "", func(r *http.Request) { r.Host = "evil.example.com" }), 403)
	e.expect(e.admin("POST", "/_emulator/faults", "application/x-www-form-urlencoded", "", func(r *http.Request) { r.Header.Set("Origin", e.server.URL) }), 204)
}

// The UUIDs that a seed draws again after a restart may be those of entries that a data file holds.
func TestASeedDoesNotOverwriteWhatAFileHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nks.db")
	for run := range 3 {
		e := newTester(t, emulator.Options{Seed: 1, DataFile: path})
		for i := range 3 {
			e.create(fmt.Sprintf(`{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/%d-%d"}`, run, i))
		}
		if list := e.list(); len(list) != 3*(run+1) {
			t.Errorf("run %d: %d entries", run, len(list))
		}
		if err := e.server.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASeedMakesTheSameFirstEntriesInEveryRun(t *testing.T) {
	options := emulator.Options{Seed: 7, Entries: map[string][]nks.CreateAccessEntryRequest{}}
	for i := range 5 {
		id := fmt.Sprintf("%d0000000-0000-4000-8000-000000000000", i)
		options.Clusters = append(options.Clusters, nks.Cluster{UUID: id, Name: id, AuthType: "API"})
		options.Entries[id] = []nks.CreateAccessEntryRequest{{Type: nks.EntryTypeUser, Entry: user}}
	}
	var first string
	for range 10 {
		e := newTester(t, options)
		for range 2 {
			a := e.admin("GET", "/_emulator/state", "", "", nil)
			if first == "" {
				first = a.body
			}
			if a.body != first {
				t.Fatalf("two runs, or what was before a reset and after it, differ:\n%s\n%s", first, a.body)
			}
			if err := e.server.Reset(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestLoseDropsNoAnswerThatNothingChanged(t *testing.T) {
	e := newTester(t, emulator.Options{Faults: emulator.Faults{Lose: 1}})
	e.expect(e.send("POST", entries, `{}`, nil), 400)
	e.expect(e.send("DELETE", entries+"/"+nobody, "", nil), 404)
	e.expect(e.send("DELETE", "/nobody", "", nil), 404)
}

func TestFailuresLookAsDocumented(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for status, want := range map[int]string{
		403: `"errorCode":403,"statusCode":403,"message":"ForbiddenException"`, 409: `"message":"ConflictException"`,
		413: `"errorCode":"430"`, 429: `"errorCode":"410","message":"Throttle Limited"`, 500: `"errorCode":"900"`, 503: `"errorCode":"500"`, 504: `"errorCode":"510"`,
	} {
		e.server.SetFaults(emulator.Faults{Fail: emulator.Failure{Status: status, Probability: 1}})
		e.expect(e.send("POST", entries, `{}`, nil), status, want)
	}
	e.server.SetFaults(emulator.Faults{Fail: emulator.Failure{Probability: 1}})
	e.expect(e.send("GET", entries, "", nil), 503)
}

func TestAnotherValueOfBusyEndsChangesUnderWay(t *testing.T) {
	clock := newClock()
	e := newTester(t, emulator.Options{Clock: clock.time, Faults: emulator.Faults{Busy: time.Hour}})
	another := func() answer {
		return e.send("POST", entries, fmt.Sprintf(`{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/%d"}`, len(e.list())), nil)
	}
	e.expect(another(), 200)
	e.server.SetFaults(emulator.Faults{Busy: time.Hour, Lose: 1e-9}) // the same value
	e.expect(another(), 409)
	e.server.SetFaults(emulator.Faults{Busy: time.Second})
	e.expect(another(), 200)
	e.expect(another(), 409)
	e.server.SetFaults(emulator.Faults{})
	e.expect(another(), 200)
	e.server.SetFaults(emulator.Faults{Busy: time.Hour}) // changes before it took no time
	e.expect(another(), 200)
	e.expect(another(), 409)
}

func TestFaultsChangedAtOnceAreAllKept(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for range 50 {
		e.server.SetFaults(emulator.Faults{})
		var wg sync.WaitGroup
		for _, change := range []string{"busy=1s", "latency=1ms", "lose=0.5", "skew=1m"} {
			wg.Go(func() { e.admin("POST", "/_emulator/faults", "application/x-www-form-urlencoded", change, nil) })
		}
		wg.Wait()
		if f := e.server.Faults(); f != (emulator.Faults{Busy: time.Second, Latency: time.Millisecond, Lose: 0.5, Skew: time.Minute}) {
			t.Fatalf("faults are %+v", f)
		}
	}
}

// Whatever a client does with its secret key, and whatever becomes of the request, logs do not hold
// it, nor grow with it.
func TestLogsHoldNoSecretKeyAndAreBounded(t *testing.T) {
	var lines bytes.Buffer
	e := newTester(t, emulator.Options{Logger: slog.New(slog.NewTextHandler(&lines, nil))})
	for _, faults := range []emulator.Faults{{}, {Fail: emulator.Failure{Status: 503, Probability: 1}}, {Rate: 1e-9}} {
		e.server.SetFaults(faults)
		e.send("GET", entries+"?key="+emulator.DemoSecretKey, "", nil)
		e.send("GET", entries, "", func(r *http.Request) { r.Header.Set(signer.HeaderAccessKey, emulator.DemoSecretKey) })
		e.send("POST", entries, `{"type":"`+emulator.DemoSecretKey+`"}`, nil)
		e.send("GET", entries+"?"+strings.Repeat("x", 20<<10), "", func(r *http.Request) {
			r.Header.Set(signer.HeaderAccessKey, strings.Repeat("y", 20<<10))
		})
	}
	a := e.admin("GET", "/_emulator/requests", "", "", nil)
	for where, text := range map[string]string{"log": lines.String(), "admin API": a.body} {
		if strings.Contains(text, emulator.DemoSecretKey) {
			t.Errorf("the secret key is in the %s", where)
		}
		if len(text) > 200<<10 {
			t.Errorf("%s: %d bytes of 12 requests", where, len(text))
		}
	}
}

func TestOtherMachinesCannotSteerTheEmulator(t *testing.T) {
	e := newEmulator(t, emulator.Options{})
	for _, path := range []string{"/", "/docs", "/_emulator/state"} {
		r := httptest.NewRequest("GET", "http://127.0.0.1"+path, nil)
		r.RemoteAddr = "192.0.2.1:1234"
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
