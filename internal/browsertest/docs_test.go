package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/nks-access/nks-access/emulator"
)

// An entry that is created through Try it out shows up in the console, which is open beside it.
func TestTryItOut(t *testing.T) {
	b := open(t, emulator.Options{})
	b.visit("/", "#live:not([hidden])")
	tab, cancel := chromedp.NewContext(b.ctx)
	defer cancel()
	docs := &browser{TB: b, server: b.server, ctx: tab}
	docs.watch()
	docs.size(1280, 1100)

	const operation = "#operations-access-entries-createAccessEntry"
	docs.visit("/docs", operation)
	docs.screenshot("docs")
	if server := value[string](docs, `document.querySelector('.servers select').value`); server != "/vnks/v2" {
		t.Errorf("the server is %s", server)
	}
	docs.run(
		chromedp.Click(chromedp.CSS(operation+" .opblock-summary-control")),
		chromedp.Click(chromedp.CSS(operation+" .try-out__btn")),
	)
	// The path and the body are filled in, with the cluster that is there and the first example of the contract.
	if uuid := value[string](docs, `document.querySelector('`+operation+` tr[data-param-name=uuid] input').value`); uuid != emulator.DemoClusterUUID {
		t.Errorf("the cluster is %q", uuid)
	}
	docs.run(
		chromedp.Click(chromedp.CSS(operation+" .execute")),
		chromedp.WaitVisible(chromedp.CSS(operation+" .live-responses-table tbody .response-col_status")),
	)
	status := value[string](docs, `document.querySelector('`+operation+` .live-responses-table tbody .response-col_status').innerText`)
	if !strings.HasPrefix(status, "200") {
		t.Fatalf("the status is %s: %+v", status, b.server.Requests())
	}
	if signed := value[string](docs, `document.getElementById('string-to-sign').textContent`); !strings.HasPrefix(signed, "POST "+entries+"\n") {
		t.Errorf("it signed %q", signed)
	}
	docs.run(chromedp.ScrollIntoView(chromedp.CSS(operation + " .live-responses-table")))
	docs.screenshot("docs-answer")

	requests := b.server.Requests()
	if last := requests[len(requests)-1]; last.Signature != "ok" || last.Operation != "createAccessEntry" {
		t.Errorf("the log says %+v", last)
	}
	b.eventually(`document.querySelector('article').innerText.includes('` + account + `')`)
}
