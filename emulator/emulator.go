// Package emulator is the access entries API of NAVER Cloud's Kubernetes service on your own
// machine, for development and tests without an account:
//
//	server, err := emulator.Start(emulator.Options{})
//	defer server.Close()
//	client, err := access.NewClient(
//		access.WithBaseURL(server.BaseURL()), access.WithCredentials(server.Credentials()))
//
// It verifies every signature and explains wrong ones, checks every request against the contract,
// keeps entries in memory or in a file, and injects [Faults]. Requests from this machine also get a
// console at /, the contract to try out at /docs, an admin API at /_emulator/, and a health check
// at /healthz.
//
// [Emulator.Transport] serves requests without a network. [Emulator.Entries] and
// [Emulator.SetEntries] read and set what a test needs, past the API.
//
// It behaves as the provider's pages and public code say the service does. Where they are silent,
// the service may differ; docs/emulator.md lists where.
package emulator

import (
	"context"
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
	"github.com/nks-access/nks-access/emulator/internal/store"
	"github.com/nks-access/nks-access/emulator/internal/web"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// Emulator serves the API. It is safe for concurrent use.
type Emulator struct {
	// The key pairs are in closures, because fmt would print the secret keys of a field.
	credentials signer.ProviderFunc // of the first key pair
	verifier    *signature.Verifier
	clinic      *clinic.Clinic
	permitted   map[string][]string // operationIds by access key, nil for all

	mux        *http.ServeMux    // of the API
	operations map[string]string // operationIds by the patterns of mux
	site       http.Handler

	store    *store.Store
	clusters []nks.Cluster                             // as in the options
	entries  map[string][]nks.CreateAccessEntryRequest // the initial ones, by UUID of their cluster

	clock  func() time.Time
	random random
	log    web.Log
	logger *slog.Logger

	changing  sync.Mutex
	busyUntil map[string]time.Time // by the UUIDs of clusters
	stale     map[string]staleList // by the UUIDs of clusters

	directory atomic.Pointer[Directory]

	setFaults sync.Mutex
	faults    atomic.Pointer[Faults]
	limiter   atomic.Pointer[rate.Limiter] // of the fault rate
}

// New returns an emulator that does not listen: it is an [http.Handler], and has a Transport. Close
// it if its options have a data file.
//
// New returns an error if a cluster has no UUID or that of another one, if an initial entry breaks
// the contract, is not for one of the clusters, or is the second one of its principal, if the
// directory has an ID twice or a member that it does not have, and if the data file cannot be used.
func New(options Options) (*Emulator, error) {
	e, err := newEmulator(options)
	if err != nil {
		return nil, fmt.Errorf("new emulator: %w", err)
	}
	return e, nil
}

func newEmulator(options Options) (*Emulator, error) {
	options = options.withDefaults()
	clusters, err := checkClusters(options.Clusters)
	if err != nil {
		return nil, err
	}
	entries, err := checkEntries(options.Entries, clusters, options.Faults.Unknown)
	if err != nil {
		return nil, err
	}
	directory, err := options.Directory.checked()
	if err != nil {
		return nil, err
	}
	e := &Emulator{
		clusters:  clusters,
		entries:   entries,
		clock:     options.Clock,
		random:    random{seed: options.Seed},
		logger:    options.Logger,
		busyUntil: map[string]time.Time{},
		stale:     map[string]staleList{},
	}
	if options.OnRequest != nil {
		e.log.OnRequest = func(r web.Request) { options.OnRequest(newRequest(r)) }
	}
	e.random.restart()
	e.setKeys(options.Keys)
	e.routeAPI()
	e.directory.Store(directory)
	e.faults.Store(&options.Faults)
	e.limiter.Store(newLimiter(options.Faults.Rate))
	e.site = e.newSite(options.Keys)
	if e.store, err = openStore(options.DataFile); err != nil {
		return nil, err
	}
	if err := e.seed(); err != nil {
		return nil, errors.Join(err, e.store.Close())
	}
	return e, nil
}

func openStore(path string) (*store.Store, error) {
	if path == "" {
		return store.NewMemory(), nil
	}
	return store.OpenFile(path)
}

// setKeys builds what knows the key pairs. Of two keys with the same access key the last one counts.
func (e *Emulator) setKeys(keys []Key) {
	pairs := pairsOf(keys)
	secrets := map[string]string{}
	e.permitted = map[string][]string{}
	for _, key := range keys {
		secrets[key.AccessKey] = key.SecretKey
		e.permitted[key.AccessKey] = key.Operations
	}
	e.verifier = signature.NewVerifier(func(accessKey string) (string, bool) {
		secret, ok := secrets[accessKey]
		return secret, ok
	}, e.now)
	e.clinic = clinic.New(pairs, contract.ServerURLs())
	e.credentials = func(context.Context) (signer.Credentials, error) {
		if len(pairs) == 0 {
			return signer.Credentials{}, errors.New("the emulator has no key pair")
		}
		return pairs[0], nil
	}
}

func pairsOf(keys []Key) []signer.Credentials {
	var pairs []signer.Credentials
	for _, key := range keys {
		pairs = append(pairs, key.Credentials)
	}
	return pairs
}

func (e *Emulator) newSite(keys []Key) http.Handler {
	site := &web.Site{
		Keys:      pairsOf(keys),
		BasePaths: BasePaths(),
		Log:       &e.log,
		State:     e.state,
		Faults:    func() map[string]string { return e.Faults().values() },
		SetFaults: e.setFaultValues,
		Reset:     e.Reset,
		Fail:      e.writeError,

		CheckFault: func(name, value string) error { return new(Faults).Set(name, value) },
	}
	for _, kind := range FaultKinds() {
		site.Fields = append(site.Fields, web.FaultField{
			Name: kind.Name, Label: kind.Label, Example: kind.Example, Help: sentence(kind.Usage),
			Want: kind.Want(), Values: kind.Values(), Deviation: kind.Deviation,
		})
	}
	return site.Handler()
}

// sentence returns the help of a flag as a sentence.
func sentence(usage string) string { return strings.ToUpper(usage[:1]) + usage[1:] + "." }

// seed creates the initial entries on clusters without data.
func (e *Emulator) seed() error {
	for _, cluster := range e.clusters { // in the order of the options, so that a seed gives the same UUIDs
		var initial []nks.AccessEntry
		for _, entry := range e.entries[cluster.UUID] {
			initial = append(initial, e.newEntry(cluster.UUID, entry))
		}
		initial = copies(initial)
		if initial == nil {
			continue
		}
		if err := e.store.Plant(cluster.UUID, initial); err != nil {
			return fmt.Errorf("create the initial entries of cluster %s: %w", cluster.UUID, err)
		}
	}
	return nil
}

// Close closes the data file. Later changes fail with status 500.
func (e *Emulator) Close() error { return e.store.Close() }

// Format prints no part of the state: fmt would read what requests are changing meanwhile.
func (e *Emulator) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, "emulator") }

// Credentials returns a provider of the first key pair.
func (e *Emulator) Credentials() signer.Provider { return e.credentials }

// Clusters returns the clusters as the API lists them.
func (e *Emulator) Clusters() []nks.Cluster { return e.listClusters() }

// Entries returns the entries of a cluster in the order of their creation. It is what the emulator
// holds: no fault changes it. An unknown cluster has none.
func (e *Emulator) Entries(cluster string) []nks.AccessEntry {
	return copies(e.store.List(strings.ToLower(cluster)))
}

// copies returns entries that share no list with those that it gets: callers may change theirs.
func copies(entries []nks.AccessEntry) []nks.AccessEntry {
	list := slices.Clone(entries)
	for i, entry := range list {
		list[i].Groups = slices.Clone(entry.Groups)
		list[i].Policies = slices.Clone(entry.Policies)
		for j, policy := range entry.Policies {
			list[i].Policies[j].Namespaces = slices.Clone(policy.Namespaces)
		}
	}
	return list
}

// SetEntries replaces the entries of a cluster. It accepts what the service may hold and a request
// may not contain: policies of unknown types, principals of any form, and several entries of one
// principal. An entry without a UUID gets one.
//
// SetEntries returns an error if the emulator does not have the cluster, if two entries have the same
// UUID, and if writing the data file fails.
func (e *Emulator) SetEntries(cluster string, entries []nks.AccessEntry) error {
	id := strings.ToLower(cluster)
	if _, err := e.cluster(id); err != nil {
		return fmt.Errorf("set entries: unknown cluster %s", cluster)
	}
	taken := map[string]bool{}
	list := copies(entries)
	for i := range list {
		if list[i].UUID == "" {
			list[i].UUID = e.random.uuid()
		}
		if taken[list[i].UUID] {
			return fmt.Errorf("set entries: two entries have the UUID %s", list[i].UUID)
		}
		taken[list[i].UUID] = true
		list[i].ClusterUUID = id
	}
	if err := e.store.Replace(id, list); err != nil {
		return fmt.Errorf("set entries: %w", err)
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	delete(e.stale, id)
	return nil
}

// Faults returns the faults that are on.
func (e *Emulator) Faults() Faults { return *e.faults.Load() }

// SetFaults changes the faults for the requests that follow. Changing Busy or Lag makes all clusters
// ready, and shows all changes.
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
	if faults.Busy != old.Busy || faults.Lag != old.Lag {
		e.endChanges()
	}
	return nil
}

// Requests returns the last requests to the API, at most 500, oldest first. Options.OnRequest gets
// all of them.
func (e *Emulator) Requests() []Request {
	logged, _, _ := e.log.After(0)
	requests := []Request{}
	for _, r := range logged {
		requests = append(requests, newRequest(r))
	}
	return requests
}

// Reset removes all entries, creates the initial entries again, makes all clusters ready, and clears
// the request log. Clusters get back the auth type of the options. Faults stay. It returns an error
// if the data file cannot be written.
func (e *Emulator) Reset() error {
	e.random.restart()
	e.endChanges()
	if err := e.store.Clear(); err != nil {
		return fmt.Errorf("reset emulator: %w", err)
	}
	if err := e.seed(); err != nil {
		return fmt.Errorf("reset emulator: %w", err)
	}
	e.log.Clear()
	return nil
}

// state returns every cluster with at most limit of its entries.
func (e *Emulator) state(limit int) []web.Cluster {
	names := e.directory.Load().namesByNRN()
	state := []web.Cluster{}
	for _, cluster := range e.listClusters() {
		entries := e.store.List(cluster.UUID)
		shown := []web.Entry{}
		for _, entry := range entries[:min(len(entries), limit)] {
			shown = append(shown, web.Entry{AccessEntry: entry, Name: names[strings.ToLower(entry.Entry)]})
		}
		state = append(state, web.Cluster{Cluster: cluster, Entries: shown, Total: len(entries)})
	}
	return state
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
