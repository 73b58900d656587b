// Package emulator is the access entries API of NAVER Cloud's Kubernetes service on your own
// machine, for development and tests without an account:
//
//	server, err := emulator.Start(emulator.Options{})
//	defer server.Close()
//	client, err := access.NewClient(
//		access.WithBaseURL(server.URL+"/vnks/v2"),
//		access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)))
//
// It verifies every signature and explains wrong ones, checks every request against the contract,
// keeps entries in memory or in a file, and injects [Faults]. Requests from this machine also get a
// console at /, the contract to try out at /docs, an admin API at /_emulator/, and a health check
// at /healthz.
//
// It behaves as the provider's pages and public code say the service does. Where they are silent,
// the service may differ; docs/emulator.md lists where.
package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/nks-access/nks-access/emulator/internal/clinic"
	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/emulator/internal/signature"
	"github.com/nks-access/nks-access/emulator/internal/web"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// The key pair and the cluster of an emulator whose options have none.
const (
	DemoAccessKey   = "DEMOACCESSKEY0000001"
	DemoSecretKey   = "demo-secret-key-of-the-emulator-000000001"
	DemoClusterUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
	DemoClusterName = "demo"
)

// MaxBodyBytes is the size of the largest request body. The limit of the service is not documented.
const MaxBodyBytes = contract.MaxBodyBytes

// BasePaths are the paths of all base URLs of the service. The API is served under each of them.
var BasePaths = []string{"/vnks/v2", "/vnks/sgn-v2", "/vnks/jpn-v2", "/vnks/krs-v2", "/nks/v2"}

// Options configure an emulator. The zero value is ready to use.
type Options struct {
	// Keys are the key pairs that may sign. The default is the demo key.
	Keys []Key
	// Clusters are the clusters of the account. The default is the demo cluster.
	Clusters []nks.Cluster
	// Entries are the first entries, by the UUID of their cluster. They are created on clusters
	// that the store does not know, and after a reset.
	Entries map[string][]nks.CreateAccessEntryRequest
	// TLS makes Start and Listen serve HTTPS with a new self-signed certificate for localhost,
	// 127.0.0.1 and ::1.
	TLS bool
	// Store keeps the entries. The default is a store in memory.
	Store Store
	// Faults are the faults at the start.
	Faults Faults
	// Clock returns the time. The default is time.Now.
	Clock func() time.Time
	// Seed makes UUIDs and random faults the same in every run. 0 makes them different.
	Seed uint64
	// Logger gets a line for every request to the API, and for errors of the store. The default
	// logs nothing.
	Logger *slog.Logger
	// OnRequest is called with every request to the API, in the order of their numbers. It must not
	// call the emulator.
	OnRequest func(Request)
}

// Key is a key pair that may sign.
type Key struct {
	signer.Credentials
	// Operations are the operationIds that the key may use; others are refused with 403. Nil allows
	// all.
	Operations []string
}

// Request is a request to the API and its response, as the request log keeps them: Number, Time,
// Method, Target, Body, AccessKey, Operation, Status, Duration, Signature, Fault, Answer and
// Diagnosis. It holds no secret key.
type Request = web.Request

// Diagnosis explains a refused signature: what was Received, the Expected string to sign, the
// Signed one if it was found, and the Findings. It holds no secret key.
type Diagnosis = clinic.Diagnosis

// Emulator serves the API. It is safe for concurrent use.
type Emulator struct {
	// The key pairs are in closures, because fmt would print the secret keys of a field.
	diagnose  func(*http.Request, error) *Diagnosis
	hide      func(string) string // replaces secret keys in a text
	verifier  *signature.Verifier
	permitted map[string][]string // operationIds by access key, nil for all
	mux       *http.ServeMux      // of the API
	site      http.Handler
	store     Store
	clusters  []nks.Cluster                             // as in the options
	entries   map[string][]nks.CreateAccessEntryRequest // by UUIDs in lower case
	clock     func() time.Time
	random    random
	log       web.Log
	logger    *slog.Logger
	changing  sync.Mutex
	busyUntil map[string]time.Time // by the UUIDs of clusters
	setFaults sync.Mutex
	faults    atomic.Pointer[Faults]
	limiter   atomic.Pointer[rate.Limiter] // of the fault rate
}

// New returns an emulator. It returns an error if the store fails or cannot take the first entries,
// or if two clusters have the same UUID.
func New(options Options) (*Emulator, error) {
	options = options.withDefaults()
	e := &Emulator{
		mux:       http.NewServeMux(),
		store:     options.Store,
		entries:   map[string][]nks.CreateAccessEntryRequest{},
		clock:     options.Clock,
		random:    random{seed: options.Seed},
		log:       web.Log{OnRequest: options.OnRequest},
		logger:    options.Logger,
		busyUntil: map[string]time.Time{},
	}
	for _, cluster := range options.Clusters {
		cluster.UUID = strings.ToLower(cluster.UUID)
		if slices.ContainsFunc(e.clusters, func(other nks.Cluster) bool { return other.UUID == cluster.UUID }) {
			return nil, fmt.Errorf("new emulator: more than one cluster has the UUID %s", cluster.UUID)
		}
		e.clusters = append(e.clusters, cluster)
	}
	for id, entries := range options.Entries {
		e.entries[strings.ToLower(id)] = entries
	}
	e.random.restart()
	keys := e.setKeys(options.Keys)
	e.routeAPI()
	e.faults.Store(&options.Faults)
	e.limiter.Store(newLimiter(options.Faults.Rate))
	e.site = (&web.Site{
		Keys: keys, BasePaths: BasePaths, Log: &e.log, State: e.state, Reset: e.Reset, Fail: e.writeError,
		Faults: func() map[string]string { return e.Faults().values() }, SetFaults: e.setFaultValues,
	}).Handler()
	if err := e.plant(); err != nil {
		return nil, fmt.Errorf("new emulator: %w", err)
	}
	return e, nil
}

func (o Options) withDefaults() Options {
	if o.Keys == nil {
		o.Keys = []Key{{Credentials: signer.Credentials{AccessKey: DemoAccessKey, SecretKey: DemoSecretKey}}}
	}
	if o.Clusters == nil {
		o.Clusters = []nks.Cluster{{
			UUID: DemoClusterUUID, Name: DemoClusterName, Status: "RUNNING", AuthType: "API", RegionCode: "KR",
			K8sVersion: "1.33.4", Endpoint: "https://kubernetes.example.com",
		}}
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.Store = cmp.Or(o.Store, NewMemory())
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	return o
}

// setKeys sets what knows the key pairs. Of two with the same access key the last one counts.
func (e *Emulator) setKeys(keys []Key) []signer.Credentials {
	var pairs []signer.Credentials
	secrets := map[string]string{}
	e.permitted = map[string][]string{}
	for _, key := range keys {
		pairs = append(pairs, key.Credentials)
		secrets[key.AccessKey] = key.SecretKey
		e.permitted[key.AccessKey] = key.Operations
	}
	e.verifier = signature.NewVerifier(func(accessKey string) (string, bool) {
		secret, ok := secrets[accessKey]
		return secret, ok
	}, e.now)
	e.hide = clinic.Hider(pairs)
	e.diagnose = func(r *http.Request, refused error) *Diagnosis {
		diagnosis := clinic.Diagnose(r, refused, pairs, e.now())
		return &diagnosis
	}
	return pairs
}

// Faults returns the faults that are on.
func (e *Emulator) Faults() Faults { return *e.faults.Load() }

// SetFaults changes the faults for the requests that follow. A new value of Busy ends the changes
// under way.
func (e *Emulator) SetFaults(f Faults) {
	_ = e.changeFaults(func(now *Faults) error { *now = f; return nil })
}

// setFaultValues changes the named faults. On an error it changes none.
func (e *Emulator) setFaultValues(values map[string]string) error {
	return e.changeFaults(func(f *Faults) error {
		var errs []error
		for name, value := range values {
			errs = append(errs, f.Set(name, value))
		}
		return errors.Join(errs...)
	})
}

// changeFaults lets change alter the faults. On an error they stay as they are.
func (e *Emulator) changeFaults(change func(*Faults) error) error {
	e.setFaults.Lock()
	defer e.setFaults.Unlock()
	old := e.Faults()
	faults := old
	if err := change(&faults); err != nil {
		return err
	}
	e.faults.Store(&faults)
	if faults.Rate != old.Rate {
		e.limiter.Store(newLimiter(faults.Rate))
	}
	if faults.Busy != old.Busy {
		e.endChanges()
	}
	return nil
}

// Requests returns the last requests to the API, at most 500, oldest first. Options.OnRequest gets
// all of them.
func (e *Emulator) Requests() []Request {
	requests, _, _ := e.log.After(0)
	return requests
}

// Reset removes all entries, creates the first entries again, ends all changes, and clears the
// request log. Clusters get back the auth type of the options. Faults stay.
func (e *Emulator) Reset() error {
	e.random.restart()
	e.endChanges()
	err := e.store.Clear()
	if err == nil {
		err = e.plant()
	}
	if err != nil {
		return fmt.Errorf("reset emulator: %w", err)
	}
	e.log.Clear()
	return nil
}

// plant creates the first entries on the clusters that the store does not know.
func (e *Emulator) plant() error {
	for _, cluster := range e.clusters {
		var first []nks.AccessEntry
		for _, entry := range e.entries[cluster.UUID] {
			first = append(first, e.newEntry(cluster.UUID, entry))
		}
		if first == nil {
			continue
		}
		if err := e.store.Plant(cluster.UUID, first); err != nil {
			return fmt.Errorf("create the first entries of cluster %s: %w", cluster.UUID, err)
		}
	}
	return nil
}

// state returns every cluster with at most limit of its entries.
func (e *Emulator) state(limit int) ([]web.Cluster, error) {
	clusters, err := e.listClusters()
	if err != nil {
		return nil, err
	}
	state := []web.Cluster{}
	for _, cluster := range clusters {
		entries, err := e.store.List(cluster.UUID)
		if err != nil {
			return nil, err
		}
		state = append(state, web.Cluster{Cluster: cluster, Entries: entries[:min(len(entries), limit)], Total: len(entries)})
	}
	return state, nil
}

// now returns the time by the clock of the emulator, which the fault skew changes.
func (e *Emulator) now() time.Time { return e.clock().Add(e.faults.Load().Skew) }

// ServeHTTP responds to a request.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if web.Has(r.URL.Path) {
		e.site.ServeHTTP(w, r)
		return
	}
	e.serveAPI(w, r)
}
