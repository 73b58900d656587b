package browsertest

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

const (
	createForm  = "#operations-access-entries-createAccessEntry"
	updateForm  = "#operations-access-entries-updateAccessEntry"
	deleteForm  = "#operations-access-entries-deleteAccessEntry"
	authForm    = "#operations-clusters-setClusterAuthType"
	legacy      = "1111b31f-f1ac-4eda-8b2c-08fe4a9e1111"
	visibleRows = `document.querySelectorAll('article tr[data-uuid]').length`
)

// unfold opens an operation, and waits for its form.
func (b *browser) unfold(form string) {
	b.Helper()
	b.run(chromedp.Click(chromedp.CSS(form+" .opblock-summary-control")), chromedp.WaitVisible(chromedp.CSS(form+" .execute")))
	b.eventually(`document.querySelector('` + form + ` tr[data-param-name=uuid] input')?.value?.length > 0`)
}

// follow clicks a link of the console, and waits for the form of an operation.
func (b *browser) follow(link, form string) {
	b.Helper()
	b.run(chromedp.Click(chromedp.CSS(link)), chromedp.WaitVisible(chromedp.CSS(form+" .execute")))
	b.eventually(`Math.abs(document.querySelector('` + form + `').getBoundingClientRect().top) < 200`)
}

// param returns what the form of an operation has for a parameter.
func (b *browser) param(form, name string) string {
	b.Helper()
	return value[string](b, fmt.Sprintf(`document.querySelector('%s tr[data-param-name=%s] input').value`, form, name))
}

// execute sends the request of a form, and returns the status.
func (b *browser) execute(form string) string {
	b.Helper()
	status := form + " .live-responses-table tbody .response-col_status"
	// The page may still scroll to the form, so a click at a place could miss the button.
	b.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('`+form+` .execute').click()`), chromedp.WaitVisible(chromedp.CSS(status)))
	return value[string](b, fmt.Sprintf(`document.querySelector('%s').innerText.slice(0, 3)`, status))
}

// A person creates, updates and deletes an entry without copying a UUID.
func TestEntriesAreChangedFromTheConsole(t *testing.T) {
	b := open(t, team())
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	entry := firstEntry(b)
	before := b.server.Entries(emulator.DemoClusterUUID)

	b.follow(`tr[data-uuid="`+entry+`"] [data-operation=updateAccessEntry]`, updateForm)
	b.screenshot("docs-update")
	if n := value[int](b, `document.querySelectorAll('`+updateForm+` tr[data-param-name] select').length`); n != 0 {
		t.Errorf("%d parameters have other examples", n)
	}
	if cluster, uuid := b.param(updateForm, "uuid"), b.param(updateForm, "entryUuid"); cluster != emulator.DemoClusterUUID || uuid != entry {
		t.Errorf("the form is for cluster %s and entry %s, want %s", cluster, uuid, entry)
	}
	if status := b.execute(updateForm); status != "200" { // with what the entry has
		t.Errorf("the update gets %s", status)
	}
	if after := b.server.Entries(emulator.DemoClusterUUID); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Errorf("the entries are %v, and were %v", after, before)
	}

	b.visit("/", "#live:not([hidden])")
	b.follow(`tr[data-uuid="`+entry+`"] [data-operation=deleteAccessEntry]`, deleteForm)
	if cluster, uuid := b.param(deleteForm, "uuid"), b.param(deleteForm, "entryUuid"); cluster != emulator.DemoClusterUUID || uuid != entry {
		t.Errorf("the form is for cluster %s and entry %s, want %s", cluster, uuid, entry)
	}
	if status := b.execute(deleteForm); status != "200" {
		t.Errorf("the delete gets %s", status)
	}

	b.visit("/", "#live:not([hidden])")
	b.eventually(visibleRows + ` === 1`)
	b.follow(`article .button`, createForm) // there is an entry, and the link all the same
	if status := b.execute(createForm); status != "200" {
		t.Errorf("the create gets %s", status)
	}
	b.visit("/", "#live:not([hidden])")
	b.eventually(visibleRows + ` === 2`)
}

// An entry that comes while the page is open has the links, too.
func TestNewEntriesHaveLinks(t *testing.T) {
	b := open(t, team())
	b.visit("/", "#live:not([hidden])")
	body := `{"type":"USER","entry":"` + account + `SubAccount/2b141960-0000-0000-0000-246e9659184c","groups":["ops"]}`
	if status := b.send("POST", entries, body, emulator.DemoSecretKey); status != 200 {
		t.Fatal(status)
	}
	b.eventually(visibleRows + ` === 3`)
	label := value[string](b, `document.querySelector('article tr.new [data-operation=deleteAccessEntry]').ariaLabel`)
	if label != "Delete the entry of kim@corp" {
		t.Errorf("the link is called %q", label)
	}
	b.follow(`article tr.new [data-operation=deleteAccessEntry]`, deleteForm)
	if status := b.execute(deleteForm); status != "200" {
		t.Errorf("the delete gets %s", status)
	}
	if n := len(b.server.Entries(emulator.DemoClusterUUID)); n != 2 {
		t.Errorf("%d entries are left", n)
	}
}

// A cluster without the auth type API says what to do, and no longer does so afterwards.
func TestAuthTypeIsSetFromTheConsole(t *testing.T) {
	b := open(t, team())
	b.visit("/", "#live:not([hidden])")
	article := `article[data-cluster="` + legacy + `"]`
	b.follow(article+` [data-f=configMap] a`, authForm)
	if cluster := b.param(authForm, "uuid"); cluster != legacy {
		t.Errorf("the form is for cluster %s", cluster)
	}
	if status := b.execute(authForm); status != "200" {
		t.Errorf("the change gets %s", status)
	}
	b.visit("/", "#live:not([hidden])")
	if value[bool](b, `document.querySelector('`+article+` [data-f=configMap]').checkVisibility()`) {
		t.Error("the page still asks for the auth type")
	}
	if text := value[string](b, `document.querySelector('`+article+` [data-f=none]').innerText`); text != "No entries yet." {
		t.Errorf("the page says %q", text)
	}
}

func TestEmptyStates(t *testing.T) {
	b := open(t, emulator.Options{Keys: []emulator.Key{}, Clusters: []nks.Cluster{}})
	b.size(1280, 900)
	b.visit("/", "#live:not([hidden])")
	for selector, want := range map[string]string{
		"#clusters-title + p":            "This emulator has no clusters. The file of nks-access emulator --config FILE can name some.",
		"#no-requests":                   "None yet. The next request to the API appears here.",
		"#connect-title ~ ul:last-child": "None. Every request is refused with 401.",
	} {
		if text := value[string](b, fmt.Sprintf(`document.querySelector('%s').innerText`, selector)); text != want {
			t.Errorf("%s says %q", selector, text)
		}
	}
	b.screenshot("console-empty")
	if status := b.send("GET", "/vnks/v2/clusters", "", "any"); status != 401 {
		t.Errorf("a request without a known key gets %d", status)
	}

	b.run(chromedp.WaitVisible(chromedp.CSS("#filter")), chromedp.SendKeys(chromedp.CSS("#filter"), "nothing like this"))
	b.eventually(`document.getElementById('no-match').checkVisibility() && document.getElementById('found').textContent === ''`)
	b.run(chromedp.Click(chromedp.CSS("#show-all")))
	b.eventually(`document.getElementById('found').textContent === '1 of 1' && !document.getElementById('no-match').checkVisibility()`)
}
