package access_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

func status(code int, retryAfter string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		if retryAfter != "" {
			w.Header().Set("Retry-After", retryAfter)
		}
		w.WriteHeader(code)
	}
}

// reset closes the connection without an answer; the request was not looked at.
func reset(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// lose makes the change, and then closes the connection without an answer.
func lose(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	reset(w, r, next)
}

// loseBehind makes the change, and answers as a gateway does that waited in vain.
func loseBehind(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	w.WriteHeader(http.StatusGatewayTimeout)
}

// stall makes the change, and does not answer.
func stall(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	next.ServeHTTP(httptest.NewRecorder(), r)
	<-r.Context().Done()
}

// cutOff answers half of what the emulator answers.
func cutOff(w http.ResponseWriter, r *http.Request, next http.Handler) {
	recorder := httptest.NewRecorder()
	next.ServeHTTP(recorder, r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "100000")
	_, _ = w.Write(recorder.Body.Bytes()[:recorder.Body.Len()/2])
	w.(http.Flusher).Flush()
	reset(w, r, next)
}

// garbage makes the change, and answers with something else.
func garbage(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	_, _ = io.WriteString(w, "<html>welcome")
}

// slow makes the change after the answer is gone, as a service behind a gateway may.
func slow(w http.ResponseWriter, r *http.Request, next http.Handler) {
	body, _ := io.ReadAll(r.Body)
	late := r.Clone(context.Background())
	late.Body = io.NopCloser(strings.NewReader(string(body)))
	go func() {
		time.Sleep(3 * time.Millisecond)
		next.ServeHTTP(httptest.NewRecorder(), late)
	}()
	w.WriteHeader(http.StatusGatewayTimeout)
}

// inBubble runs a subtest with a fake clock.
func inBubble(t *testing.T, name string, f func(*testing.T)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			f(t)
			time.Sleep(time.Minute) // for changes that are made late
		})
	})
}

// Whatever happens on the way, one call makes at most one entry, and says whether it did. After a
// request that may have arrived, no second one is sent.
func TestCreateMakesOneEntryWhateverHappens(t *testing.T) {
	all := func(method string, happen ...func(http.ResponseWriter, *http.Request, http.Handler)) []fault {
		faults := make([]fault, len(happen))
		for i := range happen {
			faults[i] = fault{method, happen[i]}
		}
		return faults
	}
	for _, c := range []struct {
		name   string
		faults []fault
	}{
		{"nothing", nil},
		{"a reset before, so nothing is known", all("POST", reset)},
		{"resets before, so nothing is known", all("POST", reset, reset, reset)},
		{"an answer that was lost", all("POST", lose)},
		{"an answer that was lost behind the gateway", all("POST", loseBehind)},
		{"an answer that does not come", all("POST", stall)},
		{"an answer that was cut off", all("POST", cutOff)},
		{"an answer that is something else", all("POST", garbage)},
		{"a change that is made late", all("POST", slow)},
		{"a change that is made late, twice", all("POST", slow, slow)},
		{"a storm of 503, so nothing is known", all("POST", status(503, ""), status(503, ""), status(503, ""))},
		{"a storm of refusals", all("POST", status(429, ""), status(409, ""), status(429, ""))},
		{"a refusal, and then a 502, so nothing is known", all("POST", status(429, ""), status(502, ""))},
		{"throttling", all("POST", status(429, "1"))},
		{"a busy cluster", all("POST", status(409, ""), status(409, ""))},
		{"the list fails, too", append(all("POST", lose), all("GET", func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }, reset, status(503, ""), cutOff)...)},
		{"the first look fails", all("GET", status(503, ""), reset)},
	} {
		inBubble(t, c.name, func(t *testing.T) {
			s := newService(t, emulator.Options{}, c.faults...)
			created, _, err := s.client(t).Ensure(t.Context(), cluster, access.NewEntry{Principal: user, Grants: access.Grants{Policies: []access.Policy{view}}})
			if strings.Contains(c.name, "nothing is known") {
				if got := s.entries(t); !errors.Is(err, access.ErrUnknownOutcome) || len(got) != 0 {
					t.Errorf("%d entries: %+v, %v", len(got), got, err)
				}
				return
			}
			if err != nil {
				t.Error(err)
			}
			if got := s.entries(t); len(got) != 1 || got[0].UUID != created.UUID || got[0].Principal != user {
				t.Errorf("%d entries: %+v, created %+v", len(got), got, created)
			}
		})
	}
}

func TestCreateThatCannotBeMadeMakesNone(t *testing.T) {
	for name, c := range map[string]struct {
		happen func(http.ResponseWriter, *http.Request, http.Handler)
		kind   error
		posts  int
	}{
		"refused":         {status(400, ""), access.ErrInvalid, 1},
		"forbidden":       {status(403, ""), access.ErrForbidden, 1},
		"unexpected":      {status(500, ""), access.ErrUnknownOutcome, 1},
		"not implemented": {status(501, ""), access.ErrUnknownOutcome, 1},
		"unavailable":     {status(503, ""), access.ErrUnknownOutcome, 1},
		"busy":            {status(409, ""), access.ErrBusy, 4},
		"throttled":       {status(429, ""), access.ErrThrottled, 4},
		"cut connections": {reset, access.ErrUnknownOutcome, 1},
	} {
		inBubble(t, name, func(t *testing.T) {
			s := newService(t, emulator.Options{}, fault{"POST", c.happen}, fault{"POST", c.happen}, fault{"POST", c.happen}, fault{"POST", c.happen}, fault{"POST", c.happen})
			_, _, err := s.client(t).Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
			if !errors.Is(err, c.kind) || !strings.HasPrefix(err.Error(), "create access entry for "+user) {
				t.Errorf("got %v", err)
			}
			if n := s.count("POST"); n != c.posts {
				t.Errorf("%d attempts, want %d", n, c.posts)
			}
			if got := s.entries(t); len(got) != 0 {
				t.Errorf("entries are %+v", got)
			}
		})
	}
}

// The last attempt of all made the change, and its answer was lost: the entry is there, and the
// call says so.
func TestCreateLooksAfterTheLastAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{}, fault{"POST", status(429, "")}, fault{"POST", status(429, "")}, fault{"POST", status(409, "")}, fault{"POST", lose})
		created, _, err := s.client(t).Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
		if got := s.entries(t); err != nil || len(got) != 1 || got[0].UUID != created.UUID {
			t.Errorf("%v, entries are %+v", err, got)
		}
	})
}

// Many callers create the same entry at once: all get the one that was made.
func TestCreateAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{}, fault{"POST", lose}, fault{"POST", status(429, "")}, fault{"POST", loseBehind})
		c := s.client(t, access.WithRetry(access.Retry{MaxTries: 6, FirstPause: time.Millisecond}))
		var uuids sync.Map
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				created, _, err := c.Ensure(context.Background(), cluster, access.NewEntry{Principal: role, Grants: access.Grants{Groups: []string{"g"}}})
				if err != nil {
					t.Error(err)
				}
				uuids.Store(created.UUID, true)
			})
		}
		wg.Wait()
		got := s.entries(t)
		if _, ok := uuids.Load(got[0].UUID); len(got) != 1 || !ok {
			t.Errorf("entries are %+v", got)
		}
	})
}

func TestUpdateAndDeleteAreTriedAgain(t *testing.T) {
	for name, c := range map[string]struct {
		happen   func(http.ResponseWriter, *http.Request, http.Handler)
		attempts int // of two changes; a change that was made is not sent again
	}{
		"reset": {reset, 4}, "503": {status(503, ""), 4}, "409": {status(409, ""), 4}, "429": {status(429, ""), 4},
		"lose": {lose, 2}, "lose behind": {loseBehind, 2}, "stall": {stall, 2}, "garbage": {garbage, 2},
	} {
		happen := c.happen
		inBubble(t, name, func(t *testing.T) {
			s := newService(t, emulator.Options{})
			client := s.client(t)
			created, _, err := client.Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
			if err != nil {
				t.Fatal(err)
			}
			s.faults = []fault{{"PUT", happen}, {"DELETE", happen}}
			if err := client.Update(t.Context(), cluster, created.UUID, access.Grants{Groups: []string{"g"}}); err != nil {
				t.Errorf("update: %v", err)
			}
			if got, err := client.Get(t.Context(), cluster, created.UUID); err != nil || len(got.Groups) != 1 {
				t.Errorf("after the update: %+v, %v", got, err)
			}
			if err := client.Delete(t.Context(), cluster, created.UUID); err != nil {
				t.Errorf("delete: %v", err)
			}
			if n := s.count("PUT") + s.count("DELETE"); n != c.attempts {
				t.Errorf("%d attempts", n)
			}
			if got := s.entries(t); len(got) != 0 {
				t.Errorf("entries are %+v", got)
			}
		})
	}
	s := newService(t, emulator.Options{})
	if err := s.client(t).Delete(t.Context(), cluster, nobody); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("a 404 that no lost answer explains: %v", err)
	}
}

func TestReadsOfBrokenAnswers(t *testing.T) {
	huge := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		for range 11 << 10 {
			if _, err := w.Write(make([]byte, 1<<10)); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		happen func(http.ResponseWriter, *http.Request, http.Handler)
		want   string // "" when it is tried again and succeeds
	}{
		"cut off": {cutOff, ""},
		"reset":   {reset, ""},
		"stall":   {stall, ""},
		"garbage": {garbage, "the response is not the expected JSON: <html>welcome"},
		"empty":   {status(200, ""), "the response is not the expected JSON"},
		"huge":    {huge, "larger than 10485760 bytes"},
	} {
		inBubble(t, name, func(t *testing.T) {
			s := newService(t, emulator.Options{}, fault{"GET", c.happen})
			if name == "huge" { // a large list is read again, alone
				s.faults = append(s.faults, fault{"GET", c.happen})
			}
			_, err := s.client(t, access.WithRetry(access.Retry{FirstPause: time.Millisecond, TryTimeout: 2 * time.Second})).List(t.Context(), cluster)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{}, fault{"GET", status(429, "1")})
		start := time.Now()
		if _, err := s.client(t).List(t.Context(), cluster); err != nil {
			t.Error(err)
		}
		if waited := time.Since(start); waited < time.Second {
			t.Errorf("waited %s", waited)
		}

		soon := time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat)
		s = newService(t, emulator.Options{}, fault{"GET", status(503, soon)})
		start = time.Now()
		if _, err := s.client(t).List(t.Context(), cluster); err != nil || time.Since(start) < 3*time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}

		// Who is asked to wait longer than there is time for is told at once.
		s = newService(t, emulator.Options{}, fault{"GET", status(429, "3600")}, fault{"GET", status(429, "3600")})
		start = time.Now()
		if _, err := s.client(t).List(t.Context(), cluster); !errors.Is(err, access.ErrThrottled) || time.Since(start) > 5*time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

func TestTheCallersContextEndsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{})
		for range 100 {
			s.faults = append(s.faults, fault{"GET", status(503, "")})
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := s.client(t, access.WithRetry(access.Retry{MaxTries: 100, FirstPause: 20 * time.Millisecond})).List(ctx, cluster)
		if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, access.ErrUnavailable) {
			t.Errorf("got %v, which should be both the last error and the end of the context", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		cancel()
		seen := len(s.seen)
		if _, err := s.client(t).List(ctx, cluster); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if len(s.seen) > seen {
			t.Error("sent all the same")
		}
	})
}

func TestEveryAttemptIsSignedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var signatures sync.Map
		keep := func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			signatures.Store(r.Header.Get(signer.HeaderSignature), r.Header.Get(signer.HeaderTimestamp))
			w.WriteHeader(503)
		}
		s := newService(t, emulator.Options{}, fault{"GET", keep}, fault{"GET", keep}, fault{"GET", keep})
		var clock atomic.Int64
		clock.Store(time.Now().UnixMilli())
		_, err := s.client(t, access.WithClock(func() time.Time { return time.UnixMilli(clock.Add(1)) })).List(t.Context(), cluster)
		n := 0
		signatures.Range(func(any, any) bool { n++; return true })
		if err != nil || n != 3 {
			t.Errorf("%d signatures in three attempts, %v", n, err)
		}
	})
}

// The clock of the client is wrong: it is corrected by the date of the refusal, once, and the
// correction is kept.
func TestAWrongClockIsCorrected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, offset := range []time.Duration{-7 * time.Minute, 55 * time.Minute} {
			s := newService(t, emulator.Options{})
			c := s.client(t, access.WithClock(func() time.Time { return time.Now().Add(offset) }))
			if _, _, err := c.Ensure(t.Context(), cluster, access.NewEntry{Principal: user}); err != nil {
				t.Errorf("%s off: %v", offset, err)
			}
			if n := s.count("GET"); n != 3 { // refused, looked, found
				t.Errorf("%s off: %d reads", offset, n)
			}
			if got := s.entries(t); len(got) != 1 {
				t.Errorf("entries are %+v", got)
			}
		}
		// A wrong key is not the fault of the clock.
		s := newService(t, emulator.Options{Clock: func() time.Time { return time.Now().Add(30 * time.Second) }})
		if _, err := s.client(t, access.WithCredentials(signer.Static("x", "y"))).List(t.Context(), cluster); !errors.Is(err, access.ErrUnauthenticated) {
			t.Errorf("got %v", err)
		}
		if n := s.count("GET"); n != 1 {
			t.Errorf("%d attempts with a wrong key", n)
		}
	})
}

func TestABusyClusterIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{}, fault{"POST", status(409, "")}, fault{"POST", status(409, "")})
		if _, created, err := s.client(t, access.WithWait(10*time.Second)).Ensure(t.Context(), cluster, access.NewEntry{Principal: user}); err != nil || !created {
			t.Error(created, err)
		}
		if s.count("POST") != 3 || len(s.entries(t)) != 1 {
			t.Errorf("seen %v", s.seen)
		}

		for range 1000 {
			s.faults = append(s.faults, fault{"PUT", status(409, "")})
		}
		start := time.Now()
		err := s.client(t, access.WithWait(time.Minute)).Update(t.Context(), cluster, nobody, access.Grants{})
		if took := time.Since(start); !errors.Is(err, access.ErrBusy) || took < time.Minute || took > 61*time.Second {
			t.Errorf("got %v after %s", err, took)
		}
		if err := newService(t, emulator.Options{}).client(t).WaitReady(t.Context(), cluster); err != nil {
			t.Error(err)
		}
	})
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	defer other.Close()
	s := newService(t, emulator.Options{}, fault{"GET", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
		http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
	}})
	_, err := s.client(t, access.WithHTTPClient(&http.Client{})).List(t.Context(), cluster)
	if err == nil || followed.Load() {
		t.Errorf("followed: %v, %v", followed.Load(), err)
	}
}

// A lost answer is not forgotten over one that says no: the change may still be made, late.
func TestCreateRemembersALostAnswer(t *testing.T) {
	late := func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body, _ := io.ReadAll(r.Body)
		later := r.Clone(context.Background())
		later.Body = io.NopCloser(strings.NewReader(string(body)))
		time.AfterFunc(150*time.Millisecond, func() { next.ServeHTTP(httptest.NewRecorder(), later) })
		w.WriteHeader(http.StatusGatewayTimeout)
	}
	for name, faults := range map[string][]fault{
		"429 once":  {{"POST", late}, {"POST", status(429, "1")}},
		"only 429s": {{"POST", late}, {"POST", status(429, "1")}, {"POST", status(429, "")}, {"POST", status(429, "")}, {"POST", status(429, "")}},
	} {
		inBubble(t, name, func(t *testing.T) {
			s := newService(t, emulator.Options{}, faults...)
			created, _, err := s.client(t).Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
			if err != nil || created.UUID == "" {
				t.Errorf("created %+v, %v", created, err)
			}
			if n := s.count("POST"); n > 2 {
				t.Errorf("%d attempts: it did not look before the third", n)
			}
		})
	}
}

func TestAWrongClockIsCorrectedForAllCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{})
		c := s.client(t, access.WithClock(func() time.Time { return time.Now().Add(50 * time.Minute) }))
		var wg sync.WaitGroup
		for range 30 {
			wg.Go(func() {
				if _, err := c.List(context.Background(), cluster); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	})
}

// A success that lacks what the contract requires is none: nobody must read it as "no entries".
func TestASuccessOfAnotherShapeIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, body := range []string{`{"error":{"errorCode":"900"}}`, `{}`, `null`, `{"accessEntries":null,"clusters":null}`, `{"accessEntries":[{}],"clusters":[{}],"accessEntry":{},"cluster":{}}`} {
			odd := func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = io.WriteString(w, body) }
			for name, call := range map[string]func(*access.Client) error{
				"list":     func(c *access.Client) error { return second(c.List(t.Context(), cluster)) },
				"get":      func(c *access.Client) error { return second(c.Get(t.Context(), cluster, nobody)) },
				"find":     func(c *access.Client) error { return second(c.Find(t.Context(), cluster, user)) },
				"clusters": func(c *access.Client) error { return second(c.Clusters(t.Context())) },
				"cluster":  func(c *access.Client) error { return second(c.Cluster(t.Context(), cluster)) },
				"create": func(c *access.Client) error {
					return third(c.Ensure(t.Context(), cluster, access.NewEntry{Principal: user}))
				},
			} {
				s := newService(t, emulator.Options{}, fault{"GET", odd})
				if err := call(s.client(t)); err == nil || errors.Is(err, access.ErrNotFound) || !strings.Contains(err.Error(), "not the expected JSON") {
					t.Errorf("%s of %s: %v", name, body, err)
				}
				if s.count("POST") > 0 {
					t.Errorf("%s of %s: created all the same", name, body)
				}
			}
		}
	})
}

// A node pool can be busy while the status of the cluster says that it takes changes.
func TestWaitGoesByTheAnswersToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{})
		created, _, err := s.client(t).Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
		if err != nil {
			t.Fatal(err)
		}
		for range 12 {
			s.faults = append(s.faults, fault{"PUT", status(409, "")})
		}
		if err := s.client(t, access.WithWait(20*time.Second)).Update(t.Context(), cluster, created.UUID, access.Grants{Groups: []string{"g"}}); err != nil {
			t.Error(err)
		}
		if n := s.count("PUT"); n != 13 {
			t.Errorf("%d attempts", n)
		}
	})
}

func TestOneBudgetForACallAndItsLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, emulator.Options{})
		for range 200 {
			s.faults = append(s.faults, fault{"", status(503, "")})
		}
		start := time.Now()
		_, _, err := s.client(t, access.WithRetry(access.Retry{MaxTries: 50, FirstPause: 50 * time.Millisecond, MaxElapsed: 500 * time.Millisecond})).
			Ensure(t.Context(), cluster, access.NewEntry{Principal: user})
		if took := time.Since(start); !errors.Is(err, access.ErrUnavailable) || took > 10*time.Second {
			t.Errorf("took %s, %v", took, err)
		}
	})
}

func TestACertificateThatIsNotTrustedIsNotTriedAgain(t *testing.T) {
	var connections atomic.Int32
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	server.StartTLS()
	defer server.Close()
	client, err := access.NewClient(access.WithBaseURL(server.URL), access.WithCredentials(demoKeys), access.WithRetry(quick))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Clusters(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") || connections.Load() != 1 {
		t.Errorf("%d connections, %v", connections.Load(), err)
	}
}
