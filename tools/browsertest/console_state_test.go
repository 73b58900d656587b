package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// When the emulator stops, the page says so, and nothing on it seems to work. Then it goes on.
func TestConsoleSaysThatTheEmulatorStopped(t *testing.T) {
	b := open(t, team())
	b.refused = "ERR_CONNECTION_REFUSED"
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	if value[bool](b, `document.getElementById('stopped').checkVisibility()`) {
		t.Error("the page says that the emulator stopped")
	}
	b.server.Close()
	b.run(chromedp.WaitVisible(chromedp.CSS("#stopped")))
	if text := value[string](b, `document.getElementById('stopped').innerText`); !strings.Contains(text, "The emulator does not respond.") {
		t.Errorf("the page says %q", text)
	}
	if text := value[string](b, `document.getElementById('announce').innerText`); text != "The emulator does not respond" {
		t.Errorf("a screen reader says %q", text)
	}
	b.screenshot("console-stopped")
	b.run(chromedp.Evaluate[chromedp.Void](`document.getElementById('on-busy').focus()`))
	if value[bool](b, `document.activeElement.id === 'on-busy'`) {
		t.Error("a switch takes the focus")
	}
	if id := value[string](b, `(() => { const at = document.getElementById('on-busy').getBoundingClientRect();
		return document.elementFromPoint(at.x + 5, at.y + 5).id })()`); id == "on-busy" {
		t.Error("a switch takes clicks")
	}

	again, err := emulator.Listen(strings.TrimPrefix(b.server.URL, "http://"), team())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	b.run(chromedp.WaitNotVisible(chromedp.CSS("#stopped")), chromedp.Click(chromedp.CSS("#on-busy")))
	b.eventually(`document.getElementById('announce').textContent === 'Busy on: 5s'`)
	if got := again.Faults().Get("busy"); got != "5s" {
		t.Errorf("the fault is %q", got)
	}
}

// An example of a value is a placeholder: it does not look like a value that is set.
func TestSuggestionsAreNotValues(t *testing.T) {
	b := open(t, team())
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	const shown = `document.getElementById('value-busy').value + '/' + document.getElementById('value-busy').placeholder`
	if got := value[string](b, shown); got != "/5s" {
		t.Errorf("the field shows %s", got)
	}
	b.run(chromedp.Click(chromedp.CSS("#on-busy")))
	b.eventually(shown + ` === '5s/5s'`)
	b.run(chromedp.Click(chromedp.CSS("#on-busy")))
	b.eventually(shown + ` === '/5s'`)

	b.run(chromedp.Click(chromedp.CSS(".deviations summary")))
	if value[bool](b, `document.getElementById('value-scopes') !== null`) {
		t.Error("a fault with one value has a field for it")
	}
	b.run(chromedp.Click(chromedp.CSS("#on-scopes")))
	b.eventually(`document.getElementById('announce').textContent === 'Lower scopes on'`)
	b.run(chromedp.SetValue(chromedp.CSS("#value-lists"), "absent"), chromedp.Click(chromedp.CSS("#on-lists")))
	b.eventually(`document.getElementById('announce').textContent === 'Empty lists on: absent'`)
	if faults := b.server.Faults(); !faults.LowerScopes || faults.Lists != "absent" {
		t.Errorf("the faults are %+v", faults)
	}
	b.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('.deviations').scrollIntoView()`))
	b.screenshot("console-deviations")
}

// On a phone the faults are one tap away, wherever the page is, and a request is a line that opens.
func TestConsoleOnAPhone(t *testing.T) {
	b := open(t, team())
	b.size(390, 800)
	for range 30 {
		b.send("GET", entries, "", emulator.DemoSecretKey)
	}
	b.send("GET", entries, "", "not the secret key")
	b.server.SetFaults(emulator.Faults{Directory: 403})
	b.visit("/", "#live:not([hidden])")
	b.run(chromedp.Evaluate[chromedp.Void](`document.getElementById('requests-title').scrollIntoView()`))
	const jump = `.jump a[href="#faults-title"]`
	if text := value[string](b, `document.querySelector('`+jump+`').innerText`); text != "Faults: 1 on" {
		t.Errorf("the link says %q", text)
	}
	b.screenshot("console-phone-requests")
	const openRow = `#requests tbody details[open]`
	b.run(chromedp.Click(chromedp.CSS("#requests summary")), chromedp.WaitVisible(chromedp.CSS(openRow)))
	details := value[string](b, `document.querySelector('`+openRow+`').innerText`)
	for _, want := range []string{"GET " + entries, emulator.DemoAccessKey, "Why the signature was refused"} {
		if !strings.Contains(details, want) {
			t.Errorf("the details have no %s: %s", want, details)
		}
	}
	b.screenshot("console-phone-details")
	b.run(chromedp.Click(chromedp.CSS(jump)))
	b.eventually(`(() => { const top = document.getElementById('on-busy').getBoundingClientRect().top; return top > 40 && top < 200 })()`)
	if !value[bool](b, `document.querySelector('.jump').getBoundingClientRect().top === 0`) {
		t.Error("the links to the parts of the page are gone")
	}
	b.screenshot("console-phone-faults")
}

// Names break after their separators.
func TestNamesBreakAtSeparators(t *testing.T) {
	options := team()
	namespaces := []string{"backend", "frontend", "observability", "continuous-integration"}
	options.Entries[emulator.DemoClusterUUID][0].Policies[0].Namespaces = namespaces
	options.Entries[emulator.DemoClusterUUID][0].Groups = []string{"corp.example.com/platform/infrastructure", "frontend"}
	b := open(t, options)
	for _, width := range []int64{320, 390, 768, 1100, 1440} {
		b.size(width, 900)
		b.visit("/", "#live:not([hidden])")
		if broken := value[string](b, brokenNames); broken != "" {
			t.Errorf("at %d pixels, broken in a word: %s", width, broken)
		}
		if wide := value[int64](b, `document.documentElement.scrollWidth`); wide > width {
			t.Errorf("at %d pixels the page is %d wide", width, wide)
		}
	}
	// What a person copies has no breaks.
	copied := value[string](b, `(() => { getSelection().selectAllChildren(document.querySelector('[data-f=principal]'));
		return getSelection().toString() })()`)
	if copied != account+"Role/9ba09190-0000-0000-0000-246e966ebec4" {
		t.Errorf("copied %q", copied)
	}
}

// Without JavaScript the page comes back with what was wrong.
func TestAWrongFaultValueWithoutJavaScript(t *testing.T) {
	b := open(t, team())
	b.refused = "400 (Bad Request)"
	disabled := emulation.SetScriptExecutionDisabledParams{Value: true}
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled, disabled); err != nil {
		t.Fatal(err)
	}
	b.visit("/", "#apply")
	b.run(
		chromedp.SendKeys(chromedp.CSS("#value-lose"), "often"),
		chromedp.Click(chromedp.CSS("#on-lose")),
		chromedp.Click(chromedp.CSS("#apply")),
		chromedp.WaitVisible(chromedp.CSS("#error-lose")),
		chromedp.WaitReady(chromedp.CSS(`#on-lose[checked]`)),
		chromedp.WaitReady(chromedp.CSS(`#value-lose[value="often"]`)),
	)
	if faults := b.server.Faults(); faults != (emulator.Faults{}) {
		t.Errorf("the faults are %+v", faults)
	}
}

// An emulator that takes the place of another one may have other clusters and keys.
func TestConsoleShowsAnotherEmulator(t *testing.T) {
	one := nks.Cluster{UUID: emulator.DemoClusterUUID, Name: "one", Status: "RUNNING", AuthType: "API", RegionCode: "SGN"}
	two := one
	two.Name = "two"
	key := emulator.Key{Credentials: signer.Credentials{AccessKey: "OTHERKEY", SecretKey: "another secret key of a test"}}
	b := open(t, team())
	b.refused = "ERR_CONNECTION_REFUSED"
	b.size(390, 800)
	b.send("GET", entries, "", emulator.DemoSecretKey)
	b.visit("/", "#live:not([hidden])")
	for _, c := range []struct {
		options  emulator.Options
		page     string // has this selector
		clusters int
		key      string
	}{
		{emulator.Options{Clusters: []nks.Cluster{one}}, `[aria-label="Cluster one"]`, 1, emulator.DemoAccessKey},
		{emulator.Options{Clusters: []nks.Cluster{two}, Keys: []emulator.Key{key}}, `[aria-label="Cluster two"]`, 1, "OTHERKEY"},
		{emulator.Options{Clusters: []nks.Cluster{}}, `body:not(:has([data-cluster]))`, 0, emulator.DemoAccessKey},
		{team(), `[aria-label="Cluster legacy"]`, 2, emulator.DemoAccessKey},
	} {
		b.server.Close()
		again, err := emulator.Listen(strings.TrimPrefix(b.server.URL, "http://"), c.options)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(again.Close)
		b.server = again
		b.run(chromedp.WaitVisible(chromedp.CSS(c.page)), chromedp.WaitVisible(chromedp.CSS("#live:not([hidden], .lost)")))
		if n := value[int](b, `document.querySelectorAll('[data-cluster]').length`); n != c.clusters {
			t.Errorf("%s: the page has %d clusters", c.page, n)
		}
		if exports := value[string](b, `document.getElementById('exports').textContent`); !strings.Contains(exports, "ACCESS_KEY="+c.key+"\n") {
			t.Errorf("%s: the page shows %s", c.page, exports)
		}
	}
	b.send("GET", entries, "", emulator.DemoSecretKey)
	b.eventually(`document.querySelectorAll('#requests tbody').length === 1`)
}

// Names from a configuration may be long, and may hold what nobody sees. The server and the script
// write them alike.
func TestStrangeNames(t *testing.T) {
	long := strings.Repeat("x", 300)
	strange := nks.Cluster{UUID: emulator.DemoClusterUUID, Name: "de\u202emo", Status: "RUNNING", AuthType: long, RegionCode: long}
	b := open(t, emulator.Options{Clusters: []nks.Cluster{strange}})
	entry := func(group string) nks.AccessEntry { return nks.AccessEntry{Entry: "one", Groups: []string{group}} }
	groups := []string{"admin", "ad\u200bmin", "ad\u3164min", "ad\U000e0061min", "ad\u0007min", long}
	var entries []nks.AccessEntry
	for _, group := range groups {
		entries = append(entries, entry(group))
	}
	if err := b.server.SetEntries(strange.UUID, entries); err != nil {
		t.Fatal(err)
	}
	const shown = `[...document.querySelectorAll('[data-f=groups] li')].map((item) => item.textContent).join()`
	want := `admin,ad\u200bmin,ad\u3164min,ad\U000e0061min,ad\u0007min,` + long
	b.size(390, 900)
	b.visit("/", "#live:not([hidden])")
	if got := value[string](b, shown); got != want {
		t.Errorf("the page has %s", got)
	}
	if name := value[string](b, `document.querySelector('[data-cluster] h3 span').textContent`); name != `de\u202emo` {
		t.Errorf("the cluster is %s", name)
	}
	if wide := value[int64](b, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("the page is %d wide", wide)
	}

	if err := b.server.SetEntries(strange.UUID, append(entries, entries...)); err != nil {
		t.Fatal(err)
	}
	b.send("GET", "/vnks/v2/clusters", "", emulator.DemoSecretKey) // makes the page look
	b.eventually(`document.querySelectorAll('[data-f=groups] li').length === 12`)
	if got := value[string](b, shown); got != want+","+want {
		t.Errorf("the script shows %s", got)
	}
}
