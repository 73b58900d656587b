package access_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// wire is a transport without a network. A mishap happens to each request, drawn from mishaps.
type wire struct {
	service http.Handler
	mishap  func(*http.Request) mishap
}

// mishap is what the way between client and service does to one request.
type mishap struct {
	name   string
	pass   bool          // the request reaches the service
	answer bool          // its response reaches the client; else the connection breaks or status and body replace it
	cut    bool          // half of the response body is lost
	late   bool          // the request reaches the service after the client has lost the response
	delay  time.Duration // of late; two seconds if zero
	status int           // in place of the response; 0 breaks the connection
	body   string        // of that status
}

const proxyPage = "<html><title>Proxy</title></html>"

var (
	errNetwork = errors.New("the connection broke")

	fine    = mishap{name: "fine", pass: true, answer: true}
	lost    = mishap{name: "made, response lost", pass: true}
	down    = mishap{name: "503", status: 503}
	refused = mishap{name: "403 of a proxy", status: 403, body: proxyPage}
	gone    = mishap{name: "404 of a proxy", status: 404, body: proxyPage}

	// mishaps can happen to any request.
	mishaps = []mishap{
		lost, down, refused, gone,
		{name: "not sent"},
		{name: "made, response cut off", pass: true, answer: true, cut: true},
		{name: "made, 504", pass: true, status: 504},
		{name: "made, 500", pass: true, status: 500},
		{name: "made, 502 of a proxy", pass: true, status: 502, body: proxyPage},
		{name: "made, 200 of a proxy", pass: true, status: 200, body: proxyPage},
		{name: "made late, 504", late: true, status: 504},
		{name: "made late, response lost", late: true},
		{name: "200 of a proxy", status: 200, body: proxyPage},
		{name: "empty 200 of a proxy", status: 200},
		{name: "JSON 200 of a proxy", status: 200, body: "{}"},
		{name: "404 of a proxy without a page", status: 404, body: "404 page not found"},
		{name: "400", status: 400},
		{name: "409", status: 409},
		{name: "429", status: 429},
	}
)

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	m := fine
	if w.mishap != nil {
		m = w.mishap(r)
	}
	if r.Body == nil {
		r.Body = http.NoBody
	}
	recorder, dropped := httptest.NewRecorder(), false
	switch {
	case m.pass:
		dropped = w.serve(recorder, r)
	case m.late:
		late := r.Clone(context.Background())
		body, _ := io.ReadAll(r.Body)
		late.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(cmp.Or(m.delay, 2*time.Second), func() { w.serve(httptest.NewRecorder(), late) })
	}
	if err := r.Context().Err(); err != nil {
		return nil, err // the client has given up; the service has not
	}
	switch {
	case !m.answer && m.status == 0, dropped:
		return nil, errNetwork
	case !m.answer:
		recorder = httptest.NewRecorder()
		recorder.WriteHeader(m.status)
		_, _ = recorder.WriteString(m.body)
	}
	resp := recorder.Result()
	resp.Request = r
	if m.cut {
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader(recorder.Body.Bytes()[:recorder.Body.Len()/2]), brokenReader{}))
	}
	return resp, nil
}

// serve reports whether the emulator has lost its response.
func (w *wire) serve(recorder http.ResponseWriter, r *http.Request) (dropped bool) {
	defer func() { dropped = recover() != nil }()
	w.service.ServeHTTP(recorder, r)
	return false
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// bench is a client on a wire to an emulator, in a bubble with a fake clock.
type bench struct {
	*wire
	emulator *emulator.Emulator
	client   *access.Client
}

func newBench(t testing.TB, options emulator.Options, opts ...access.Option) *bench {
	t.Helper()
	options.Clock = time.Now
	e, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{wire: &wire{service: e}, emulator: e}
	client, err := access.NewClient(append([]access.Option{
		access.WithBaseURL("https://nks.example.com/vnks/v2"), access.WithCredentials(demoKeys),
		access.WithHTTPClient(&http.Client{Transport: b.wire}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	b.client = client
	return b
}

// state returns what the service has for a principal: its groups and policies, or "none".
func (b *bench) state(t rapid.TB, principal access.NRN) string {
	state := ""
	for _, e := range b.emulator.Entries(cluster) {
		if e.Entry == string(principal) {
			state += fmt.Sprintf("%v %v;", e.Groups, e.Policies)
		}
	}
	if strings.Count(state, ";") > 1 {
		t.Fatalf("%s has two entries: %s", principal, state)
	}
	if state == "" {
		return "none"
	}
	return state
}

// switched is a cluster whose auth type changes.
const switched = "11111111-0000-4000-8000-000000000000"

// authType returns the auth type that the service has stored, "" for none.
func (b *bench) authType(t rapid.TB) string {
	for _, c := range b.emulator.Clusters() {
		if c.UUID == switched && c.AuthType == access.AuthTypeAPI {
			return access.AuthTypeAPI
		}
	}
	return ""
}

// Whatever happens on the way, and whatever the service does wrong: what a call reports is what is
// there.
func TestPropertyReportedIsWhatIsThere(t *testing.T) {
	outcomes := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		var failure any // rapid stops a check with a panic, which must leave the bubble
		synctest.Test(t, func(t *testing.T) {
			defer func() {
				failure = recover()
				time.Sleep(time.Minute) // until no request is under way
			}()
			checkOutcomes(t, rt, outcomes)
		})
		if failure != nil {
			t.Logf("first: %v", failure)
			panic(failure)
		}
	})
	for _, outcome := range []string{"made", "not made", "unknown"} {
		if outcomes[outcome] == 0 {
			t.Errorf("no call was %q: the test is one-sided: %v", outcome, outcomes)
		}
	}
}

func checkOutcomes(t *testing.T, rt *rapid.T, outcomes map[string]int) {
	faults := emulator.Faults{
		Busy:    time.Duration(rapid.IntRange(0, 3).Draw(rt, "busy")) * time.Second,
		Latency: time.Duration(rapid.SampledFrom([]int{0, 0, 1, 40}).Draw(rt, "latency")) * time.Second, // 40s is a timeout
		Lose:    rapid.SampledFrom([]float64{0, 0.3}).Draw(rt, "lose"),
		Rate:    rapid.SampledFrom([]float64{0, 0, 2}).Draw(rt, "rate"),

		LowerScopes: rapid.Bool().Draw(rt, "lower scopes"),
		Lag:         time.Duration(rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(rt, "lag")) * time.Second,
	}
	if rapid.Bool().Draw(rt, "fail") {
		faults.Fail = emulator.Failure{Status: rapid.SampledFrom([]int{500, 502, 503, 504}).Draw(rt, "status"), Probability: 0.3}
	}
	wait := time.Duration(rapid.SampledFrom([]int{0, 60}).Draw(rt, "wait")) * time.Second
	b := newBench(t, emulator.Options{
		Faults: faults, Seed: 1 + rapid.Uint64().Draw(rt, "seed")/2,
		Clusters: []nks.Cluster{
			{UUID: cluster, Name: "demo", Status: "RUNNING", AuthType: "API"},
			{UUID: switched, Name: "switched", Status: "RUNNING", AuthType: "CONFIG_MAP"},
		},
	}, access.WithWait(wait))
	harm := rapid.IntRange(0, 10).Draw(rt, "harm") // how many of ten requests have a mishap
	random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "mishaps"), 0))
	var happened []string
	b.mishap = func(r *http.Request) (m mishap) {
		defer func() { happened = append(happened, r.Method+" "+m.name) }()
		if random.IntN(10) >= harm {
			return fine
		}
		return mishaps[random.IntN(len(mishaps))]
	}
	for range rapid.IntRange(1, 4).Draw(rt, "calls") {
		principal := rapid.SampledFrom([]access.NRN{user, role}).Draw(rt, "principal")
		groups := rapid.SampledFrom([][]string{nil, {"a"}, {"a", "b"}}).Draw(rt, "groups")
		policies := rapid.SampledFrom([][]access.Policy{nil, {view}, {view, edit("dev")}}).Draw(rt, "policies")
		before := b.state(rt, principal)
		uuid := nobody
		for _, e := range b.emulator.Entries(cluster) {
			if e.Entry == string(principal) {
				uuid = e.UUID
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(rapid.SampledFrom([]int{3, 3600}).Draw(rt, "timeout"))*time.Second)
		call := rapid.SampledFrom([]string{"create", "ensure", "update", "delete", "grant", "revoke", "switch"}).Draw(rt, "call")
		by := rapid.SampledFrom([]string{uuid, string(principal)}).Draw(rt, "by")
		if call == "switch" {
			before = b.authType(rt)
		}
		var err error
		happened = nil
		wanted := func(access.Entry) bool { return true }
		switch call {
		case "create":
			_, err = b.client.Create(ctx, cluster, access.NewEntry{Principal: principal, Grants: access.Grants{Groups: groups, Policies: policies}})
			wanted = func(e access.Entry) bool { return e.Same(access.Grants{Groups: groups, Policies: policies}) }
		case "ensure":
			_, _, err = b.client.Ensure(ctx, cluster, access.NewEntry{Principal: principal, Grants: access.Grants{Groups: groups, Policies: policies}})
			wanted = func(e access.Entry) bool { return e.Same(access.Grants{Groups: groups, Policies: policies}) }
		case "update":
			err = b.client.Update(ctx, cluster, uuid, access.Grants{Groups: groups, Policies: policies})
			wanted = func(e access.Entry) bool { return e.Same(access.Grants{Groups: groups, Policies: policies}) }
		case "grant":
			var change access.Change
			change, err = b.client.Grant(ctx, cluster, by, access.Grants{Groups: groups, Policies: policies})
			wanted = func(e access.Entry) bool { return e.Same(change.After.Grants) }
		case "revoke":
			var change access.Change
			change, err = b.client.Revoke(ctx, cluster, by, access.Grants{Groups: groups, Policies: policies})
			wanted = func(e access.Entry) bool { return e.Same(change.After.Grants) }
		case "delete":
			err = b.client.Delete(ctx, cluster, uuid)
		case "switch":
			err = b.client.EnableAccessEntries(ctx, switched)
		}
		cancel()
		time.Sleep(10 * time.Second) // for changes that are made, or shown, late
		after := b.state(rt, principal)
		if call == "switch" {
			after = b.authType(rt)
		}
		switch {
		case err == nil && call == "switch":
			outcomes["made"]++
			if after != "API" {
				rt.Fatalf("the switch succeeded, and the auth type is %s: %q", after, happened)
			}
		case err == nil && call == "delete":
			outcomes["made"]++
			if after != "none" {
				rt.Fatalf("delete succeeded, and the entry is still there: %s: %q", after, happened)
			}
		case err == nil:
			outcomes["made"]++
			if after == "none" || !wanted(b.entry(rt, principal)) {
				rt.Fatalf("%s succeeded, and there is: %s: %q", call, after, happened)
			}
		case errors.Is(err, access.ErrUnknownOutcome):
			outcomes["unknown"]++
			for _, kind := range []error{access.ErrNotFound, access.ErrBusy, access.ErrForbidden, access.ErrInvalid, access.ErrThrottled, access.ErrUnavailable, access.ErrExists} {
				if errors.Is(err, kind) {
					rt.Fatalf("%s: an unknown outcome is also %q: %v", call, kind, err)
				}
			}
		default:
			outcomes["not made"]++
			if after != before {
				rt.Fatalf("%s says that it was not made: %v\nbefore: %s\nafter:  %s\n%q", call, err, before, after, happened)
			}
			if call == "delete" && errors.Is(err, access.ErrNotFound) && after != "none" {
				rt.Fatalf("delete says that there is no entry, and it is there: %v", err)
			}
		}
	}
}

// entry returns the entry of a principal as a client reads it.
func (b *bench) entry(t rapid.TB, principal access.NRN) access.Entry {
	mishap, faults := b.mishap, b.emulator.Faults()
	b.mishap = nil
	b.emulator.SetFaults(emulator.Faults{})
	defer func() { b.mishap = mishap; b.emulator.SetFaults(faults) }()
	entry, err := b.client.Find(context.Background(), cluster, string(principal))
	if err != nil {
		t.Fatal(err)
	}
	return entry
}

// script makes mishaps happen to the first requests of a method.
func (b *bench) script(method string, first ...mishap) {
	before := b.mishap
	b.mishap = func(r *http.Request) mishap {
		if r.Method == method && len(first) > 0 {
			m := first[0]
			first = first[1:]
			return m
		}
		if before != nil {
			return before(r)
		}
		return fine
	}
}

// always makes a mishap happen to every request of a method, after the first n.
func (b *bench) always(method string, n int, m mishap) {
	before := b.mishap
	b.mishap = func(r *http.Request) mishap {
		if r.Method == method {
			if n--; n < 0 {
				return m
			}
		}
		if before != nil {
			return before(r)
		}
		return fine
	}
}

func TestOutcomes(t *testing.T) {
	change := func(c *access.Client, call, uuid string) error {
		switch call {
		case "create":
			_, _, err := c.Ensure(context.Background(), cluster, access.NewEntry{Principal: role, Grants: access.Grants{Policies: []access.Policy{view}}})
			return err
		case "grant":
			_, err := c.Grant(context.Background(), cluster, user, access.Grants{Groups: []string{"g"}})
			return err
		}
		return c.Delete(context.Background(), cluster, uuid)
	}
	methods := map[string]string{"create": "POST", "grant": "PUT", "delete": "DELETE"}
	for _, c := range []struct {
		name   string
		busy   time.Duration
		setUp  func(b *bench, method string)
		want   map[string]error // by call; nil is success
		wanted bool             // the change was made
	}{
		{"the retry meets the 409 of its own change", time.Minute,
			func(b *bench, method string) { b.script(method, lost) }, nil, true},
		{"a 503, and then the 404 of a proxy", 0,
			func(b *bench, method string) { b.script(method, down, gone) },
			map[string]error{"create": access.ErrUnknownOutcome, "grant": access.ErrUnknownOutcome, "delete": access.ErrUnknownOutcome}, false},
		{"the 404 of a proxy", 0,
			func(b *bench, method string) { b.script(method, gone) },
			map[string]error{"create": access.ErrUnavailable, "grant": access.ErrUnavailable, "delete": access.ErrUnavailable}, false},
		{"a lost response, and then the 403 of a proxy", 0,
			func(b *bench, method string) { b.script(method, lost, refused) }, nil, true},
		{"a lost response, and then no list", 0,
			func(b *bench, method string) { b.script(method, lost); b.always("GET", 1, gone) },
			map[string]error{"create": access.ErrUnknownOutcome, "grant": access.ErrUnknownOutcome, "delete": access.ErrUnknownOutcome}, true},
		{"a success that is not from the service", 0,
			func(b *bench, method string) { b.script(method, mishap{name: "200", status: 200}) },
			map[string]error{"create": access.ErrUnknownOutcome, "grant": access.ErrUnknownOutcome, "delete": access.ErrUnknownOutcome}, false},
		{"the 404 of a proxy without a page", 0,
			func(b *bench, method string) { b.script(method, mishap{name: "404", status: 404, body: "not found"}) },
			map[string]error{"create": access.ErrNotFound, "grant": access.ErrNotFound, "delete": access.ErrUnavailable}, false},
		{"only 404s of a proxy without a page", 0,
			func(b *bench, method string) {
				page := mishap{name: "404", status: 404, body: "not found"}
				b.script(method, page)
				if method == "DELETE" {
					b.always("GET", 0, page)
				}
			},
			map[string]error{"create": access.ErrNotFound, "grant": access.ErrNotFound, "delete": access.ErrUnavailable}, false},
		{"a lost response, and the change is made later", 0,
			func(b *bench, method string) {
				b.script(method, mishap{name: "late", late: true}, down, down, down, refused)
			}, nil, true},
		{"no response is ever seen", 0,
			func(b *bench, method string) { b.always(method, 0, down) },
			map[string]error{"create": access.ErrUnknownOutcome, "grant": access.ErrUnknownOutcome, "delete": access.ErrUnknownOutcome}, false},
	} {
		for call, method := range methods {
			t.Run(c.name+"/"+call, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t, emulator.Options{})
					created, _, err := b.client.Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
					if err != nil {
						t.Fatal(err)
					}
					b.emulator.SetFaults(emulator.Faults{Busy: c.busy})
					c.setUp(b, method)
					err = change(b.client, call, created.UUID)
					if !errors.Is(err, c.want[call]) {
						t.Errorf("got %v, want %v", err, c.want[call])
					}
					made := map[string]bool{
						"create": b.state(t, role) != "none", "delete": b.state(t, user) == "none",
						"grant": strings.Contains(b.state(t, user), "[g]"),
					}[call]
					if made != c.wanted {
						t.Errorf("made is %v", made)
					}
				})
			})
		}
	}
}

// A create that was made, and then nothing can be read: that is not "not found".
func TestACreateThatCannotBeLookedUpIsNotNotFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, emulator.Options{})
		b.always("GET", 1, gone)
		_, _, err := b.client.Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
		if !errors.Is(err, access.ErrUnknownOutcome) || errors.Is(err, access.ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if !strings.Contains(err.Error(), "the service accepted the change, but it is not confirmed: 404 Not Found") {
			t.Errorf("got %v", err)
		}
	})
}

// Who stops waiting while a response is outstanding still learns what became of the change.
func TestACancelledChangeIsLookedUp(t *testing.T) {
	for name, listFails := range map[string]bool{"and found": false, "and cannot be": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, emulator.Options{})
				ctx, cancel := context.WithCancel(t.Context())
				b.mishap = func(r *http.Request) mishap {
					if r.Method == "POST" {
						cancel() // Ctrl-C while the request is under way
						return lost
					}
					if listFails && ctx.Err() != nil {
						return down
					}
					return fine
				}
				start := time.Now()
				_, _, err := b.client.Ensure(ctx, cluster, access.NewEntry{Principal: user})
				switch {
				case !listFails && err != nil:
					t.Error(err)
				case listFails && !(errors.Is(err, access.ErrUnknownOutcome) && errors.Is(err, context.Canceled)):
					t.Errorf("got %v", err)
				case time.Since(start) > 11*time.Second:
					t.Errorf("it took %s", time.Since(start))
				}
			})
		})
	}
}

// A request that found no connection was not sent, whatever the reason: there is nothing to look for.
func TestWithoutAConnectionTheOutcomeIsKnown(t *testing.T) {
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusProxyAuthRequired) // to CONNECT
	}))
	defer refusing.Close()
	for name, proxy := range map[string]string{"proxy that refuses": refusing.URL, "no proxy": "http://127.0.0.1:1"} {
		t.Run(name, func(t *testing.T) {
			proxyURL, err := url.Parse(proxy)
			if err != nil {
				t.Fatal(err)
			}
			client, err := access.NewClient(access.WithBaseURL("https://nks.example.com/vnks/v2"), access.WithCredentials(demoKeys), access.WithRetry(quick),
				access.WithHTTPClient(&http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxyURL)}}))
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Delete(t.Context(), cluster, nobody); !errors.Is(err, access.ErrUnavailable) {
				t.Errorf("got %v", err)
			}
		})
	}
}
