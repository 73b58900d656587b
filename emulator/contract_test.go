package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// hostileBodies are bodies of about a megabyte that cost much to check if nothing bounds the work.
func hostileBodies() map[string]string {
	entry := `{"type":"USER","entry":"` + user + `",`
	fill := func(text string) string { return strings.Repeat(text, (maxBody-1000)/len(text)) }
	var names strings.Builder
	for i := 0; names.Len() < maxBody-1000; i++ {
		fmt.Fprintf(&names, `"n%d":0,`, i)
	}
	var someNames, longNames strings.Builder
	for i := range 90 {
		fmt.Fprintf(&someNames, `"n%d":0,`, i)
	}
	for i := range 9_900 {
		fmt.Fprintf(&longNames, `"%s%d":0,`, strings.Repeat("n", 90), i)
	}
	return map[string]string{
		"policies without anything":       entry + `"policies":[` + fill(`{},`) + `{}]}`,
		"policies of a wrong type":        entry + `"policies":[` + fill(`0,`) + `0]}`,
		"empty namespaces":                entry + `"policies":[{"type":"NKSEditPolicy","scope":"namespace","namespaces":[` + fill(`"",`) + `""]}]}`,
		"empty groups":                    entry + `"groups":[` + fill(`"",`) + `""]}`,
		"unknown fields":                  `{` + names.String() + `"type":0}`,
		"policies of unknown fields":      entry + `"policies":[{` + names.String() + `"type":0}]}`,
		"a long name of a field":          `{"` + fill("x") + `":0}`,
		"a long NRN":                      `{"type":"USER","entry":"` + fill("x") + `"}`,
		"deep lists":                      fill("["),
		"deep objects":                    fill(`{"a":`),
		"policies of some unknown fields": entry + `"policies":[` + strings.Repeat(`{`+someNames.String()+`"z":0},`, 99) + `{}]}`,
		"a policy of long unknown fields": entry + `"policies":[{` + longNames.String() + `"z":0}]}`,
		"a number of a million digits":    `{"type":` + fill("9") + `}`,
		"nested lists in place of it":     entry + `"groups":[` + strings.Repeat(fill(`[`)[:15]+strings.Repeat("]", 15)+",", 30_000) + `0]}`,
	}
}

// The work for a hostile body is bounded: it allocates no more than some copies of the body, and
// lists few violations.
func TestHostileBodiesAreCheap(t *testing.T) {
	e := newEmulator(t, emulator.Options{})
	for name, body := range hostileBodies() {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w := fuzzed(t, e, "POST", entries, []byte(body))
			runtime.ReadMemStats(&after)
			if w.Code != http.StatusBadRequest || w.Body.Len() > 20<<10 {
				t.Errorf("status %d, %d bytes: %.300s", w.Code, w.Body.Len(), w.Body)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 16<<20 {
				t.Errorf("it allocated %d MiB", allocated>>20)
			}
			var answer struct {
				Error struct{ Details struct{ Error []any } }
			}
			if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || len(answer.Error.Details.Error) > 20 {
				t.Errorf("%d violations, %v", len(answer.Error.Details.Error), err)
			}
		})
	}
}

func TestMoreRefusedRequests(t *testing.T) {
	e := newTester(t, emulator.Options{})
	policies := func(policies string) string {
		return `{"type":"USER","entry":"` + user + `","policies":` + policies + `}`
	}
	view := `{"type":"NKSViewPolicy","scope":"cluster"}`
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		words                    []string
	}{
		{"a NUL in a group", "POST", entries, `{"type":"USER","entry":"` + user + `","groups":["a","b\u0000"]}`, 400, []string{`"property":"groups[1]"`, "control characters"}},
		{"a line break in a namespace", "POST", entries, policies(`[` + view + `,{"type":"NKSViewPolicy","scope":"namespace","namespaces":["a\n"]}]`), 400, []string{`"property":"policies[1].namespaces[0]"`}},
		{"a C1 control character", "POST", entries, `{"type":"USER","entry":"` + user + `","groups":["a\u0085"]}`, 400, []string{"control characters"}},
		{"half a surrogate pair", "POST", entries, `{"type":"USER","entry":"` + user + `","groups":["\ud800"]}`, 400, []string{"invalid Unicode"}},
		{"invalid UTF-8", "POST", entries, "{\"type\":\"USER\",\"entry\":\"" + user + "\",\"groups\":[\"a\xff\"]}", 400, []string{"the body is not UTF-8"}},
		{"the 70th policy", "POST", entries, policies(`[` + strings.Repeat(view+",", 70) + `{"type":"X","scope":"cluster"}]`), 400, []string{`"property":"policies[70].type"`}},
		{"nesting", "POST", entries, strings.Repeat("[", 50), 400, []string{"nested more than 20 deep"}},
		{"a namespace with a line break", "POST", entries, policies(`[{"type":"NKSViewPolicy","scope":"namespace","namespaces":["a\n"]}]`), 400, []string{`"policies[0].namespaces[0] must not contain control characters or invalid Unicode"`}},
		{"a wrong type of a policy", "POST", entries, policies(`[{"type":"X","scope":"namespace","namespaces":["a"]}]`), 400, []string{`NKSEditPolicy or NKSViewPolicy"`}},

		{"the path of a cluster in the singular", "GET", base + "/cluster/" + emulator.DemoClusterUUID, "", 404, []string{"Did you mean " + base + "/clusters/" + emulator.DemoClusterUUID + "?"}},
		{"an entry below the singular", "GET", base + "/clusters/a/accessEntry/b", "", 404, []string{"Did you mean " + base + "/clusters/a/access-entries/b?"}},
		{"another spelling of the auth type", "PATCH", base + "/clusters/a/authType", "{}", 404, []string{"Did you mean " + base + "/clusters/a/auth-type?"}},
		{"node pools", "GET", base + "/clusters/" + emulator.DemoClusterUUID + "/node-pool", "", 404, []string{"This API is not emulated"}},
		{"a change of OIDC", "PATCH", base + "/clusters/" + emulator.DemoClusterUUID + "/oidc", "{}", 404, []string{"This API is not emulated"}},
		{"no base path", "GET", "/clusters", "", 404, []string{"Paths begin with the path of a base URL, such as /vnks/v2"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := *e
			e.TB = t
			e.expect(e.send(c.method, c.path, c.body, nil), c.status, c.words...)
		})
	}
	if list := e.list(); len(list) != 0 {
		t.Errorf("refused requests changed something: %v", list)
	}
}

// The emulator takes what the contract takes.
func TestAcceptedRequests(t *testing.T) {
	e := newTester(t, emulator.Options{})
	view := `{"type":"NKSViewPolicy","scope":"cluster"}`
	for name, body := range map[string]string{
		"a type that does not fit the NRN": `{"type":"USER","entry":"` + role + `"}`,
		"the same policy twice":            `{"type":"USER","entry":"` + user + `","policies":[` + view + `,` + view + `]}`,
		"the same group twice":             `{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/2","groups":["a","a"]}`,
		"the main account":                 `{"type":"USER","entry":"nrn:PUB:Account::5000008"}`,
		"the main account by its ID":       `{"type":"USER","entry":"nrn:PUB:Account::5000008:Account/1"}`,
		"the masked main account":          `{"type":"USER","entry":"nrn:PUB:IAM::5000008:Account::x"}`,
		"words of any language":            `{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/3","groups":["개발 😀"]}`,
	} {
		if a := e.send("POST", entries, body, nil); a.status != 200 {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
}

func TestSetClusterAuthType(t *testing.T) {
	path := t.TempDir() + "/nks.db"
	options := emulator.Options{Clusters: []nks.Cluster{
		{UUID: emulator.DemoClusterUUID, Name: "old", AuthType: "CONFIG_MAP", Status: "RUNNING"},
	}}
	cluster := base + "/clusters/" + emulator.DemoClusterUUID
	clock := newClock()
	options.Clock = clock.time
	options.DataFile = path
	if err := options.Faults.Set("busy", "10s"); err != nil {
		t.Fatal(err)
	}
	e := newTester(t, options)
	e.expect(e.send("PATCH", cluster+"/auth-type", `{"authType":"CONFIG_MAP"}`, nil), 400, "authType must be API")
	e.expect(e.send("PATCH", cluster+"/auth-type", `{}`, nil), 400, "authType is required")
	e.expect(e.send("PATCH", base+"/clusters/"+nobody+"/auth-type", `{"authType":"API"}`, nil), 404)
	e.expect(e.send("PATCH", cluster+"/auth-type", `{"authType":"API"}`, nil), 200, `{"uuid":"`+emulator.DemoClusterUUID+`"}`)
	e.expect(e.send("GET", cluster, "", nil), 200, `"authType":"API"`, `"status":"WORKING"`)
	e.expect(e.admin("GET", "/_emulator/state", "", "", nil), 200, `"authType":"API"`)
	e.expect(e.send("PATCH", cluster+"/auth-type", `{"authType":"API"}`, nil), 200) // nothing to change
	e.expect(e.send("POST", entries, `{"type":"USER","entry":"`+user+`"}`, nil), 409)
	clock.advance(10e9)
	e.create(`{"type":"USER","entry":"` + user + `"}`)
	clock.advance(10e9)

	if err := e.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	e = newTester(t, options)
	e.expect(e.send("GET", cluster, "", nil), 200, `"authType":"API"`, `"status":"RUNNING"`)
	if list := e.list(); len(list) != 1 {
		t.Errorf("entries are %v", list)
	}
	if err := e.server.Reset(); err != nil {
		t.Fatal(err)
	}
	e.expect(e.send("GET", cluster, "", nil), 200, `"authType":"CONFIG_MAP"`)
}

func TestLowerScopes(t *testing.T) {
	e := newTester(t, emulator.Options{Faults: emulator.Faults{LowerScopes: true}})
	id := e.create(`{"type":"USER","entry":"` + user + `","policies":[{"type":"NKSViewPolicy","scope":"cluster"},{"type":"NKSEditPolicy","scope":"namespace","namespaces":["A"]}]}`)
	for _, path := range []string{entries, entries + "/" + id} {
		e.expect(e.send("GET", path, "", nil), 200, `"scope":"cluster"`, `"scope":"namespace"`, `"namespaces":["A"]`)
	}
	e.server.SetFaults(emulator.Faults{})
	for _, path := range []string{entries, entries + "/" + id} {
		e.expect(e.send("GET", path, "", nil), 200, `"scope":"Cluster"`, `"scope":"Namespace"`)
	}
}
