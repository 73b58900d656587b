package browsertest

import (
	"image/color"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
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
	docs.run(chromedp.WaitVisible(chromedp.CSS(".servers select")))
	docs.screenshot("docs")
	if server := value[string](docs, `document.querySelector('.servers select').value`); server != "/vnks/v2" {
		t.Errorf("the server is %s", server)
	}
	docs.unfold(operation)
	// The path and the body are filled in, with the cluster that is there and the first example of
	// the contract.
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

func TestDocsOnEveryScreen(t *testing.T) {
	b := open(t, emulator.Options{})
	for _, screen := range []struct {
		name          string
		width, height int64
		scheme        string
		ground        color.Color
	}{
		{"docs-phone", 390, 1800, "light", color.NRGBA{0xfa, 0xfa, 0xfa, 0xff}},
		{"docs-phone-dark", 390, 1800, "dark", color.NRGBA{0x10, 0x14, 0x1a, 0xff}},
		{"docs-wide", 1440, 1200, "light", color.NRGBA{0xfa, 0xfa, 0xfa, 0xff}},
		{"docs-wide-dark", 1440, 1200, "dark", color.NRGBA{0x10, 0x14, 0x1a, 0xff}},
	} {
		b.size(screen.width, screen.height)
		b.prefers(&emulation.MediaFeature{Name: "prefers-color-scheme", Value: screen.scheme})
		const operation = "#operations-access-entries-createAccessEntry"
		b.visit("/docs", operation)
		if ground := color.NRGBAModel.Convert(b.screenshot(screen.name).At(0, 0)); ground != screen.ground {
			t.Errorf("%s: the ground is %v", screen.name, ground)
		}
		b.unfold(operation)
		if status := b.execute(operation); status != "200" {
			t.Errorf("%s: the status is %s", screen.name, status)
		}
		if width := value[int64](b, `document.documentElement.scrollWidth`); width > screen.width {
			t.Errorf("%s is %d wide: %s", screen.name, width, value[string](b, `[...document.querySelectorAll('*')]
				.filter((e) => e.getBoundingClientRect().right > innerWidth).map((e) => e.tagName + '.' + e.className).join(', ')`))
		}
		b.run(chromedp.ScrollIntoView(chromedp.CSS(operation + " .opblock-body")))
		b.screenshot(screen.name + "-open")
		if err := b.server.Reset(); err != nil {
			t.Fatal(err)
		}
	}
}

// Each error response is one line, which opens it. The response to a success is open.
func TestErrorResponsesAreClosed(t *testing.T) {
	b := open(t, emulator.Options{})
	const operation = "#operations-access-entries-createAccessEntry"
	b.visit("/docs#/access-entries/createAccessEntry", operation+" .error-line")
	const opened = `[...document.querySelectorAll('` + operation + ` tr.response')].map((row) => row.dataset.code).join(' ')`
	if codes := value[string](b, opened); codes != "200 201" {
		t.Errorf("the responses %s are open", codes)
	}
	if n := value[int](b, `document.querySelectorAll('`+operation+` .error-line').length`); n < 8 {
		t.Errorf("there are %d error responses", n)
	}
	if text := value[string](b, `document.querySelector('`+operation+` .open-error').innerText`); text != "The request is invalid" {
		t.Errorf("the first line is %q", text)
	}
	b.run(chromedp.Click(chromedp.CSS(operation + " .open-error")))
	b.eventually(opened + ` === '200 201 400'`)
	b.run(chromedp.Click(chromedp.CSS(operation + " .open-error")))
	b.eventually(opened + ` === '200 201'`)
}

// The operations come before what the contract says about itself.
func TestDocsOpenOnTheOperations(t *testing.T) {
	b := open(t, emulator.Options{})
	for _, width := range []int64{390, 1440} {
		b.size(width, 900)
		b.visit("/docs", ".opblock-post")
		if top := value[float64](b, `document.querySelector('.opblock').getBoundingClientRect().top`); top > 450 {
			t.Errorf("at %d pixels the first operation is at %.0f", width, top)
		}
	}
}
