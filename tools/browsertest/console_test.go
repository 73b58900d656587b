package browsertest

import (
	"fmt"
	"image/color"
	"net/http"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

const (
	entries = "/vnks/v2/clusters/" + emulator.DemoClusterUUID + "/access-entries"
	hostile = `<script>alert(1)</script>`
	account = "nrn:PUB:IAM::5000008:"
)

// team is an emulator with some entries.
func team() emulator.Options {
	return emulator.Options{
		Seed: 7,
		Clusters: []nks.Cluster{
			{UUID: emulator.DemoClusterUUID, Name: "demo", Status: "RUNNING", AuthType: "API", RegionCode: "KR"},
			{UUID: "1111b31f-f1ac-4eda-8b2c-08fe4a9e1111", Name: "legacy", Status: "NO_NODE", AuthType: "CONFIG_MAP", RegionCode: "KR"},
		},
		Entries: map[string][]nks.CreateAccessEntryRequest{emulator.DemoClusterUUID: {
			{Type: nks.EntryTypeRole, Entry: account + "Role/9ba09190-0000-0000-0000-246e966ebec4", Groups: []string{"developers"},
				Policies: []nks.AccessPolicy{{Type: nks.PolicyTypeNKSEditPolicy, Scope: nks.AccessPolicyScopeNamespace, Namespaces: []string{"dev", "*-ns"}}}},
			{Type: nks.EntryTypeUser, Entry: account + "SubAccount/7c3be2d4-0000-0000-0000-246e9659184c",
				Policies: []nks.AccessPolicy{{Type: nks.PolicyTypeNKSClusterAdminPolicy, Scope: nks.AccessPolicyScopeCluster}}},
		}},
	}
}

// send sends a request to the API as a program would, and returns the status.
func (b *browser) send(method, path, body, secretKey string) int {
	b.Helper()
	req, err := http.NewRequest(method, b.server.URL+path, strings.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if err := signer.New(signer.Static(emulator.DemoAccessKey, secretKey)).Sign(b.Context(), req); err != nil {
		b.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func (b *browser) prefers(features ...*emulation.MediaFeature) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		b.Fatal(err)
	}
}

func TestConsoleKeepsUpToDate(t *testing.T) {
	b := open(t, team())
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	b.run(chromedp.Evaluate[chromedp.Void](`window.loadedOnce = true`))

	user := account + "SubAccount/2b141960-0000-0000-0000-246e9659184c"
	body := `{"type":"USER","entry":"` + user + `","policies":[{"type":"NKSViewPolicy","scope":"cluster"}]}`
	if status := b.send("POST", entries, body, emulator.DemoSecretKey); status != 200 {
		t.Fatal(status)
	}
	b.eventually(`document.querySelector('article').innerText.includes('` + user + `')`)
	b.eventually(`document.querySelector('#requests tbody').textContent.includes('createAccessEntry')`)

	b.send("POST", entries, `{"type":"GROUP"}`, emulator.DemoSecretKey)
	b.send("GET", entries, "", "not the secret key")
	b.eventually(`document.querySelectorAll('#requests tbody').length === 3`)
	b.run(chromedp.Click(chromedp.CSS(`#requests tbody summary`)))
	b.eventually(`document.querySelector('#requests tbody [data-f=findings]').innerText.length > 10`)
	b.run(chromedp.Focus(chromedp.CSS(`#value-lose`)), chromedp.SendKeys(chromedp.CSS(`#value-lose`), "5"))

	b.send("GET", "/vnks/v2/clusters", "", emulator.DemoSecretKey)
	b.eventually(`document.querySelectorAll('#requests tbody').length === 4`)
	if !value[bool](b, `document.querySelectorAll('#requests tbody')[1].querySelector('details').open`) {
		t.Error("the next request closed the details of the one before")
	}
	if got := value[string](b, `document.activeElement.id + document.activeElement.value`); got != "value-lose5" {
		t.Errorf("what was being typed in is %s", got)
	}
	if !value[bool](b, `window.loadedOnce === true`) {
		t.Error("the page was loaded again")
	}
	b.screenshot("console-details")

	if err := b.server.Reset(); err != nil { // as by another program
		t.Fatal(err)
	}
	b.eventually(`document.querySelectorAll('#requests tbody').length === 0 && !document.body.innerText.includes('` + user + `')`)
}

func TestHostileNamesStayText(t *testing.T) {
	options := team()
	options.Entries[emulator.DemoClusterUUID][0].Groups = []string{"developers", hostile}
	b := open(t, options)
	b.visit("/", "#live:not([hidden])")
	b.eventually(`document.querySelector('article tr[data-uuid]').shown !== undefined`) // the script has filled it again
	if chip := value[string](b, `document.querySelector('[data-f=groups] li + li').textContent`); chip != hostile {
		t.Errorf("the group is %q", chip)
	}
	b.send("POST", entries+"?<script>alert(2)</script>", `{"type":"<img src=x onerror=alert(3)>"}`, emulator.DemoSecretKey)
	b.eventually(`document.querySelector('#requests [data-f=body]')?.textContent.includes('onerror')`)
	if n := value[int](b, `document.querySelectorAll('body script, body img').length`); n != 0 {
		t.Errorf("%d elements came out of data", n)
	}
}

func TestFaultsBite(t *testing.T) {
	b := open(t, team())
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	b.run(
		chromedp.SetValue(chromedp.CSS(`#value-fail`), "503:1"),
		chromedp.Click(chromedp.CSS(`#on-fail`)),
	)
	b.eventually(`document.getElementById('announce').textContent === 'Failures on: 503:1'`)
	if f := b.server.Faults(); f != (emulator.Faults{Fail: emulator.Failure{Status: 503, Probability: 1}}) {
		t.Fatalf("faults are %+v", f)
	}
	if status := b.send("GET", entries, "", emulator.DemoSecretKey); status != 503 {
		t.Errorf("status is %d", status)
	}
	b.eventually(`document.querySelector('#requests tbody [data-f=status]')?.textContent === '503'`)
	b.eventually(`document.querySelector('#requests tbody [data-f=fault]').textContent === 'fail'`)

	b.run(chromedp.Click(chromedp.CSS(`#on-fail`)))
	b.eventually(`document.getElementById('announce').textContent === 'Failures off'`)
	if status := b.send("DELETE", entries+"/"+firstEntry(b), "", emulator.DemoSecretKey); status != 200 {
		t.Errorf("status is %d", status)
	}
	b.eventually(`document.querySelectorAll('article tr[data-uuid]').length === 1`)
	b.run(
		chromedp.Click(chromedp.CSS(`#reset-details summary`)), // it asks
		chromedp.Click(chromedp.CSS(`#reset button`)),
	)
	b.eventually(`document.querySelectorAll('article tr[data-uuid]').length === 2`)
	b.eventually(`document.querySelectorAll('#requests tbody').length === 0`)
	if n := len(b.server.Requests()); n != 0 {
		t.Errorf("%d requests after a reset", n)
	}

	b.server.SetFaults(emulator.Faults{Lose: 0.5}) // as by another program
	b.eventually(`document.getElementById('on-lose').checked && document.getElementById('value-lose').value === '0.5'`)
}

func TestAWrongFaultValueIsExplainedAtItsField(t *testing.T) {
	b := open(t, team())
	b.refused = "400 (Bad Request) " + b.server.URL + "/_emulator/faults"
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	b.run(
		chromedp.SetValue(chromedp.CSS(`#value-fail`), "often"),
		chromedp.Click(chromedp.CSS(`#on-fail`)),
		chromedp.WaitVisible(chromedp.CSS(`#error-fail`)),
	)
	const want = "Failures: enter a status from 400 to 599 and a probability, such as 503:0.05."
	if text := value[string](b, `document.getElementById('error-fail').innerText`); text != want {
		t.Errorf("the error is %q", text)
	}
	if !value[bool](b, `document.getElementById('value-fail').matches('[aria-invalid=true]')`) {
		t.Error("the field is not marked as invalid")
	}
	b.screenshot("console-wrong-fault")
	b.run(chromedp.Click(chromedp.CSS(`#on-busy`))) // another fault is not held up by it
	b.eventually(`document.getElementById('announce').textContent === 'Busy on: 5s'`)
}

func TestManyRequestsStayOnOneScreen(t *testing.T) {
	b := open(t, team())
	b.size(1280, 900)
	for i := range 110 {
		path := "/vnks/v2/clusters"
		if i%10 == 0 {
			path = entries
		}
		b.send("GET", path, "", emulator.DemoSecretKey)
	}
	const visible = `[...document.querySelectorAll('#requests tbody')].filter((row) => !row.hidden).length`
	b.visit("/", "#find:not([hidden])")
	b.eventually(`document.getElementById('found').textContent === '20 of 110'`)
	if n := value[int](b, visible); n != 20 {
		t.Errorf("%d requests are shown", n)
	}
	b.run(chromedp.Click(chromedp.CSS(`#older`)))
	b.eventually(visible + ` === 40`)
	b.run(chromedp.SendKeys(chromedp.CSS(`#filter`), "listAccessEntries"))
	b.eventually(`document.getElementById('found').textContent === '11 of 11 that match'`)
	b.send("GET", entries, "", emulator.DemoSecretKey)
	b.eventually(`document.getElementById('found').textContent === '12 of 12 that match'`)
}

// The state of all clusters is large. It is fetched again only after a request, a reset, or while a
// cluster is busy.
func TestNothingIsFetchedWhenNothingHappens(t *testing.T) {
	b := open(t, team())
	b.visit("/", "#live:not([hidden])")
	const fetched = `performance.getEntriesByType('resource').filter((r) => r.name.includes('/_emulator/%s')).length`
	states := fmt.Sprintf(fetched, "state")
	b.eventually(fmt.Sprintf(fetched, "requests") + ` >= 4`)
	if n := value[int](b, states); n != 1 {
		t.Errorf("the state was fetched %d times", n)
	}
	b.send("GET", entries, "", emulator.DemoSecretKey)
	b.eventually(states + ` === 2`)
}

func TestTheExportLinesCanBeCopied(t *testing.T) {
	b := open(t, team())
	b.visit("/", "#copy:not([hidden])")
	b.run(
		chromedp.Evaluate[chromedp.Void](`navigator.clipboard.writeText = async (text) => { window.copied = text }`),
		chromedp.Click(chromedp.CSS(`#copy`)),
	)
	b.eventually(`document.getElementById('copy').textContent === 'Copied'`)
	want := "export NCLOUD_ACCESS_KEY=" + emulator.DemoAccessKey + "\nexport NCLOUD_API_GW=" + b.server.URL +
		"\nexport NCLOUD_SECRET_KEY=" + emulator.DemoSecretKey + "\nexport NKS_CLUSTER=" + emulator.DemoClusterUUID +
		"\nunset NCLOUD_ACCESS_KEY_ID NCLOUD_SECRET_ACCESS_KEY NCLOUD_REGION\n"
	if got := value[string](b, `window.copied`); got != want {
		t.Errorf("copied %q", got)
	}
}

// brokenNames lists the parts of names that go over two lines, although they would fit in one.
const brokenNames = `[...document.querySelectorAll('article .piece')].filter((piece) => /^[\w*]{0,25}$|^[\w-]{36}$/.test(piece.textContent)
	&& piece.offsetHeight > 1.6 * parseFloat(getComputedStyle(piece).fontSize) + 1).map((piece) => piece.textContent).join(' ')`

func firstEntry(b *browser) string {
	return value[string](b, `document.querySelector('article tr[data-uuid]').dataset.uuid`)
}

func TestConsoleWithoutJavaScript(t *testing.T) {
	b := open(t, team())
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.visit("/", "#apply")
	b.run(
		chromedp.Click(chromedp.CSS(`#on-busy`)),
		chromedp.Click(chromedp.CSS(`#on-latency`)),
		chromedp.Click(chromedp.CSS(`#apply`)),
		chromedp.WaitReady(chromedp.CSS(`#on-busy[checked]`)),
		chromedp.WaitReady(chromedp.CSS(`#on-skew:not([checked])`)),
	)
	if got := fmt.Sprint(b.server.Faults().Get("busy"), b.server.Faults().Get("latency"), b.server.Faults().Get("lose")); got != "5s300ms" {
		t.Errorf("faults are %s", got)
	}
	b.run(
		chromedp.Click(chromedp.CSS(`#on-busy`)),
		chromedp.Click(chromedp.CSS(`#apply`)),
		chromedp.WaitReady(chromedp.CSS(`#on-busy:not([checked])`)),
	)
	if f := b.server.Faults(); f.Busy != 0 || f.Latency == 0 {
		t.Errorf("faults are %+v", f)
	}
}

func TestConsoleByKeyboard(t *testing.T) {
	b := open(t, team())
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	focused := func() string {
		return value[string](b, `document.activeElement.id || document.activeElement.className || document.activeElement.textContent`)
	}
	b.run(chromedp.KeyEvent(kb.Tab))
	if at := focused(); at != "skip" {
		t.Errorf("the first tab is at %q", at)
	}
	if y := value[float64](b, `document.activeElement.getBoundingClientRect().top`); y < 0 {
		t.Error("the skip link is not to be seen")
	}
	var stops []string
	for range 4 {
		b.run(chromedp.KeyEvent(kb.Tab))
		stops = append(stops, focused())
	}
	if got := strings.Join(stops, ", "); got != "Try the API, Contract, copy, Show them" {
		t.Errorf("the tabs are %s", got)
	}
	b.run(chromedp.Focus(chromedp.CSS(`#on-busy`)), chromedp.KeyEvent(" "))
	b.eventually(`document.getElementById('announce').textContent === 'Busy on: 5s'`)
	b.run(chromedp.Focus(chromedp.CSS(`.skip`)), chromedp.KeyEvent(kb.Enter))
	b.run(chromedp.KeyEvent(kb.Tab))
	if at := focused(); at != "on-busy" {
		t.Errorf("after the skip link the next tab is at %q", at)
	}
}

// What a screen reader goes by: every control has a name, every table a caption and headers, every
// id is there once.
func TestConsoleHasNames(t *testing.T) {
	b := open(t, team())
	b.visit("/", "#live:not([hidden])")
	for what, expression := range map[string]string{
		"controls without a name": `[...document.querySelectorAll('input:not([type=hidden]), button')]
			.filter((c) => !c.ariaLabel && !c.labels[0] && !c.textContent.trim()).length`,
		"help that is nowhere":     `[...document.querySelectorAll('[aria-describedby]')].filter((c) => !document.getElementById(c.getAttribute('aria-describedby'))).length`,
		"tables without caption":   `[...document.querySelectorAll('table')].filter((t) => !t.caption || !t.tHead).length`,
		"ids that are there twice": `[...document.querySelectorAll('[id]')].filter((e, _, all) => all.some((other) => other !== e && other.id === e.id)).length`,
		"levels of headings left out": `[...document.querySelectorAll('h1, h2, h3, h4')].map((h) => +h.tagName[1])
			.filter((level, i, all) => i > 0 && level > all[i - 1] + 1).length`,
	} {
		if n := value[int](b, expression); n != 0 {
			t.Errorf("%s: %d", what, n)
		}
	}
}

func TestConsoleOnEveryScreen(t *testing.T) {
	b := open(t, team())
	b.send("PUT", entries+"/"+strings.Repeat("long", 200), `{}`, "not the secret key")
	b.send("POST", entries, `{"type":"USER","entry":"`+account+`SubAccount/2b141960-0000-0000-0000-246e9659184c","groups":["platform-engineers"]}`, emulator.DemoSecretKey)
	b.send("GET", "/vnks/v2/clusters", "", emulator.DemoSecretKey)
	b.send("POST", entries, `{"type":"GROUP","entry":"somebody"}`, emulator.DemoSecretKey)
	b.send("GET", entries, "", "not the secret key")
	b.server.SetFaults(emulator.Faults{Fail: emulator.Failure{Status: 503, Probability: 1}})
	b.send("GET", entries, "", emulator.DemoSecretKey)
	b.server.SetFaults(emulator.Faults{Fail: emulator.Failure{Status: 503, Probability: 0.2}})

	light := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "light"}
	dark := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: "dark"}
	still := &emulation.MediaFeature{Name: "prefers-reduced-motion", Value: "reduce"}
	for _, screen := range []struct {
		name          string
		width, height int64
		scheme        *emulation.MediaFeature
		ground        color.Color
	}{
		{"console-phone-dark", 390, 2400, dark, color.NRGBA{0x10, 0x14, 0x1a, 0xff}},
		{"console-phone", 390, 2400, light, color.NRGBA{0xf5, 0xf6, 0xf8, 0xff}},
		{"console-tablet", 768, 1400, light, color.NRGBA{0xf5, 0xf6, 0xf8, 0xff}},
		{"console-dark", 1440, 1000, dark, color.NRGBA{0x10, 0x14, 0x1a, 0xff}},
		{"console", 1440, 1000, light, color.NRGBA{0xf5, 0xf6, 0xf8, 0xff}},
	} {
		b.size(screen.width, screen.height)
		b.prefers(screen.scheme, still)
		b.visit("/", "#live:not([hidden])")
		if screen.width < 500 && value[float64](b, `document.querySelector('article').getBoundingClientRect().top`) > 600 {
			t.Errorf("%s: the clusters do not come first", screen.name)
		}
		if n := value[int](b, `[...document.querySelectorAll('#requests .line')].filter((line) => line.offsetHeight > 36).length`); n != 0 {
			t.Errorf("%s: %d requests take more than a line", screen.name, n)
		}
		if broken := value[string](b, brokenNames); broken != "" {
			t.Errorf("%s: broken in a word: %s", screen.name, broken)
		}
		b.run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => d.open = true)`))
		if width := value[int64](b, `document.documentElement.scrollWidth`); width > screen.width {
			t.Errorf("%s is %d wide", screen.name, width)
		}
		b.run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('details').forEach((d) => d.open = false)`))
		if n := value[int](b, `document.getAnimations().length`); n != 0 {
			t.Errorf("%s: %d animations, although none are wanted", screen.name, n)
		}
		if ground := color.NRGBAModel.Convert(b.screenshot(screen.name).At(0, 0)); ground != screen.ground {
			t.Errorf("%s: the ground is %v", screen.name, ground)
		}
	}
}
