package emulator_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// buffer is a bytes.Buffer for concurrent use.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// First entries are created on clusters that the data file does not know. They never touch what is
// in the file.
func TestFirstEntriesTouchNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nks.db")
	first := func(principal string) []nks.CreateAccessEntryRequest {
		return []nks.CreateAccessEntryRequest{{Type: nks.EntryTypeUser, Entry: "nrn:PUB:IAM::1:SubAccount/" + principal}}
	}
	one := nks.Cluster{UUID: oneCluster, Name: "one", AuthType: "API"}
	another := nks.Cluster{UUID: anotherCluster, Name: "another", AuthType: "API"}
	var want []string
	for run, options := range []emulator.Options{
		{Clusters: []nks.Cluster{one}, Entries: map[string][]nks.CreateAccessEntryRequest{oneCluster: first("0")}},
		{Clusters: []nks.Cluster{another}, Entries: map[string][]nks.CreateAccessEntryRequest{anotherCluster: first("x")}},
		{Clusters: []nks.Cluster{another, one}, Entries: map[string][]nks.CreateAccessEntryRequest{anotherCluster: first("y"), oneCluster: first("z")}},
		{},
	} {
		options.Store = openFile(t, path)
		e := newEmulator(t, options)
		if run == 0 {
			want = []string{"0", "mine"}
			if err := options.Store.Create(oneCluster, newEntry(oneCluster, "mine")); err != nil {
				t.Fatal(err)
			}
		}
		for cluster, want := range map[string][]string{oneCluster: want, anotherCluster: {"x"}} {
			if run == 0 && cluster == anotherCluster {
				continue
			}
			list, err := options.Store.List(cluster)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, entry := range list {
				got = append(got, entry.Entry[strings.LastIndex(entry.Entry, "/")+1:])
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("run %d: cluster %s has %v, want %v", run, cluster, got, want)
			}
		}
		if run == 2 { // only a reset removes entries
			if err := e.Reset(); err != nil {
				t.Fatal(err)
			}
			if list, err := options.Store.List(oneCluster); err != nil || len(list) != 1 || !strings.HasSuffix(list[0].Entry, "/z") {
				t.Errorf("after a reset: %v, %v", list, err)
			}
			if list, err := options.Store.List(anotherCluster); err != nil || len(list) != 1 || !strings.HasSuffix(list[0].Entry, "/y") {
				t.Errorf("after a reset: %v, %v", list, err)
			}
			return
		}
		if err := options.Store.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// brokenStore fails like a full disk.
type brokenStore struct{ emulator.Store }

var errDisk = errors.New("write data file /secret/place: no space left on device")

func (brokenStore) List(string) ([]nks.AccessEntry, error)              { return nil, errDisk }
func (brokenStore) Get(string, string) (nks.AccessEntry, error)         { return nks.AccessEntry{}, errDisk }
func (brokenStore) Create(string, nks.AccessEntry) error                { return errDisk }
func (brokenStore) Update(string, string, func(*nks.AccessEntry)) error { return errDisk }
func (brokenStore) Delete(string, string) error                         { return errDisk }
func (brokenStore) SetAuthType(string, string) error                    { return errDisk }
func (brokenStore) Clear() error                                        { return errDisk }

func TestStoreErrors(t *testing.T) {
	var log buffer
	e := newTester(t, emulator.Options{
		Store: brokenStore{emulator.NewMemory()}, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Clusters: []nks.Cluster{{UUID: emulator.DemoClusterUUID, Name: "a", AuthType: "API"}, {UUID: oneCluster, Name: "b", AuthType: "CONFIG_MAP"}},
	})
	requests := []struct{ method, path, body string }{
		{"GET", entries, ""}, {"GET", entries + "/" + nobody, ""}, {"DELETE", entries + "/" + nobody, ""},
		{"POST", entries, `{"type":"USER","entry":"` + user + `"}`}, {"PUT", entries + "/" + nobody, `{"groups":[]}`},
		{"PATCH", base + "/clusters/" + oneCluster + "/auth-type", `{"authType":"API"}`},
	}
	for _, c := range requests {
		a := e.send(c.method, c.path, c.body, nil)
		if e.expect(a, 500, `"errorCode":"900"`); strings.Contains(a.body, "space") || strings.Contains(a.body, "place") {
			t.Errorf("%s %s: the response has the cause: %s", c.method, c.path, a.body)
		}
	}
	for _, path := range []string{"/_emulator/state", "/"} {
		a := e.admin("GET", path, "", "", nil)
		if e.expect(a, 500); strings.Contains(a.body, "place") {
			t.Errorf("the response has the cause: %s", a.body)
		}
	}
	e.expect(e.admin("POST", "/_emulator/reset", "", "", nil), 500)
	if n := strings.Count(log.String(), "level=ERROR msg=\"internal error\" error=\""); n != len(requests)+3 || strings.Count(log.String(), errDisk.Error()) != n {
		t.Errorf("the log has %d errors: %s", n, log.String())
	}
	e.expect(e.send("GET", base+"/clusters/"+oneCluster, "", nil), 200, `"authType":"CONFIG_MAP"`)
	if _, err := emulator.New(emulator.Options{Store: brokenPlant{brokenStore{emulator.NewMemory()}}, Entries: map[string][]nks.CreateAccessEntryRequest{
		emulator.DemoClusterUUID: {{Entry: user}},
	}}); !errors.Is(err, errDisk) {
		t.Errorf("got %v", err)
	}
}

type brokenPlant struct{ brokenStore }

func (brokenPlant) Plant(string, []nks.AccessEntry) error { return errDisk }

// A client that leaves during a large response is not worth a line on stderr, nor one in the log
// beside that of its request.
func TestClientsThatLeave(t *testing.T) {
	var lines buffer
	log.SetOutput(&lines)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	store := emulator.NewMemory()
	for i := range 20_000 {
		if err := store.Create(emulator.DemoClusterUUID, newEntry(emulator.DemoClusterUUID, fmt.Sprint(i))); err != nil {
			t.Fatal(err)
		}
	}
	logged := make(chan emulator.Request, 100)
	e := newTester(t, emulator.Options{
		Store: store, Logger: slog.New(slog.NewTextHandler(&lines, nil)), OnRequest: func(r emulator.Request) { logged <- r },
	})
	const clients = 5
	for range clients {
		conn, err := net.Dial("tcp", strings.TrimPrefix(e.server.URL, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest("GET", e.server.URL+entries, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := e.signer.Sign(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		if err := req.Write(conn); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 100)); err != nil {
			t.Fatal(err)
		}
		if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // a reset, so that writing fails
			t.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		<-logged
	}
	if err := e.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(lines.String(), "\n"); n != clients || strings.Count(lines.String(), "msg=request") != clients {
		t.Errorf("there are %d lines: %s", n, lines.String())
	}
}

func TestOnRequestGetsEveryRequestInOrder(t *testing.T) {
	var all []emulator.Request
	e := newTester(t, emulator.Options{OnRequest: func(r emulator.Request) { all = append(all, r) }})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 80 {
				e.send("GET", entries, "", nil)
			}
		})
	}
	wg.Wait()
	e.send("PATCH", entries, "", nil)
	if err := e.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(all) != 641 || all[640].Status != 405 {
		t.Fatalf("%d requests, the last is %+v", len(all), all[len(all)-1])
	}
	for i, r := range all {
		if r.Number != i+1 {
			t.Fatalf("request %d has number %d", i+1, r.Number)
		}
	}
}
