package web

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/clinic"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

const clusterUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"

// site is a Site with two faults, a cluster and a request.
type site struct {
	Site
	faults map[string]string
	resets int
	broken error // of a reset
}

func newSite() *site {
	s := &site{faults: map[string]string{"busy": "2s", "lose": ""}}
	s.Site = Site{
		Keys:      []signer.Credentials{{AccessKey: "ACCESS", SecretKey: "it's secret"}},
		BasePaths: []string{"/vnks/v2", "/nks/v2"},
		Log:       &Log{},
		Fields: []FaultField{
			{Name: "busy", Label: "Busy", Example: "5s", Help: "Help of busy."},
			{Name: "lose", Label: "Lose", Example: "0.2", Help: "Help of lose.", Want: "a number"},
		},
		State: func(limit int) []Cluster {
			entries := []Entry{
				{nks.AccessEntry{UUID: "1", Entry: "one"}, "kim@corp"}, {nks.AccessEntry{UUID: "2", Entry: "two <b>"}, ""},
			}
			return []Cluster{{
				Cluster: nks.Cluster{UUID: clusterUUID, Name: "demo", Status: "RUNNING"},
				Entries: entries[:min(limit, len(entries))], Total: len(entries),
			}}
		},
		Faults: func() map[string]string { return s.faults },
		SetFaults: func(values map[string]string) error {
			if values["lose"] == "often" {
				return errors.New("lose: want a number")
			}
			maps.Copy(s.faults, values)
			return nil
		},
		CheckFault: func(name, value string) error {
			if name == "lose" && value == "often" {
				return errors.New("want a number")
			}
			return nil
		},
		Reset: func() error {
			s.resets++
			return s.broken
		},
		Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		},
	}
	s.Log.Add(Request{
		Method: "GET", Target: "/<i>", Status: 401, Duration: 1500 * time.Microsecond, Signature: "wrong",
		Diagnosis: &clinic.Diagnosis{Findings: []clinic.Finding{{Mistake: "crlf", Words: "It has CR."}}, Expected: "GET /"},
	})
	return s
}

// send sends a request as a program of this machine.
func (s *site) send(method, path, form string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://127.0.0.1:8080"+path, strings.NewReader(form))
	r.RemoteAddr = "127.0.0.1:1234"
	if form != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w
}

func TestHas(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/healthz": true, "/openapi.yaml": true, "/openapi.json": true, "/docs": true, "/docs/": true, "/docs/x": true, "/_emulator/x": true,
		"": false, "//": false, "/healthz/": false, "/docsx": false, "/_emulator": false, "/vnks/v2/clusters": false, "/Docs": false,
	} {
		if Has(path) != want {
			t.Errorf("%q: %t", path, !want)
		}
	}
}

func TestPages(t *testing.T) {
	s := newSite()
	for _, c := range []struct {
		path, contentType string
		words             []string
	}{
		{"/", "text/html; charset=utf-8", []string{
			"export NCLOUD_API_GW=http://127.0.0.1:8080\n", `export NCLOUD_SECRET_KEY=&#39;it&#39;\&#39;&#39;s secret&#39;`,
			"http://127.0.0.1:8080/vnks/v2", "http://127.0.0.1:8080/nks/v2", "demo", "two &lt;b&gt;", "/&lt;i&gt;", "1.5", "Create an entry",
			"/docs?cluster=" + clusterUUID + "#/access-entries/createAccessEntry",
			"/docs?cluster=" + clusterUUID + "&amp;entry=2#/access-entries/updateAccessEntry",
			"/docs?cluster=" + clusterUUID + "&amp;entry=2#/access-entries/deleteAccessEntry", "It has CR.",
			`name="busy" id="value-busy" value="2s"`, `name="lose" id="value-lose" value="" placeholder="0.2"`, "Help of lose.",
		}},
		{"/docs", "text/html; charset=utf-8", []string{"ACCESS", "The string to sign, in UTF-8, is"}},
		{"/healthz", "", []string{"ok\n"}},
		{"/openapi.yaml", "application/yaml", []string{"openapi: 3.0.3", "http://127.0.0.1:8080/vnks/v2"}},
		{"/openapi.json", "application/json", []string{`"openapi":"3.0.3"`, "http://127.0.0.1:8080/vnks/v2"}},
		{"/_emulator/console/style.css", css, []string{"{"}},
		{"/_emulator/console/script.js", javascript, []string{"'use strict'"}},
		{"/docs/style.css", css, []string{"{"}},
		{"/docs/script.js", javascript, []string{"SwaggerUI"}},
		{"/_emulator/faults", "application/json", []string{`{"busy":"2s","lose":""}`}},
		{"/_emulator/state", "application/json", []string{`"total":2`, `"entry":"two \u003cb\u003e"`, `"busy":"2s"`}},
		{"/_emulator/requests", "application/json", []string{`"requests":[{"number":1,`, `"cleared":0,"last":1`}},
	} {
		w := s.send("GET", c.path, "", nil)
		if w.Code != http.StatusOK || c.contentType != "" && w.Header().Get("Content-Type") != c.contentType {
			t.Errorf("%s: %d, %s", c.path, w.Code, w.Header().Get("Content-Type"))
		}
		for _, word := range c.words {
			if !strings.Contains(w.Body.String(), word) {
				t.Errorf("%s: %s is not in it", c.path, word)
			}
		}
	}
	for path, status := range map[string]int{"/_emulator/nothing": 404, "/docs/nothing": 404, "/docs/": 301} {
		if w := s.send("GET", path, "", nil); w.Code != status {
			t.Errorf("%s: %d, want %d", path, w.Code, status)
		}
	}
	w := s.send("GET", "/docs/swagger-ui.css", "", nil)
	reader, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := io.ReadAll(reader); err != nil || !strings.Contains(string(data), ".swagger-ui") || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%v, %d bytes", err, len(data))
	}
}

func TestPieces(t *testing.T) {
	for name, want := range map[string]string{
		"": "", "frontend": "frontend", "kim@corp": "kim@|corp", "NKSEditPolicy@dev,*-ns": "NKSEditPolicy@|dev,|*-ns",
		"nrn:PUB:IAM::5000008:Role/9ba09190-0000": "nrn:|PUB:|IAM::|5000008:|Role/|9ba09190-0000", "::/": "::/", "김@회사": "김@|회사",
	} {
		if got := strings.Join(pieces(name), "|"); got != want {
			t.Errorf("%q: %s, want %s", name, got, want)
		}
	}
}

func TestPiecesShowWhatNobodySees(t *testing.T) {
	for name, want := range map[string]string{
		"접근 권한":           "접근 권한",
		"ad\u200bmin":     `ad\u200bmin`,
		"ad\u3164min":     `ad\u3164min`,
		"ad\nmin":         `ad\u000amin`,
		"ad\U000e0061min": `ad\U000e0061min`,
	} {
		if got := strings.Join(pieces(name), ""); got != want {
			t.Errorf("%q: got %s", name, got)
		}
	}
}

func TestUUIDsInPaths(t *testing.T) {
	const path = "/clusters/" + clusterUUID + "/access-entries/" + clusterUUID
	want := []pathPart{{"/clusters/", false}, {clusterUUID, true}, {"/access-entries/", false}, {clusterUUID, true}, {"", false}}
	if got := uuids(path); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestLimits(t *testing.T) {
	s := newSite()
	var state struct{ Clusters []Cluster }
	for query, want := range map[string]int{"": 2, "?limit=1": 1, "?limit=0": 0, "?limit=-1": 2, "?limit=x": 2} {
		w := s.send("GET", "/_emulator/state"+query, "", nil)
		if err := json.Unmarshal(w.Body.Bytes(), &state); err != nil || len(state.Clusters[0].Entries) != want || state.Clusters[0].Total != 2 {
			t.Errorf("%s: %v, %+v", query, err, state)
		}
	}
	s.Log.Add(Request{Method: "PUT"})
	if w := s.send("GET", "/_emulator/requests?after=1", "", nil); strings.Count(w.Body.String(), `"number"`) != 1 || !strings.Contains(w.Body.String(), `"method":"PUT"`) {
		t.Errorf("after the first: %s", w.Body)
	}
}

func TestForms(t *testing.T) {
	browser := func(r *http.Request) { r.Header.Set("Accept", "text/html,*/*") }
	for _, c := range []struct {
		form   string
		change func(*http.Request)
		status int
		want   map[string]string
		words  string
	}{
		{"lose=0.5", nil, 204, map[string]string{"busy": "2s", "lose": "0.5"}, ""},
		{"on=&on=lose&busy=3s&lose=0.1", browser, 303, map[string]string{"busy": "", "lose": "0.1"}, ""},
		{"on=&on=lose&on=busy&busy=", browser, 303, map[string]string{"busy": "5s", "lose": "0.2"}, ""},
		{"on=&on=lose&lose=often", browser, 400, map[string]string{"busy": "2s", "lose": ""}, `role="alert">Lose: enter a number.`},
		{"on=&on=lose&lose=often", browser, 400, map[string]string{"busy": "2s", "lose": ""}, `value="often"`},
		{"lose=often", nil, 400, map[string]string{"busy": "2s", "lose": ""}, "change faults: lose: want a number"},
		{"%zz", nil, 400, map[string]string{"busy": "2s", "lose": ""}, "change faults: "},
		{"lose=1&x=" + strings.Repeat("x", 70<<10), nil, 400, map[string]string{"busy": "2s", "lose": ""}, "too large"},
		{"lose=1", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 400, map[string]string{"busy": "2s", "lose": ""}, "Content-Type must be"},
	} {
		s := newSite()
		w := s.send("POST", "/_emulator/faults", c.form, c.change)
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.words) || !maps.Equal(s.faults, c.want) {
			t.Errorf("%.50s: %d %s, %v", c.form, w.Code, w.Body, s.faults)
		}
	}
	s := newSite()
	if w := s.send("POST", "/_emulator/reset", "", browser); w.Code != 303 || w.Header().Get("Location") != "/" || s.resets != 1 {
		t.Errorf("%d, %d resets", w.Code, s.resets)
	}
	s.broken = errors.New("the disk is full")
	if w := s.send("POST", "/_emulator/reset", "", nil); w.Code != 500 || !strings.Contains(w.Body.String(), "the disk is full") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// All but health check and contract show keys, or control the emulator.
func TestOnThisMachine(t *testing.T) {
	s := newSite()
	for name, c := range map[string]struct {
		change func(*http.Request)
		ok     bool
	}{
		"IPv6":                  {func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:1234", "[::1]:8080" }, true},
		"no port":               {func(r *http.Request) { r.Host = "localhost" }, true},
		"IPv6 without a port":   {func(r *http.Request) { r.Host = "[::1]" }, true},
		"another machine":       {func(r *http.Request) { r.RemoteAddr = "192.0.2.1:1" }, false},
		"another name":          {func(r *http.Request) { r.Host = "evil.example.com" }, false},
		"a page of another one": {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, false},
		"another origin":        {func(r *http.Request) { r.Header.Set("Origin", "https://evil.example.com") }, false},
	} {
		w := s.send("POST", "/_emulator/reset", "", c.change)
		if want := map[bool]int{true: 204, false: 403}[c.ok]; w.Code != want {
			t.Errorf("%s: %d, want %d", name, w.Code, want)
		}
		if w := s.send("GET", "/healthz", "", c.change); w.Code != 200 {
			t.Errorf("%s: the health check says %d", name, w.Code)
		}
	}
}
