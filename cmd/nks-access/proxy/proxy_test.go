package proxy_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/cmd/nks-access/proxy"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

const (
	entries = "/vnks/v2/clusters/" + emulator.DemoClusterUUID + "/access-entries"
	role    = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
)

// inMemory calls a handler in place of a server.
type inMemory struct{ http.Handler }

func (m inMemory) RoundTrip(req *http.Request) (*http.Response, error) {
	served := req.Clone(req.Context())
	served.RequestURI = req.URL.RequestURI()
	served.RemoteAddr = "127.0.0.1:1"
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	m.ServeHTTP(recorder, served)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

// documents returns the contracts. Parsing them takes long with the race detector.
var documents = sync.OnceValues(func() (contract, names *openapi3.T) {
	contract, err := api.Document()
	if err != nil {
		panic(err)
	}
	names, err = api.SubAccountDocument()
	if err != nil {
		panic(err)
	}
	return contract, names
})

// newProxy returns a proxy in front of a handler.
func newProxy(t *testing.T, upstream http.Handler, change func(*proxy.Options)) *proxy.Proxy {
	t.Helper()
	g, err := gateway.New(gateway.Config{
		BaseURL:     "http://127.0.0.1:1/vnks/v2",
		Credentials: signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey),
		HTTPClient:  &http.Client{Transport: inMemory{upstream}},
	})
	if err != nil {
		t.Fatal(err)
	}
	contract, names := documents()
	options := proxy.Options{Gateway: g, Services: []proxy.Service{
		{Name: "openapi", BaseURL: g.Settings().BaseURL, Contract: contract},
		{Name: "subaccount", BaseURL: "http://127.0.0.1:1/api/v1", Contract: names},
	}}
	if change != nil {
		change(&options)
	}
	p, err := proxy.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newEmulator(t *testing.T) *emulator.Emulator {
	t.Helper()
	e, err := emulator.New(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// request returns a request as a tool on this machine sends it.
func request(method, path, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = "127.0.0.1:8081"
	r.RemoteAddr = "127.0.0.1:50000"
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func do(h http.Handler, r *http.Request) *http.Response {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, r)
	return recorder.Result()
}

func body(t *testing.T, resp *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// A session of a tool that cannot sign.
func TestASessionThroughTheProxy(t *testing.T) {
	p := newProxy(t, newEmulator(t), nil)
	create := fmt.Sprintf(`{"type":"ROLE","entry":%q,"groups":["dev"]}`, role)
	asJSON := "Content-Type: application/json"
	if resp := do(p, request("POST", entries, create, asJSON)); resp.StatusCode != 200 {
		t.Fatalf("create: %d %s", resp.StatusCode, body(t, resp))
	}
	var list struct {
		AccessEntries []struct{ UUID, Entry string } `json:"accessEntries"`
	}
	resp := do(p, request("GET", entries, ""))
	if err := json.NewDecoder(resp.Body).Decode(&list); err != nil || len(list.AccessEntries) != 1 ||
		list.AccessEntries[0].Entry != role {
		t.Fatalf("list: %+v, %v", list, err)
	}
	entry := entries + "/" + list.AccessEntries[0].UUID
	for _, step := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/vnks/v2/clusters", "", 200},
		{"GET", "/vnks/v2/clusters/" + emulator.DemoClusterUUID, "", 200},
		{"POST", entries, create, 409}, // an error of the service is passed on
		{"POST", entries, `{}`, 400},
		{"PUT", entry, `{"groups":[],"policies":[]}`, 200},
		{"GET", entry, "", 200},
		{"DELETE", entry, "", 200},
		{"GET", entry, "", 404},
	} {
		resp := do(p, request(step.method, step.path, step.body, asJSON))
		if resp.StatusCode != step.status || resp.Header.Get("X-Nks-Access-Proxy") != "" {
			t.Errorf("%s %s: %d %s, want %d", step.method, step.path, resp.StatusCode, body(t, resp), step.status)
		}
	}
}

// What the proxy does not pass on. No request reaches the service.
func TestRefusals(t *testing.T) {
	readOnly := func(o *proxy.Options) { o.ReadOnly = true }
	allPaths := func(o *proxy.Options) { o.AllPaths = true }
	withToken := func(o *proxy.Options) { o.Token = "the-token" }
	clusters := "/vnks/v2/clusters"
	for _, c := range []struct {
		name   string
		change func(*proxy.Options)
		req    *http.Request
		status int
		words  string
	}{
		{"another name that points here", nil, func() *http.Request {
			r := request("GET", clusters, "")
			r.Host = "evil.example.com:8081"
			return r
		}(), 403, "for this machine only"},
		{"another machine", nil, func() *http.Request {
			r := request("GET", clusters, "")
			r.RemoteAddr = "192.0.2.1:50000"
			return r
		}(), 403, "for this machine only"},
		{"a page of another site", nil, request("POST", entries, "{}", "Origin: https://evil.example.com"), 403,
			"A page in a browser"},
		{"a page without an origin", nil, request("POST", entries, "{}", "Origin: null"), 403, "A page in a browser"},
		{"a form of another site", nil, request("POST", entries, "{}", "Sec-Fetch-Site: cross-site"), 403,
			"A page in a browser"},
		{"a page of another port", nil, request("GET", clusters, "", "Origin: http://127.0.0.1:3000",
			"Sec-Fetch-Site: same-site"), 403, "--allow-origin"},
		{"an image of another site", nil, request("GET", clusters, "", "Sec-Fetch-Site: cross-site"), 403,
			"A page in a browser"},
		{"a question of a browser", nil, request("OPTIONS", entries, "", "Origin: https://evil.example.com",
			"Access-Control-Request-Method: POST"), 403, "A page in a browser"},
		{"the contract for a page", nil, request("GET", "/openapi.json", "", "Sec-Fetch-Site: cross-site"), 403,
			"A page in a browser"},
		{"the URL of another host", nil, request("GET", "http://example.com/", ""), 400, "not a proxy for HTTP_PROXY"},
		{"a tunnel", nil, request("CONNECT", "/", ""), 400, "not a proxy for HTTP_PROXY"},
		{"another path", nil, request("GET", "/vnks/v2/clusters/"+emulator.DemoClusterUUID+"/kubeconfig", ""), 404,
			"--all-paths"},
		{"another service", nil, request("GET", "/vserver/v2/getRegionList", ""), 404, "begin with /vnks/v2/ and /api/v1/"},
		{"another service with all paths", allPaths, request("GET", "/vserver/v2/getRegionList", ""), 404,
			"begin with /vnks/v2/ and /api/v1/"},
		{"no UUID", nil, request("GET", clusters+"/demo", ""), 404, "The contract has no such path"},
		{"a way out", nil, request("GET", clusters+"/..%2f..%2fvserver", ""), 404, ""},
		{"a way out with all paths", allPaths, request("GET", "/vnks/v2/..%2f..%2fvserver", ""), 404, "no such path"},
		{"dots with all paths", allPaths, request("GET", "/vnks/v2/../../vserver", ""), 404, "no such path"},
		{"escaped dots with all paths", allPaths, request("GET", "/vnks/v2/%2e%2e/vserver", ""), 404, "no such path"},
		{"escapes of escapes with all paths", allPaths, request("GET", "/vnks/v2/%252e%252e/vserver", ""), 404,
			"no such path"},
		{"backslashes with all paths", allPaths, request("GET", `/vnks/v2/..%5c..%5cvserver`, ""), 404, "no such path"},
		{"two slashes", nil, request("GET", "//vnks/v2/clusters", ""), 404, ""},
		{"two slashes with all paths", allPaths, request("GET", "/vnks/v2//clusters", ""), 404, "no such path"},
		{"another method", nil, request("DELETE", clusters, ""), 405, "The contract has GET for this path"},
		{"HEAD", nil, request("HEAD", clusters, ""), 405, ""},
		{"a write, read-only", readOnly, request("POST", entries, "{}"), 405, "read-only"},
		{"a delete, read-only and all paths", func(o *proxy.Options) { readOnly(o); allPaths(o) },
			request("DELETE", "/vnks/v2/clusters/x", ""), 405, "read-only"},
		{"no token", withToken, request("GET", clusters, ""), 401, "asks for its token"},
		{"another token", withToken, request("GET", clusters, "", "Authorization: Bearer the-token2"), 401,
			"asks for its token"},
		{"another scheme", withToken, request("GET", clusters, "", "Authorization: Basic the-token"), 401,
			"asks for its token"},
		{"a large body", nil, request("POST", entries, strings.Repeat(" ", 1<<20+1)), 413, "at most 1 MiB"},
		{"a body that ends early", nil, func() *http.Request {
			r := request("POST", entries, "")
			r.Body = io.NopCloser(io.MultiReader(strings.NewReader("{"), failingReader{}))
			return r
		}(), 400, "ended before it was complete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			never := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				t.Errorf("%s %s was passed on", r.Method, r.URL)
			})
			resp := do(newProxy(t, never, c.change), c.req)
			text := body(t, resp)
			if resp.StatusCode != c.status || !strings.Contains(text, c.words) ||
				resp.Header.Get("X-Nks-Access-Proxy") != "refused" {
				t.Errorf("got %d %s", resp.StatusCode, text)
			}
			for name := range resp.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("a refusal has %s", name)
				}
			}
		})
	}
}

type failingReader struct{}

func (failingReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// What may use the proxy all the same.
func TestPermissions(t *testing.T) {
	clusters := "/vnks/v2/clusters"
	withToken := func(o *proxy.Options) { o.Token = "the-token" }
	for _, c := range []struct {
		name   string
		change func(*proxy.Options)
		req    *http.Request
		status int
	}{
		{"the token", withToken, request("GET", clusters, "", "Authorization: bearer the-token"), 200},
		{"the contract without the token", withToken, request("GET", "/openapi.json", ""), 200},
		{"a URL typed into a browser", nil, request("GET", clusters, "", "Sec-Fetch-Site: none"), 200},
		{"a page of the proxy", nil, request("GET", clusters, "", "Sec-Fetch-Site: same-origin",
			"Origin: http://127.0.0.1:8081"), 200},
		{"a read, read-only", func(o *proxy.Options) { o.ReadOnly = true }, request("GET", clusters, ""), 200},
		{"IPv6", nil, func() *http.Request {
			r := request("GET", clusters, "")
			r.Host = "[::1]:8081"
			r.RemoteAddr = "[::1]:50000"
			return r
		}(), 200},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp := do(newProxy(t, newEmulator(t), c.change), c.req)
			if resp.StatusCode != c.status {
				t.Errorf("got %d %s", resp.StatusCode, body(t, resp))
			}
		})
	}
}

func TestAPageOfAnAllowedOrigin(t *testing.T) {
	const origin = "http://localhost:3000"
	p := newProxy(t, newEmulator(t), func(o *proxy.Options) { o.Origins = []string{origin} })
	asks := do(p, request("OPTIONS", entries, "", "Origin: "+origin, "Sec-Fetch-Site: same-site",
		"Access-Control-Request-Method: POST"))
	if asks.StatusCode != 204 || asks.Header.Get("Access-Control-Allow-Origin") != origin ||
		!strings.Contains(asks.Header.Get("Access-Control-Allow-Methods"), "POST") {
		t.Errorf("got %d %v", asks.StatusCode, asks.Header)
	}
	reads := do(p, request("GET", entries, "", "Origin: "+origin, "Sec-Fetch-Site: same-site"))
	if reads.StatusCode != 200 || reads.Header.Get("Access-Control-Allow-Origin") != origin ||
		reads.Header.Get("Vary") != "Origin" {
		t.Errorf("got %d %v", reads.StatusCode, reads.Header)
	}
	if other := do(p, request("GET", entries, "", "Origin: http://localhost:3001")); other.StatusCode != 403 {
		t.Errorf("another origin gets %d", other.StatusCode)
	}
	for _, wrong := range []string{"*", "null", "localhost:3000", "http://localhost:3000/", "ftp://localhost", ""} {
		_, err := proxy.New(proxy.Options{Gateway: &gateway.Gateway{}, Services: []proxy.Service{{}},
			Origins: []string{wrong}})
		if err == nil || !strings.Contains(err.Error(), "must be such as http://localhost:3000") {
			t.Errorf("origin %q: %v", wrong, err)
		}
	}
}

// The service gets what it needs, signed, and nothing of the client's secrets.
func TestWhatIsPassedOn(t *testing.T) {
	var got *http.Request
	var gotBody string
	p := newProxy(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		data, _ := io.ReadAll(r.Body)
		gotBody = string(data)
		header := w.Header()
		for _, name := range []string{
			"Set-Cookie", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Keep-Alive", "X-Hop", "Upgrade",
			"Location", "Refresh", "Clear-Site-Data", "Strict-Transport-Security", "Alt-Svc", "Link", "Report-To", "NEL",
			"Access-Control-Allow-Private-Network", "Service-Worker-Allowed", "SourceMap", "Timing-Allow-Origin",
			"X-Nks-Access-Proxy", signer.HeaderSignature, signer.HeaderAccessKey, signer.HeaderTimestamp,
		} {
			header.Set(name, "MARKER")
		}
		header.Set("Connection", "keep-alive, X-Hop")
		header.Set("X-Ncp-Request-Id", "1234")
		header.Set("Content-Type", "text/html")
		w.WriteHeader(201)
		_, _ = io.WriteString(w, "<script>fetch('/vnks/v2/clusters')</script>")
	}), func(o *proxy.Options) {
		o.Token = "TOKEN"
		o.AllPaths = true
	})
	resp := do(p, request("POST", "/vnks/v2/other%20path?b=%2F&a=1", `{"a":1}`,
		"Content-Type: application/json", "Accept: text/html", "Connection: Accept, close", "Authorization: Bearer TOKEN",
		"Cookie: MARKER", "Referer: http://127.0.0.1:8081/MARKER", "X-Forwarded-For: MARKER", "Te: trailers",
		"Upgrade: websocket",
		"Proxy-Authorization: MARKER", "User-Agent: MARKER", "X-Ncp-Apigw-Signature-V1: MARKER",
		signer.HeaderSignature+": MARKER", signer.HeaderAccessKey+": MARKER", signer.HeaderTimestamp+": 1"))

	if got.Method != "POST" || got.URL.RequestURI() != "/vnks/v2/other%20path?b=%2F&a=1" || gotBody != `{"a":1}` {
		t.Errorf("sent %s %s %s", got.Method, got.URL.RequestURI(), gotBody)
	}
	var names []string
	for name, values := range got.Header {
		names = append(names, name)
		if strings.Contains(fmt.Sprint(values), "MARKER") || strings.Contains(fmt.Sprint(values), "TOKEN") {
			t.Errorf("sent %s: %s", name, values)
		}
	}
	slices.Sort(names)
	want := []string{"Content-Type", "User-Agent", signer.HeaderSignature, signer.HeaderTimestamp, signer.HeaderAccessKey}
	slices.Sort(want)
	if !slices.Equal(names, want) {
		t.Errorf("sent headers %v, want %v", names, want)
	}
	if len(got.Header.Values(signer.HeaderSignature)) != 1 ||
		got.Header.Get(signer.HeaderAccessKey) != emulator.DemoAccessKey {
		t.Errorf("sent %v", got.Header)
	}

	if resp.StatusCode != 201 || resp.Header.Get("X-Ncp-Request-Id") != "1234" ||
		resp.Header.Get("Content-Type") != "text/html" {
		t.Errorf("got %d %v", resp.StatusCode, resp.Header)
	}
	if strings.Contains(fmt.Sprint(resp.Header), "MARKER") {
		t.Errorf("got %v", resp.Header)
	}
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "sandbox") ||
		!strings.Contains(policy, "default-src 'none'") {
		t.Errorf("a page of the service may run scripts: %s", policy)
	}
}

// The proxy makes one attempt, follows no redirect, and says what became of a request without a
// response.
func TestFailuresOfTheService(t *testing.T) {
	for _, c := range []struct {
		name   string
		serve  http.HandlerFunc
		status int
		words  string
	}{
		{"unavailable", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, 503, ""},
		{"busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(409) }, 409, ""},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example.com/", http.StatusTemporaryRedirect)
		}, 502, "sent a redirect"},
		{"not modified", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) }, 502, "sent a redirect"},
		{"a large response", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 11<<20)) }, 502,
			"larger than"},
		{"HTML", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(404)
			_, _ = io.WriteString(w, "<html>no</html>")
		}, 404, "<html>no</html>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			attempts := 0
			p := newProxy(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				attempts++
				c.serve(w, r)
			}), nil)
			resp := do(p, request("POST", entries, "{}", "Content-Type: application/json"))
			if text := body(t, resp); resp.StatusCode != c.status || !strings.Contains(text, c.words) {
				t.Errorf("got %d %s", resp.StatusCode, text)
			}
			if attempts != 1 {
				t.Errorf("%d attempts", attempts)
			}
			if strings.Contains(fmt.Sprint(resp.Header), "evil") {
				t.Errorf("got %v", resp.Header)
			}
		})
	}
}

// A server that switches protocols, closes the connection, or is not there.
func TestBrokenConnections(t *testing.T) {
	for name, c := range map[string]struct {
		respond string // what the server writes before it closes the connection
		words   string
	}{
		"101": {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
			"101 Switching Protocols"},
		"no response":   {"", "The request may have arrived"},
		"half a header": {"HTTP/1.1 200 O", "The request may have arrived"},
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = listener.Close() }()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					_, _ = conn.Read(make([]byte, 4096))
					_, _ = io.WriteString(conn, c.respond)
					if name != "101" { // that connection stays open
						_ = conn.Close()
					}
				}
			}()
			g, err := gateway.New(gateway.Config{
				BaseURL:     "http://" + listener.Addr().String() + "/vnks/v2",
				Credentials: signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey),
			})
			if err != nil {
				t.Fatal(err)
			}
			p := newProxy(t, nil, func(o *proxy.Options) {
				o.Gateway = g
				o.Services[0].BaseURL = g.Settings().BaseURL
			})
			resp := do(p, request("POST", entries, "{}"))
			if text := body(t, resp); resp.StatusCode != 502 || !strings.Contains(text, c.words) {
				t.Errorf("got %d %s", resp.StatusCode, text)
			}
		})
	}
}

func TestARequestThatCannotBeSigned(t *testing.T) {
	without := signer.ProviderFunc(func(context.Context) (signer.Credentials, error) {
		return signer.Credentials{}, errors.New("no credentials found")
	})
	g, err := gateway.New(gateway.Config{BaseURL: "http://127.0.0.1:1/vnks/v2", Credentials: without})
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, nil, func(o *proxy.Options) { o.Gateway = g })
	resp := do(p, request("GET", "/vnks/v2/clusters", ""))
	if text := body(t, resp); resp.StatusCode != 500 ||
		!strings.Contains(text, "The request was not sent: no credentials found") {
		t.Errorf("got %d %s", resp.StatusCode, text)
	}
}

// A service that does not respond ends a request after the timeout, and requests that wait for others
// end, too.
func TestWaitsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var started atomic.Int64
		p := newProxy(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			started.Add(1)
			<-r.Context().Done()
		}), func(o *proxy.Options) { o.Timeout = 10 * time.Second })
		statuses := make(chan int, 100)
		for range cap(statuses) {
			go func() { statuses <- do(p, request("GET", "/vnks/v2/clusters", "")).StatusCode }()
		}
		synctest.Wait()
		if n := started.Load(); n > 16 {
			t.Errorf("%d requests are under way", n)
		}
		begin := time.Now()
		for range cap(statuses) {
			if status := <-statuses; status != 503 && status != 504 {
				t.Errorf("got %d", status)
			}
		}
		if took := time.Since(begin); took > 10*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// The log has a line for each request, and no secret.
func TestTheLogHasNoSecrets(t *testing.T) {
	var log bytes.Buffer
	p := newProxy(t, newEmulator(t), func(o *proxy.Options) {
		o.Token = "TOKEN-MARKER"
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	do(p, request("GET", "/vnks/v2/clusters?password=MARKER", "", "Authorization: Bearer TOKEN-MARKER", "Cookie: MARKER",
		signer.HeaderSignature+": MARKER"))
	do(p, request("GET", "/TOKEN-MARKER", "", "Authorization: Bearer MARKER"))
	do(p, request("GET", "/"+strings.Repeat("a", 5000), ""))
	do(p, request("GET", "/%0Atime=now%20level=ERROR", ""))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines:\n%s", len(lines), &log)
	}
	if !strings.Contains(lines[0], "msg=request method=GET path=/vnks/v2/clusters status=200") ||
		!strings.Contains(lines[0], "operation=listClusters") {
		t.Error(lines[0])
	}
	if !strings.Contains(lines[1], "status=401") || !strings.Contains(lines[1], "refused=") {
		t.Error(lines[1])
	}
	for _, secret := range []string{"MARKER", emulator.DemoSecretKey, emulator.DemoAccessKey} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %s:\n%s", secret, &log)
		}
	}
	if log.Len() > 2000 {
		t.Errorf("the log has %d bytes", log.Len())
	}
}

// The contract that tools read from the proxy names the proxy, asks for its token at most, and lists
// only what is let through.
func TestTheContractOfTheProxy(t *testing.T) {
	type document struct {
		Servers  []struct{ URL string }
		Security []map[string][]string
		Paths    map[string]map[string]any
	}
	read := func(path string, change func(*proxy.Options)) (document, string) {
		text := body(t, do(newProxy(t, newEmulator(t), change), request("GET", path, "")))
		var doc document
		if err := json.Unmarshal([]byte(text), &doc); err != nil {
			t.Fatal(err)
		}
		return doc, text
	}
	doc, text := read("/openapi.json", nil)
	if len(doc.Servers) != 1 || doc.Servers[0].URL != "http://127.0.0.1:8081/vnks/v2" || len(doc.Security) != 0 {
		t.Errorf("servers %v, security %v", doc.Servers, doc.Security)
	}
	if len(doc.Paths) != 5 || strings.Contains(text, "securitySchemes") {
		t.Errorf("%d paths", len(doc.Paths))
	}
	doc, _ = read("/openapi.json", func(o *proxy.Options) { o.Token = "x" })
	if len(doc.Security) != 1 || doc.Security[0]["token"] == nil {
		t.Errorf("security %v", doc.Security)
	}
	doc, text = read("/openapi.json", func(o *proxy.Options) { o.ReadOnly = true })
	if len(doc.Paths) != 4 || strings.Contains(text, "createAccessEntry\"") ||
		!strings.Contains(text, "listAccessEntries") {
		t.Errorf("%d paths", len(doc.Paths))
	}
	doc, _ = read("/subaccount.json", nil)
	if doc.Servers[0].URL != "http://127.0.0.1:8081/api/v1" || doc.Paths["/sub-accounts"] == nil {
		t.Errorf("servers %v", doc.Servers)
	}
}

// The names of principals are read through the same proxy, and signed for their own host.
func TestTheSubAccountAPI(t *testing.T) {
	var got string
	p := newProxy(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		got = r.Host + r.URL.RequestURI()
	}), func(o *proxy.Options) { o.Services[1].BaseURL = "https://subaccount.example.com/api/v1" })
	do(p, request("GET", "/api/v1/sub-accounts?searchColumn=loginId&searchWord=kim", ""))
	if got != "subaccount.example.com/api/v1/sub-accounts?searchColumn=loginId&searchWord=kim" {
		t.Errorf("sent to %s", got)
	}
}

func TestItListensOnThisMachineOnly(t *testing.T) {
	p := newProxy(t, newEmulator(t), nil)
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "[::]:0", "example.com:0"} {
		if _, err := proxy.Listen(address, p); !errors.Is(err, proxy.ErrNotLoopback) {
			t.Errorf("%s: %v", address, err)
		}
	}
	server, err := proxy.Listen("localhost:0", p)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(server.URL + "/vnks/v2/clusters")
	if err != nil {
		t.Fatal(err)
	}
	if text := body(t, resp); resp.StatusCode != 200 || !strings.Contains(text, `"demo"`) {
		t.Errorf("got %d %s", resp.StatusCode, text)
	}
	_ = resp.Body.Close()
	if _, err := proxy.Listen(strings.TrimPrefix(server.URL, "http://"), p); err == nil {
		t.Error("two proxies listen on one address")
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	<-server.Stopped()
	if err := server.Err(); err != nil {
		t.Error(err)
	}
}
