package browsertest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/cmd/nks-access/proxy"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

// pages serves Swagger UI for the contract of a proxy at /, and nothing else of its own.
func pages(t *testing.T, proxyURL *string) *httptest.Server {
	t.Helper()
	assets, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			assets.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>page</title><div id="ui"></div>
<form id="form" method="post" enctype="text/plain" action="%[1]s%[2]s"><input name="{"></form>
<script src="/docs/swagger-ui-bundle.js"></script>
<script>SwaggerUIBundle({ url: '%[1]s/openapi.json', dom_id: '#ui', validatorUrl: null })</script>`, *proxyURL, entries)
	}))
	t.Cleanup(server.Close)
	return server
}

// startProxy starts a proxy in front of a handler, which the pages of an origin may use.
func startProxy(t *testing.T, upstream http.Handler, origin string) string {
	t.Helper()
	service := httptest.NewServer(upstream)
	t.Cleanup(service.Close)
	g, err := gateway.New(gateway.Config{
		BaseURL:     service.URL + emulator.BasePaths()[0],
		Credentials: signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey),
	})
	if err != nil {
		t.Fatal(err)
	}
	contract, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	p, err := proxy.New(proxy.Options{
		Gateway:  g,
		Services: []proxy.Service{{Name: "openapi", BaseURL: g.Settings().BaseURL, Contract: contract}},
		Origins:  []string{origin},
	})
	if err != nil {
		t.Fatal(err)
	}
	server, err := proxy.Listen("127.0.0.1:0", p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Shutdown(t.Context()) })
	return server.URL
}

// Swagger UI on a page of an allowed origin works through the proxy. A page of another origin can
// neither read nor write, whatever it tries.
func TestPagesAndTheProxy(t *testing.T) {
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var proxyURL string
	allowed := pages(t, &proxyURL)
	other := pages(t, &proxyURL)
	proxyURL = startProxy(t, e, allowed.URL)
	b := start(t, nil)
	b.refused = "127.0.0.1" // the servers of this test; Chromium reports what the proxy refuses

	b.run(chromedp.Navigate(other.URL))
	for name, attempt := range map[string]string{
		"read":                 `fetch('%s/vnks/v2/clusters')`,
		"the contract":         `fetch('%s/openapi.json')`,
		"write":                `fetch('%s` + entries + `', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'})`,
		"write without asking": `fetch('%s` + entries + `', {method: 'POST', body: '{}'})`,
	} {
		script := `window.outcome = null; ` + fmt.Sprintf(attempt, proxyURL) + `.then((r) => window.outcome = 'status ' + r.status, (e) => window.outcome = e.name); 0`
		b.run(chromedp.Evaluate[chromedp.Void](script))
		b.eventually(`window.outcome !== null`)
		if outcome := value[string](b, `window.outcome`); outcome != "TypeError" {
			t.Errorf("%s: %s", name, outcome)
		}
	}
	b.run(chromedp.Evaluate[chromedp.Void](`setTimeout(() => document.getElementById('form').submit()); 0`))
	b.run(chromedp.WaitReady(chromedp.CSS("body > pre")))
	if shown := value[string](b, `document.body.innerText`); !strings.Contains(shown, "A page in a browser sent this request") {
		t.Errorf("the form got %s", shown)
	}
	if requests := e.Requests(); len(requests) > 0 {
		t.Fatalf("a page of another origin reached the service: %+v", requests)
	}

	b.run(chromedp.Navigate(allowed.URL))
	const operation = "#operations-clusters-listClusters"
	b.run(
		chromedp.WaitVisible(chromedp.CSS(operation)),
		chromedp.Click(chromedp.CSS(operation+" .opblock-summary-control")),
		chromedp.Click(chromedp.CSS(operation+" .try-out__btn")),
		chromedp.Click(chromedp.CSS(operation+" .execute")),
		chromedp.WaitVisible(chromedp.CSS(operation+" .live-responses-table tbody .response-col_status")),
	)
	status := value[string](b, `document.querySelector('`+operation+` .live-responses-table tbody .response-col_status').innerText`)
	if !strings.HasPrefix(status, "200") {
		t.Errorf("the status is %s", status)
	}
	requests := e.Requests()
	if len(requests) != 1 || requests[0].Signature != "ok" || requests[0].Operation != "listClusters" {
		t.Errorf("the service got %+v", requests)
	}
}

// A page that the service sends cannot run a script, which would have the origin of the proxy.
func TestAPageOfTheServiceRunsNoScript(t *testing.T) {
	writes := 0
	proxyURL := startProxy(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			writes++
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<title>safe</title><p>shown</p><script>document.title = 'ran'; fetch('`+entries+`', {method: 'POST'})</script>`)
	}), "http://localhost:1")
	b := start(t, nil)
	b.refused = "127.0.0.1"
	b.run(chromedp.Navigate(proxyURL+"/vnks/v2/clusters"), chromedp.WaitVisible(chromedp.CSS("p")))
	if title := value[string](b, `document.title`); title != "safe" || writes > 0 {
		t.Errorf("the title is %q, %d writes", title, writes)
	}
}
