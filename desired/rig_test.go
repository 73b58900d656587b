package desired_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// rig is an emulator that clients call without a network. It notes every request, and whether a
// cluster that had an administrator is without one after it.
type rig struct {
	emulator *emulator.Emulator
	store    stored

	mu       sync.Mutex
	requests []string // method and path, of requests that were answered
	changes  []string // the same, of changes that were made
	busy     int      // requests that were refused with 409
	killed   bool     // no request goes through any more
	kill     int      // the number of requests after which the program is killed, unless 0
	admin    map[string]bool
	lost     []string              // clusters that were without an administrator, with the request
	before   func(r *http.Request) // called before each request
}

// stored are the entries that the emulator holds.
type stored struct{ emulator *emulator.Emulator }

func (s stored) List(cluster string) ([]nks.AccessEntry, error) {
	return s.emulator.Entries(cluster), nil
}

func (s stored) Create(cluster string, entry nks.AccessEntry) error {
	return s.emulator.SetEntries(cluster, append(s.emulator.Entries(cluster), entry))
}

func (s stored) Delete(cluster, id string) error {
	entries := s.emulator.Entries(cluster)
	return s.emulator.SetEntries(cluster, slices.DeleteFunc(entries, func(e nks.AccessEntry) bool { return e.UUID == id }))
}

func (s stored) Clear() error {
	for _, cluster := range s.emulator.Clusters() {
		if err := s.emulator.SetEntries(cluster.UUID, nil); err != nil {
			return err
		}
	}
	return nil
}

func clusterUUID(i int) string { return fmt.Sprintf("%08x-e0fb-4dc9-af1b-97fd3f8d0000", i+1) }

// newRig returns a rig with the clusters c0, c1, … and their entries.
func newRig(t testing.TB, faults emulator.Faults, seed uint64, entries ...[]nks.AccessEntry) *rig {
	t.Helper()
	return newRigWith(t, emulator.Options{Faults: faults, Seed: seed}, entries...)
}

func newRigWith(t testing.TB, options emulator.Options, entries ...[]nks.AccessEntry) *rig {
	t.Helper()
	for i := range entries {
		if options.Clusters == nil || len(options.Clusters) < len(entries) {
			options.Clusters = append(options.Clusters, nks.Cluster{UUID: clusterUUID(i), Name: fmt.Sprintf("c%d", i), Status: "RUNNING", AuthType: "API", RegionCode: "KR"})
		}
	}
	r := &rig{admin: map[string]bool{}}
	options.OnRequest = r.note
	var err error
	if r.emulator, err = emulator.New(options); err != nil {
		t.Fatal(err)
	}
	r.store = stored{r.emulator}
	r.refill(t, entries...)
	return r
}

// refill replaces all entries.
func (r *rig) refill(t testing.TB, entries ...[]nks.AccessEntry) {
	t.Helper()
	if err := r.store.Clear(); err != nil {
		t.Fatal(err)
	}
	for i, list := range entries {
		for j, entry := range list {
			entry.UUID, entry.ClusterUUID = fmt.Sprintf("%08x-0000-4dc9-af1b-%012x", i, j), clusterUUID(i)
			if err := r.store.Create(clusterUUID(i), entry); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.restart()
	for i := range entries {
		r.admin[clusterUUID(i)] = r.hasAdmin(clusterUUID(i))
	}
}

func (r *rig) hasAdmin(cluster string) bool {
	entries, err := r.store.List(cluster)
	return err == nil && slices.ContainsFunc(entries, func(e nks.AccessEntry) bool {
		canExist := access.AnyNRN(e.Entry).Known()
		return canExist && slices.ContainsFunc(e.Policies, func(p nks.AttachedPolicy) bool {
			return p.Type == string(access.ClusterAdmin) && strings.EqualFold(p.Scope, "cluster")
		})
	})
}

var errKilled = errors.New("the program was killed")

// RoundTrip hands a request to the emulator.
func (r *rig) RoundTrip(request *http.Request) (*http.Response, error) {
	r.mu.Lock()
	if r.kill > 0 && len(r.requests) >= r.kill {
		r.killed = true
	}
	killed, before := r.killed, r.before
	r.mu.Unlock()
	if killed {
		return nil, errKilled
	}
	if before != nil {
		before(request)
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	recorder, dropped := httptest.NewRecorder(), false
	func() {
		defer func() {
			if recover() != nil { // http.ErrAbortHandler: the response is lost
				dropped = true
			}
		}()
		r.emulator.ServeHTTP(recorder, request)
	}()
	if dropped {
		return nil, errors.New("connection reset")
	}
	response := recorder.Result()
	response.Request = request
	return response, nil
}

// note notes a request of the emulator's log.
func (r *rig) note(request emulator.Request) {
	line := request.Method + " " + request.Target
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, line)
	if request.Status == http.StatusConflict {
		r.busy++
	}
	if made := request.Status/100 == 2 || request.Fault == "lose"; request.Method == http.MethodGet || !made {
		return
	}
	r.changes = append(r.changes, line)
	_, path, _ := strings.Cut(request.Target, "/clusters/")
	cluster, _, _ := strings.Cut(path, "/")
	has := r.hasAdmin(cluster)
	if r.admin[cluster] && !has {
		r.lost = append(r.lost, line)
	}
	r.admin[cluster] = has
}

// restart lets requests through again, and forgets those there were.
func (r *rig) restart() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests, r.changes, r.killed, r.kill = nil, nil, false, 0
}

// clients returns the client that all regions and profiles share.
func (r *rig) clients(t testing.TB, more ...access.Option) desired.Clients {
	t.Helper()
	client, err := access.NewClient(append([]access.Option{
		access.WithBaseURL("http://127.0.0.1:1/vnks/v2"),
		access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)),
		access.WithHTTPClient(&http.Client{Transport: r}),
		access.WithRetry(access.Retry{MaxTries: 12, FirstPause: 10 * time.Microsecond}),
	}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	return func(string, string) (*access.Client, error) { return client, nil }
}

func (r *rig) read(t testing.TB, file *desired.File) []desired.Observed {
	t.Helper()
	return file.Read(context.Background(), r.clients(t), 4)
}

// entries returns what the emulator has of a cluster, by principal.
func (r *rig) entries(t testing.TB, cluster int) map[string]nks.AccessEntry {
	t.Helper()
	list, err := r.store.List(clusterUUID(cluster))
	if err != nil {
		t.Fatal(err)
	}
	byPrincipal := map[string]nks.AccessEntry{}
	for _, entry := range list {
		if _, twice := byPrincipal[entry.Entry]; twice {
			t.Errorf("%s has two entries", entry.Entry)
		}
		byPrincipal[entry.Entry] = entry
	}
	return byPrincipal
}

func entry(principal string, groups []string, policies ...string) nks.AccessEntry {
	e := nks.AccessEntry{Entry: principal, Groups: groups}
	for _, text := range policies {
		kind, namespaces, scoped := strings.Cut(text, "@")
		policy := nks.AttachedPolicy{Type: kind, Scope: "Cluster"}
		if scoped {
			policy.Scope, policy.Namespaces = "Namespace", strings.Split(namespaces, ",")
		}
		e.Policies = append(e.Policies, policy)
	}
	return e
}

// schemaOf returns a check of a file against the JSON Schema.
func schemaOf(t testing.TB) func(text string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(desired.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(desired.SchemaURL, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(desired.SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	return func(text string) error {
		var document any // read by another YAML library than the one of the loader
		if err := yaml.Unmarshal([]byte(text), &document); err != nil {
			return err
		}
		data, err := json.Marshal(document)
		if err != nil {
			return err
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
		if err != nil {
			return err
		}
		return schema.Validate(value)
	}
}
