// Package emulator is the access entries API of NAVER Cloud's Kubernetes service on your own machine, to develop and test
// against without an account:
//
//	server, err := emulator.Start(emulator.Options{})
//	defer server.Close()
//	client, err := access.NewClient(
//		access.WithBaseURL(server.URL+"/vnks/v2"),
//		access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)))
//
// It verifies every signature and explains those that are wrong, checks every request against the contract, remembers what it
// was told in memory or in a file, and misbehaves on request ([Faults]). On this machine, its root is a console, /docs the
// contract to try out, /_emulator/ an API to steer it by, and /healthz says that it is up.
//
// It behaves as the provider's pages and public code say the service does. Where they are silent it does the following, which
// the service may not:
//
//   - Success is always status 200.
//   - An update replaces the lists that are present, and keeps those left out.
//   - A second entry for the same principal on a cluster is refused with 409.
//   - A signature is verified before anything else is looked at.
//   - Every base path shows the same clusters, whatever their region.
//   - A cluster with authType CONFIG_MAP refuses changes with 400.
//   - A request that is no HTTP, such as one with a broken request line, is answered by Go's HTTP server, not in JSON.
package emulator

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/gen/nksserver"
	"github.com/nks-access/nks-access/signer"
)

// The key pair and the cluster of an emulator that was given none.
const (
	DemoAccessKey   = "DEMOACCESSKEY0000001"
	DemoSecretKey   = "demo-secret-key-of-the-emulator-000000001"
	DemoClusterUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
	DemoClusterName = "demo"
)

// MaxBodyBytes is the size of the largest request body the emulator takes. The service's own limit is not documented.
const MaxBodyBytes = 1 << 20

// BasePaths are the paths that the API is served under: those of all base URLs of the service.
var BasePaths = []string{"/vnks/v2", "/vnks/sgn-v2", "/vnks/jpn-v2", "/vnks/krs-v2", "/nks/v2"}

// Options are what an emulator knows from the start. The zero value is good to use.
type Options struct {
	// Keys are the key pairs that may sign, the demo key when nil.
	Keys []Key
	// Clusters are the clusters of the account, the demo cluster when nil.
	Clusters []nks.Cluster
	// Entries are created, by the UUID of their cluster, when the store has none for any cluster, and again by a reset.
	Entries map[string][]nks.CreateAccessEntryRequest
	// Store keeps the entries, in memory when nil.
	Store Store
	// Faults can be changed later.
	Faults Faults
	// Clock tells the time, time.Now when nil.
	Clock func() time.Time
	// Seed makes the UUIDs of entries and the hits of faults the same in every run, when it is not 0.
	Seed uint64
	// Logger gets one line for each request to the API. None are logged when nil.
	Logger *slog.Logger
}

// Key is a key pair that may sign.
type Key struct {
	signer.Credentials
	// Operations are the operationIds that the key may use, all when nil. Others are refused with 403.
	Operations []string
}

// Emulator serves the API. It is safe for concurrent use.
type Emulator struct {
	diagnose  func(*http.Request, error) *Diagnosis // functions, because fmt would print the secret keys of a field
	hide      func(string) string                   // takes known secret keys out of a text
	verifier  *signer.Verifier
	mux       *http.ServeMux // of the API
	local     http.Handler   // of what is for this machine only
	clusters  *clusters
	store     Store
	entries   map[string][]nks.CreateAccessEntryRequest
	clock     func() time.Time
	random    *random
	log       requestLog
	logger    *slog.Logger
	seedErr   error
	setFaults sync.Mutex
	faults    atomic.Pointer[activeFaults]
}

type activeFaults struct {
	Faults
	limiter *rate.Limiter
}

// New returns an emulator.
func New(options Options) *Emulator {
	if options.Keys == nil {
		options.Keys = []Key{{Credentials: signer.Credentials{AccessKey: DemoAccessKey, SecretKey: DemoSecretKey}}}
	}
	if options.Clusters == nil {
		options.Clusters = []nks.Cluster{{
			UUID: DemoClusterUUID, Name: DemoClusterName, Status: "RUNNING", AuthType: "API", RegionCode: "KR",
			K8sVersion: "1.33.4", Endpoint: "https://kubernetes.example.com",
		}}
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	if options.Store == nil {
		options.Store = NewMemory()
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	e := &Emulator{
		mux:      http.NewServeMux(),
		clusters: newClusters(options.Clusters, options.Clock),
		store:    options.Store,
		entries:  options.Entries,
		clock:    options.Clock,
		random:   newRandom(options.Seed),
		logger:   options.Logger,
	}
	keys := make([]signer.Credentials, 0, len(options.Keys))
	secrets := make(map[string]string, len(options.Keys))
	operations := make(map[string][]string, len(options.Keys))
	for _, key := range options.Keys {
		keys = append(keys, key.Credentials)
		secrets[key.AccessKey] = key.SecretKey
		operations[key.AccessKey] = key.Operations
	}
	e.verifier = signer.NewVerifier(func(accessKey string) (string, bool) {
		secret, ok := secrets[accessKey]
		return secret, ok
	}, e.now)
	e.hide = newHider(keys).in
	e.diagnose = func(r *http.Request, refused error) *Diagnosis {
		diagnosis := diagnose(r, refused, keys, e.now())
		return &diagnosis
	}
	handler := nksserver.NewStrictHandlerWithOptions(&service{e.store, e.clusters, e.random.uuid}, nil, nksserver.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  e.refuse,
		ResponseErrorHandlerFunc: e.writeError,
	})
	contract := newContract()
	for _, base := range BasePaths {
		nksserver.HandlerWithOptions(handler, nksserver.StdHTTPServerOptions{
			BaseURL:          base,
			BaseRouter:       checkedMux{e, contract, base, operations},
			ErrorHandlerFunc: e.refuse,
		})
	}
	e.faults.Store(&activeFaults{})
	e.SetFaults(options.Faults)
	e.local = e.newLocal(options.Keys)
	e.seedErr = e.seed()
	return e
}

// Faults returns what the emulator does wrong at the moment.
func (e *Emulator) Faults() Faults { return e.faults.Load().Faults }

// SetFaults changes what the emulator does wrong from the next request on.
func (e *Emulator) SetFaults(f Faults) {
	_ = e.changeFaults(func(now *Faults) error { *now = f; return nil })
}

// changeFaults lets change alter the faults, one caller at a time. On an error they stay as they are.
func (e *Emulator) changeFaults(change func(*Faults) error) error {
	e.setFaults.Lock()
	defer e.setFaults.Unlock()
	old := e.faults.Load()
	active := &activeFaults{Faults: old.Faults, limiter: old.limiter}
	if err := change(&active.Faults); err != nil {
		return err
	}
	if f := active.Faults; f.Rate != old.Rate {
		active.limiter = nil
		if f.Rate > 0 {
			active.limiter = rate.NewLimiter(rate.Limit(f.Rate), max(1, int(f.Rate)))
		}
	}
	e.clusters.setBusy(active.Busy)
	e.faults.Store(active)
	return nil
}

// Requests returns the last requests to the API, at most 500, oldest first.
func (e *Emulator) Requests() []Request { return e.log.after(0) }

// Reset forgets all entries but those of the options, makes every cluster ready, and clears the log. Faults stay.
func (e *Emulator) Reset() error {
	e.random.restart()
	if err := e.plant(); err != nil {
		return fmt.Errorf("reset emulator: %w", err)
	}
	e.clusters.ready()
	e.log.clear()
	return nil
}

// seed creates the entries of the options, unless there are entries already.
func (e *Emulator) seed() error {
	for _, cluster := range e.clusters.list() {
		if list, err := e.store.List(cluster.UUID); err != nil || len(list) > 0 {
			return err
		}
	}
	return e.plant()
}

// plant puts the entries of the options in place of all that there are.
func (e *Emulator) plant() error {
	var first []nks.AccessEntry
	for _, cluster := range e.clusters.list() {
		for id, entries := range e.entries {
			if !strings.EqualFold(id, cluster.UUID) {
				continue
			}
			for _, entry := range entries {
				first = append(first, nks.AccessEntry{
					UUID: e.random.uuid(), ClusterUUID: cluster.UUID, Entry: entry.Entry, Groups: entry.Groups, Policies: attach(entry.Policies),
				})
			}
		}
	}
	if err := e.store.Replace(first); err != nil {
		return fmt.Errorf("create the first entries: %w", err)
	}
	return nil
}

// now is the time by the clock of the emulator, which may be off on purpose.
func (e *Emulator) now() time.Time { return e.clock().Add(e.faults.Load().Skew) }

// ServeHTTP answers one request.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if isLocalPath(r.URL.Path) {
		e.local.ServeHTTP(w, r)
		return
	}
	e.serveAPI(w, r)
}

// serveAPI answers a request to the API, with the faults that are on, and remembers it.
func (e *Emulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	faults := e.faults.Load()
	if r.Body == nil { // a request that did not come over HTTP
		r.Body = http.NoBody
	}
	a := &exchange{ResponseWriter: w, Request: Request{
		Time: e.now(), Method: r.Method, Target: requestTarget(r), AccessKey: r.Header.Get(signer.HeaderAccessKey), Signature: "not checked",
	}}
	defer func() {
		a.Duration = time.Since(start)
		// A client may put a secret key where it does not belong.
		for _, text := range []*string{&a.Method, &a.Target, &a.AccessKey, &a.Body, &a.Answer, &a.Signature} {
			*text = truncate(e.hide(*text))
		}
		e.log.add(a.Request)
		e.logger.LogAttrs(r.Context(), slog.LevelInfo, "request", a.attrs()...)
		if a.dropped {
			panic(http.ErrAbortHandler) // the connection goes without an answer
		}
	}()
	e.answer(a, r, faults)
}

func (e *Emulator) answer(w *exchange, r *http.Request, faults *activeFaults) {
	if faults.Latency > 0 {
		select {
		case <-time.After(faults.Latency):
		case <-r.Context().Done():
		}
	}
	if faults.limiter != nil {
		if wait, ok := reserve(faults.limiter, e.clock()); !ok {
			w.Fault = "rate"
			w.Header().Set("Retry-After", wait)
			e.writeError(w, r, throttled())
			return
		}
	}
	if e.random.hit(faults.Fail.Probability) {
		w.Fault = "fail"
		e.writeError(w, r, failed(faults.Fail.Status))
		return
	}
	if err := e.verifier.Verify(r); err != nil {
		w.Diagnosis = e.diagnose(r, err)
		w.Signature = w.Diagnosis.Summary()
		e.writeError(w, r, authenticationFailed(w.Diagnosis))
		return
	}
	w.Signature = "ok"
	if e.seedErr != nil {
		e.writeError(w, r, e.seedErr)
		return
	}
	w.lose = r.Method != http.MethodGet && e.random.hit(faults.Lose)
	// The mux would redirect //clusters to /clusters, which a signed request must not follow.
	if escaped := r.URL.EscapedPath(); path.Clean(escaped) != escaped {
		e.writeError(w, r, pathNotFound(r))
		return
	}
	handler, pattern := e.mux.Handler(r)
	if pattern == "" || r.Method == http.MethodHead {
		e.writeError(w, r, noRoute(handler, w.Header(), r))
		return
	}
	w.Header().Set("Date", e.now().UTC().Format(http.TimeFormat))
	e.mux.ServeHTTP(w, r)
}

// noRoute explains why there is no handler for r. The mux says which methods a path takes in the answer that it would give
// itself; it takes HEAD for GET, which the contract does not know.
func noRoute(handler http.Handler, header http.Header, r *http.Request) error {
	if r.Method == http.MethodHead {
		header.Set("Allow", http.MethodGet)
		return methodNotAllowed(r, http.MethodGet)
	}
	answer := &exchange{ResponseWriter: discard{http.Header{}}}
	handler.ServeHTTP(answer, r)
	if answer.Status != http.StatusMethodNotAllowed {
		return pathNotFound(r)
	}
	allow := strings.Replace(answer.Header().Get("Allow"), ", HEAD", "", 1)
	header.Set("Allow", allow)
	return methodNotAllowed(r, allow)
}

// checkedMux registers the handlers of one base path behind the checks of permission and contract.
type checkedMux struct {
	*Emulator
	contract  *contract
	base      string
	permitted map[string][]string // operationIds by access key, nil for all
}

func (m checkedMux) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	method, path, _ := strings.Cut(pattern, " ")
	operation := m.contract.operation(method, strings.TrimPrefix(path, m.base))
	m.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if x, ok := w.(*exchange); ok {
			x.Operation = operation.id
		}
		accessKey := r.Header.Get(signer.HeaderAccessKey)
		if permitted := m.permitted[accessKey]; permitted != nil && !slices.Contains(permitted, operation.id) {
			m.writeError(w, r, forbidden(accessKey, operation.id))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxBodyBytes)
		body, err := operation.check(r)
		if x, ok := w.(*exchange); ok {
			x.Body = string(body[:min(len(body), maxLoggedBytes+1)])
		}
		if err != nil {
			m.writeError(w, r, err)
			return
		}
		handler(w, r)
	})
}

// refuse answers a request that the generated server cannot decode, which the check against the contract should have found.
func (e *Emulator) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e.writeError(w, r, badRequest(newViolation("", "json", err.Error())))
}

// exchange is a request and the answer that is being written.
type exchange struct {
	http.ResponseWriter
	Request
	lose    bool // the answer goes nowhere if it is that a change was made
	dropped bool
}

func (x *exchange) WriteHeader(status int) {
	x.Status = status
	if x.lose && status < 300 {
		x.dropped, x.Fault, x.Status = true, "lose", 0
		return
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(data []byte) (int, error) {
	if x.Status == 0 && !x.dropped {
		x.WriteHeader(http.StatusOK)
	}
	if x.dropped {
		return len(data), nil
	}
	if x.Status >= 400 {
		x.Answer += string(data[:min(len(data), maxLoggedBytes+1)])
	}
	return x.ResponseWriter.Write(data)
}

// Unwrap lets http.MaxBytesReader close the connection of a body that is too large.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

func (x *exchange) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("method", x.Method), slog.String("target", x.Target), slog.Int("status", x.Status),
		slog.Duration("duration", x.Duration), slog.String("accessKey", x.AccessKey), slog.String("operation", x.Operation),
	}
	if x.Fault != "" {
		attrs = append(attrs, slog.String("fault", x.Fault))
	}
	if x.Signature != "ok" {
		attrs = append(attrs, slog.String("signature", x.Signature))
	}
	return attrs
}

type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return io.Discard.Write(b) }
func (d discard) WriteHeader(int)             {}

// requestTarget returns the target as the verifier takes it, or as received if the verifier refuses it.
func requestTarget(r *http.Request) string {
	target, err := signer.Target(r)
	if err != nil {
		return r.RequestURI
	}
	return target
}
