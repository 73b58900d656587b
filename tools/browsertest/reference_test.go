package browsertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/nks-access/nks-access/api"
)

// reference returns the path of the page that make docs has made from this contract.
func reference(t *testing.T) string {
	t.Helper()
	dist, err := filepath.Abs("../../dist")
	if err != nil {
		t.Fatal(err)
	}
	contract, err := os.ReadFile(filepath.Join(dist, "openapi.yaml"))
	if err != nil || !bytes.Equal(contract, api.YAML()) {
		t.Fatalf("dist does not hold this contract (%v): run make docs", err)
	}
	return filepath.Join(dist, "index.html")
}

// The reference shows the whole contract without a network, on a phone and on a desktop.
func TestReference(t *testing.T) {
	page := "file://" + reference(t)
	for _, screen := range []struct {
		name          string
		width, height int64
	}{
		{"reference-phone", 360, 1600},
		{"reference", 1280, 1600},
	} {
		t.Run(screen.name, func(t *testing.T) {
			b := start(t, nil)
			b.size(screen.width, screen.height)
			b.run(chromedp.Navigate(page))
			b.eventually(`document.querySelector('.tab-success[aria-selected=true]') && !document.querySelector('.tab-error[aria-selected=true]')`) // success comes first
			b.screenshot(screen.name)
			b.run(chromedp.Evaluate[chromedp.Void](`document.querySelector('` + section("operation/createAccessEntry") + `').scrollIntoView()`))
			b.screenshot(screen.name + "-operation")
			if width := value[int64](b, `document.documentElement.scrollWidth`); width > screen.width {
				t.Errorf("it is %d wide", width)
			}
			if n := value[int](b, `[...document.querySelectorAll('pre, .redoc-json')].filter((e) => e.scrollWidth > e.clientWidth).length`); n != 0 {
				t.Errorf("%d blocks of code are cut off", n)
			}
			b.showsContract()
		})
	}
}

// The reference opens at its top. A link to an operation opens at this operation.
func TestReferenceOpens(t *testing.T) {
	for fragment, top := range map[string]string{
		"":                             "body",
		"#operation/createAccessEntry": section("operation/createAccessEntry"),
	} {
		b := start(t, nil)
		b.size(1280, 900)
		b.run(chromedp.Navigate("file://" + reference(t) + fragment))
		b.eventually(`document.querySelector('.tab-success[aria-selected=true]') && !document.querySelector('.tab-error[aria-selected=true]')`)
		b.run(chromedp.Sleep(500 * time.Millisecond)) // what scrolls on its own has done so by then
		if y := value[float64](b, `document.querySelector('`+top+`').getBoundingClientRect().top`); y < -100 || y > 100 {
			t.Errorf("%q: %s is at %.0f pixels", fragment, top, y)
		}
	}
}

func TestReferenceIsSearched(t *testing.T) {
	b := start(t, nil)
	b.size(1280, 900)
	b.run(
		chromedp.Navigate("file://"+reference(t)),
		chromedp.SendKeys(chromedp.CSS(`[role=search] input`), "delete an access"),
	)
	b.eventually(`document.querySelector('[data-role="search:results"]')?.innerText.includes('Delete an access entry')`)
}

// showsContract checks that every text of the contract is visible.
func (b *browser) showsContract() {
	b.Helper()
	doc, err := api.Document()
	if err != nil {
		b.Fatal(err)
	}
	b.shows("body", doc.Info.Title, doc.Info.Version, doc.Info.Description)
	for _, server := range doc.Servers {
		b.shows(section("section/Base-URLs"), server.URL, server.Description)
	}
	b.shows(section("operation/createAccessEntry"), "ClusterPolicy", "NamespacePolicy")
	for name, scheme := range doc.Components.SecuritySchemes {
		b.shows(section("section/Authentication/"+name), name, scheme.Value.Name, scheme.Value.Description)
	}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			at := section("operation/" + op.OperationID)
			b.shows(at, strings.ToLower(method), path, op.Summary, op.Description, op.ExternalDocs.Description)
			if op.RequestBody != nil {
				for _, example := range op.RequestBody.Value.Content["application/json"].Examples {
					b.showsExample(at, "Payload", example.Value.Summary, example.Value.Value)
				}
			}
			for status, response := range op.Responses.Map() {
				b.shows(at, status, *response.Value.Description)
				for _, media := range response.Value.Content {
					for _, example := range media.Examples {
						b.showsExample(at, status, example.Value.Summary, example.Value.Value)
					}
				}
			}
		}
	}
}

// section is the element in which Redoc shows a part of the contract.
func section(id string) string { return fmt.Sprintf(`[data-section-id="%s"]`, id) }

// seen returns the visible text of the first element that matches a selector.
func (b *browser) seen(selector string) string {
	b.Helper()
	return value[string](b, fmt.Sprintf(`(() => {
		const walker = document.createTreeWalker(document.querySelector(%q) ?? new Text(), NodeFilter.SHOW_TEXT);
		const range = document.createRange();
		let text = '';
		while (walker.nextNode()) {
			range.selectNodeContents(walker.currentNode);
			const { width, height, left, right } = range.getBoundingClientRect();
			if (width > 0 && height > 0 && left >= 0 && right <= innerWidth &&
				walker.currentNode.parentElement.checkVisibility({ opacityProperty: true, visibilityProperty: true })) {
				text += walker.currentNode.data;
			}
		}
		return text;
	})()`, selector))
}

// shows checks that a text is visible. It ignores markup and line breaks.
func (b *browser) shows(selector string, texts ...string) {
	b.Helper()
	plain := func(text string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \u00a0\n*`-", r) {
				return -1
			}
			return r
		}, text)
	}
	seen := plain(b.seen(selector))
	for _, text := range texts {
		if text == "" || !strings.Contains(seen, plain(text)) {
			b.Errorf("%s does not show %q", selector, text)
		}
	}
}

// showsExample selects an example as a reader does and checks that it is visible.
func (b *browser) showsExample(section, tab, summary string, want any) {
	b.Helper()
	panel := value[string](b, fmt.Sprintf(`(() => {
		const tab = [...document.querySelectorAll('%s [role=tab]')].find((tab) => tab.textContent === %q);
		tab?.click();
		return '[id="' + tab?.getAttribute('aria-controls') + '"]';
	})()`, section, tab))
	b.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => {
		const select = document.querySelector('%s select');
		if (!select) return; // of a single example
		select.value = %q;
		select.dispatchEvent(new Event('change', { bubbles: true }));
	})()`, panel, summary)))
	var got any
	if err := json.Unmarshal([]byte(b.seen(panel+" .redoc-json")), &got); err != nil || !reflect.DeepEqual(got, want) {
		b.Errorf("%s %s %q: shows %v (%v), want %v", section, tab, summary, got, err, want)
	}
}
