package emulator_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// page gets a page as a browser would.
func (t *tester) page(path string) answer {
	t.Helper()
	a := t.admin("GET", path, "", "", func(r *http.Request) { r.Header.Set("Accept", "text/html") })
	t.expect(a, 200)
	return a
}

func TestConsoleShowsWhatIsThere(t *testing.T) {
	e := newTester(t, emulator.Options{})
	e.expect(e.page("/"), 200, "No entries yet", "None yet")
	e.create(`{"type":"ROLE","entry":"` + role + `","groups":["developers"],"policies":[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["dev","*-ns"]}]}`)
	e.expect(e.send("POST", entries, `{"type":"GROUP"}`, nil), 400)
	e.expect(e.send("GET", entries, "", func(r *http.Request) { r.Header.Set(signer.HeaderSignature, "bm8=") }), 401)
	a := e.page("/")
	shown := inOnePiece(a.body)
	for _, want := range []string{
		e.server.URL + "/vnks/v2", emulator.DemoAccessKey, emulator.DemoSecretKey, emulator.DemoClusterUUID, "RUNNING",
		role, "developers", "NKSEditPolicy@dev,*-ns", e.list()[0].UUID,
		"POST", entries, "createAccessEntry", `{"type":"GROUP"}`, "type must be", "Why the signature was refused",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the console does not show %s", want)
		}
	}
	newest := strings.Index(a.body, `data-number="3"`)
	if oldest := strings.Index(a.body, `data-number="1"`); newest < 0 || oldest < newest {
		t.Errorf("the newest request is at %d, the oldest at %d", newest, oldest)
	}
}

// inOnePiece returns the text of a page without the spans where a name may break.
func inOnePiece(page string) string {
	page = regexp.MustCompile(`<span class="piece">([^<]*)</span>`).ReplaceAllString(page, "$1")
	return html.UnescapeString(regexp.MustCompile(`<span(?: class="uuid")?>([^<]*)</span>`).ReplaceAllString(page, "$1"))
}

func TestConsoleShowsNames(t *testing.T) {
	e := newTester(t, emulator.Options{})
	principals := map[string]string{
		"SubAccount/2B141960-0000-0000-0000-246e9659184c": "kim@corp",
		"SubAccount/6f585da4-0000-0000-0000-68a2da9d5c80": "choi@corp (inactive)",
		"SubAccount/4d363b82-0000-0000-0000-4680b87b3a6e": "park@corp (deleted)",
		"Role/9ba09190-0000-0000-0000-246e966ebec4":       "deployer",
		"Role/00000000-0000-0000-0000-00000000ad01":       "",
	}
	for principal := range principals {
		e.create(`{"type":"USER","entry":"nrn:PUB:IAM::5000008:` + principal + `"}`)
	}
	shown := inOnePiece(e.page("/").body)
	state := e.admin("GET", "/_emulator/state", "", "", nil)
	for principal, name := range principals {
		cell := `<b data-f="name">` + name + `</b><code class="whole" data-f="principal">nrn:PUB:IAM::5000008:` + principal
		if !strings.Contains(shown, cell) {
			t.Errorf("the console does not show %q beside %s", name, principal)
		}
		if name != "" && !strings.Contains(state.body, `"principalName":"`+name+`"`) {
			t.Errorf("the state has no %s: %s", name, state.body)
		}
	}
	if strings.Contains(shown+state.body, "personal-data") {
		t.Error("the console shows personal data")
	}
}

func TestConsoleKeepsHostileInputText(t *testing.T) {
	const script, attribute = `<script>alert(1)</script>`, `"><img src=x onerror=alert(2)>`
	e := newTester(t, emulator.Options{
		Clusters:  []nks.Cluster{{UUID: emulator.DemoClusterUUID, Name: script, Status: attribute, RegionCode: attribute}},
		Directory: &emulator.Directory{Users: []emulator.User{{LoginID: script, NRN: attribute}}},
		Keys:      []emulator.Key{{Credentials: signer.Credentials{AccessKey: emulator.DemoAccessKey, SecretKey: emulator.DemoSecretKey}}, {Credentials: signer.Credentials{AccessKey: script, SecretKey: attribute}}},
	})
	hostile := nks.AccessEntry{Entry: attribute, Groups: []string{script}, Policies: []nks.AttachedPolicy{{Type: script, Namespaces: []string{attribute}}}}
	if err := e.server.SetEntries(emulator.DemoClusterUUID, []nks.AccessEntry{hostile}); err != nil {
		t.Fatal(err)
	}
	e.send("POST", entries+"?"+script, `{"type":"`+script+`"}`, nil)
	e.send("GET", entries, "", func(r *http.Request) { r.Header.Set(signer.HeaderAccessKey, script+attribute) })
	body := e.page("/").body
	shown := inOnePiece(body)
	for _, tag := range []string{"<script>alert", "<img"} {
		if strings.Contains(body, tag) {
			t.Errorf("the console contains %s", tag)
		}
	}
	if n := strings.Count(shown, script); n < 7 {
		t.Errorf("the script is shown as text %d times", n)
	}
}

func TestPagesAreClosed(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for path, want := range map[string]string{"/": "form-action 'self'", "/docs": "form-action 'none'"} {
		header := e.page(path).header
		for _, directive := range []string{"default-src 'none'", "style-src 'self'", "script-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", want} {
			if policy := header.Get("Content-Security-Policy"); !strings.Contains(policy, directive) || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: the policy is %s", path, policy)
			}
		}
		for name, value := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if header.Get(name) != value {
				t.Errorf("%s: %s is %q", path, name, header.Get(name))
			}
		}
		a := e.admin("GET", path, "", "", func(r *http.Request) { r.Host = "evil.example.com" })
		if e.expect(a, 403); strings.Contains(a.body, emulator.DemoSecretKey) {
			t.Errorf("%s shows the key to another site", path)
		}
	}
	for path, contentType := range map[string]string{
		"/_emulator/console/style.css": "text/css; charset=utf-8", "/_emulator/console/script.js": "text/javascript; charset=utf-8",
		"/docs/style.css": "text/css; charset=utf-8", "/docs/script.js": "text/javascript; charset=utf-8",
		"/docs/swagger-ui.css": "text/css; charset=utf-8", "/docs/swagger-ui-bundle.js": "text/javascript; charset=utf-8",
	} {
		a := e.page(path)
		if a.header.Get("Content-Type") != contentType || len(a.body) < 100 || strings.Contains(a.body, emulator.DemoSecretKey) {
			t.Errorf("%s is %d bytes of %s", path, len(a.body), a.header.Get("Content-Type"))
		}
	}
}

// The form works without JavaScript: a browser sends every text, and the switches that are on.
func TestFaultsByForm(t *testing.T) {
	e := newTester(t, emulator.Options{Faults: emulator.Faults{Latency: time.Millisecond}})
	post := func(form string) answer {
		return e.admin("POST", "/_emulator/faults", "application/x-www-form-urlencoded", form, func(r *http.Request) {
			r.Header.Set("Accept", "text/html,application/xhtml+xml")
			r.Header.Set("Origin", e.server.URL)
		})
	}
	const texts = "&busy=5s&latency=300ms&rate=5/s&fail=503:1&lose=0.2&skew=7m"
	a := post("on=&on=fail" + texts)
	if e.expect(a, 303); a.header.Get("Location") != "/" {
		t.Errorf("it goes to %s", a.header.Get("Location"))
	}
	if f := e.server.Faults(); f != (emulator.Faults{Fail: emulator.Failure{Status: 503, Probability: 1}}) {
		t.Errorf("faults are %+v", f)
	}
	body := e.page("/").body
	for _, kind := range emulator.FaultKinds() {
		name := kind.Name
		input := body[strings.Index(body, fmt.Sprintf(`id="on-%s"`, name)):]
		input = input[:strings.Index(input, ">")]
		if checked := strings.Contains(input, "checked"); checked != (name == "fail") {
			t.Errorf("%s is checked: %t", name, checked)
		}
	}
	e.expect(e.page("/"), 200, `value="503:1"`)
	e.expect(e.send("GET", entries, "", nil), 503)
	e.expect(e.page("/"), 200, `<span data-f="fault">fail</span>`)
	e.expect(post("on=&on=lose"+strings.Replace(texts, "0.2", "2", 1)), 400, "lose")
	e.expect(post("on="+texts), 303)
	if f := e.server.Faults(); f != (emulator.Faults{}) {
		t.Errorf("faults are %+v", f)
	}
}

// A console that is open during a load test gets the first entries of each cluster, not all of
// them.
func TestConsoleIsBounded(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for i := range 150 {
		e.send("POST", entries, fmt.Sprintf(`{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/%d"}`, i), nil)
	}
	a := e.page("/")
	e.expect(a, 200, "Only the first 100 are shown.")
	if n := strings.Count(a.body, "<tr data-uuid="); n != 101 { // one is the template
		t.Errorf("%d entries are shown", n)
	}
	if n := strings.Count(a.body, "data-number="); n != 21 {
		t.Errorf("%d requests are shown", n)
	}
	a = e.admin("GET", "/_emulator/state?limit=2", "", "", nil)
	if e.expect(a, 200, `"total":150`); strings.Count(a.body, `"entry":`) != 2 {
		t.Errorf("the state is %s", a.body)
	}
}

// A program that follows the log can tell that it was cleared.
func TestRequestsSayWhatWasCleared(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for range 3 {
		e.send("GET", entries, "", nil)
	}
	e.expect(e.admin("POST", "/_emulator/reset", "", "", nil), 204)
	e.expect(e.admin("GET", "/_emulator/requests", "", "", nil), 200, `{"requests":[],"cleared":3,"last":3,`)
}
