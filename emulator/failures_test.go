package emulator_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// The clusters of these tests.
const (
	oneCluster     = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0001"
	anotherCluster = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0002"
)

func initial(principals ...string) []nks.CreateAccessEntryRequest {
	var list []nks.CreateAccessEntryRequest
	for _, principal := range principals {
		list = append(list, nks.CreateAccessEntryRequest{Type: nks.EntryTypeUser, Entry: "nrn:PUB:IAM::1:SubAccount/" + principal})
	}
	return list
}

// principals returns the ends of the NRNs of the entries of a cluster.
func principals(e *emulator.Emulator, cluster string) string {
	var list []string
	for _, entry := range e.Entries(cluster) {
		list = append(list, entry.Entry[strings.LastIndex(entry.Entry, "/")+1:])
	}
	return strings.Join(list, " ")
}

// Initial entries are created on clusters that the data file does not know. They never touch what is
// in the file.
func TestInitialEntriesTouchNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nks.db")
	one := nks.Cluster{UUID: oneCluster, Name: "one", AuthType: "API"}
	another := nks.Cluster{UUID: anotherCluster, Name: "another", AuthType: "API"}
	run := func(wantOne, wantAnother string, options emulator.Options, then func(*emulator.Emulator)) {
		t.Helper()
		options.DataFile = path
		e := newEmulator(t, options)
		if got := principals(e, oneCluster); got != wantOne {
			t.Errorf("cluster one has %s, want %s", got, wantOne)
		}
		if got := principals(e, anotherCluster); got != wantAnother {
			t.Errorf("the other cluster has %s, want %s", got, wantAnother)
		}
		then(e)
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	nothing := func(*emulator.Emulator) {}
	run("0", "", emulator.Options{
		Clusters: []nks.Cluster{one}, Entries: map[string][]nks.CreateAccessEntryRequest{oneCluster: initial("0")},
	}, func(e *emulator.Emulator) {
		mine := nks.AccessEntry{Entry: "nrn:PUB:IAM::1:SubAccount/mine"}
		if err := e.SetEntries(oneCluster, append(e.Entries(oneCluster), mine)); err != nil {
			t.Fatal(err)
		}
	})
	run("0 mine", "x", emulator.Options{
		Clusters: []nks.Cluster{another}, Entries: map[string][]nks.CreateAccessEntryRequest{anotherCluster: initial("x")},
	}, nothing)
	both := emulator.Options{Clusters: []nks.Cluster{another, one}, Entries: map[string][]nks.CreateAccessEntryRequest{
		anotherCluster: initial("y"), oneCluster: initial("z"),
	}}
	run("0 mine", "x", both, func(e *emulator.Emulator) { // only a reset removes entries
		if err := e.Reset(); err != nil {
			t.Fatal(err)
		}
		if got := principals(e, oneCluster) + principals(e, anotherCluster); got != "zy" {
			t.Errorf("after a reset the clusters have %s", got)
		}
	})
	run("z", "y", emulator.Options{}, nothing)
}

// An emulator whose port is taken has not touched the data file.
func TestAPortThatIsTaken(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	path := filepath.Join(t.TempDir(), "nks.db")
	_, err = emulator.Listen(strings.TrimPrefix(server.URL, "http://"), emulator.Options{
		DataFile: path, Entries: map[string][]nks.CreateAccessEntryRequest{emulator.DemoClusterUUID: initial("0")},
	})
	if err == nil || !strings.HasPrefix(err.Error(), "start emulator: listen tcp ") || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the data file is there: %v", err)
	}
}

// The port is free again if the data file cannot be used.
func TestADataFileThatCannotBeUsed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(path, []byte("dear diary"), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	address := strings.TrimPrefix(server.URL, "http://")
	server.Close()
	<-server.Stopped()
	if _, err := emulator.Listen(address, emulator.Options{DataFile: path}); err == nil || !strings.HasPrefix(err.Error(), "start emulator: open data file "+path+": it is not a data file") {
		t.Errorf("got %v", err)
	}
	server, err = emulator.Listen(address, emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server.Close()
}

func TestDataFileErrors(t *testing.T) {
	var log buffer
	path := filepath.Join(t.TempDir(), "secret-place.db")
	e := newTester(t, emulator.Options{
		DataFile: path, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Clusters: []nks.Cluster{{UUID: emulator.DemoClusterUUID, Name: "a", AuthType: "API"}, {UUID: oneCluster, Name: "b", AuthType: "CONFIG_MAP"}},
	})
	id := e.create(`{"type":"ROLE","entry":"` + role + `"}`)
	if err := e.server.Emulator.Close(); err != nil { // from here on the file fails, as on a full disk
		t.Fatal(err)
	}
	requests := []struct{ method, path, body string }{
		{"DELETE", entries + "/" + id, ""}, {"PUT", entries + "/" + id, `{"groups":["a"]}`},
		{"POST", entries, `{"type":"USER","entry":"` + user + `"}`},
		{"PATCH", base + "/clusters/" + oneCluster + "/auth-type", `{"authType":"API"}`},
	}
	for _, c := range requests {
		a := e.send(c.method, c.path, c.body, nil)
		if e.expect(a, 500, `"errorCode":"900"`); strings.Contains(a.body, "place") || strings.Contains(a.body, "open") {
			t.Errorf("%s %s: the response has the cause: %s", c.method, c.path, a.body)
		}
	}
	e.expect(e.admin("POST", "/_emulator/reset", "", "", nil), 500)
	cause := "write data file " + path + ": database not open"
	if n := strings.Count(log.String(), "level=ERROR msg=\"internal error\" error=\""); n != len(requests)+1 || strings.Count(log.String(), cause) != n {
		t.Errorf("the log has %d errors: %s", n, log.String())
	}
	e.expect(e.send("GET", base+"/clusters/"+oneCluster, "", nil), 200, `"authType":"CONFIG_MAP"`)
	if list := e.list(); len(list) != 1 || list[0].UUID != id || len(list[0].Groups) != 0 {
		t.Errorf("entries are %v", list)
	}
	if err := e.server.SetEntries(oneCluster, nil); err == nil || !strings.Contains(err.Error(), "set entries: "+cause) {
		t.Errorf("got %v", err)
	}
	if err := e.server.Reset(); err == nil || !strings.Contains(err.Error(), "reset emulator: "+cause) {
		t.Errorf("got %v", err)
	}
}

// A client that leaves during a large response is not worth a line on stderr, nor one in the log
// beside that of its request.
func TestClientsThatLeave(t *testing.T) {
	var lines buffer
	log.SetOutput(&lines)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	logged := make(chan emulator.Request, 100)
	e := newTester(t, emulator.Options{
		Logger: slog.New(slog.NewTextHandler(&lines, nil)), OnRequest: func(r emulator.Request) { logged <- r },
	})
	var many []nks.AccessEntry
	for i := range 20_000 {
		many = append(many, nks.AccessEntry{Entry: fmt.Sprint("nrn:PUB:IAM::1:SubAccount/", i), Groups: []string{"dev", "개발"}})
	}
	if err := e.server.SetEntries(emulator.DemoClusterUUID, many); err != nil {
		t.Fatal(err)
	}
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
