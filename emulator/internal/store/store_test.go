package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"github.com/nks-access/nks-access/emulator/internal/store"
	"github.com/nks-access/nks-access/gen/nks"
)

// stores are all kinds of them; what a test asks of one it asks of all.
var stores = map[string]func(testing.TB) *store.Store{
	"memory": func(testing.TB) *store.Store { return store.NewMemory() },
	"file": func(t testing.TB) *store.Store {
		return openFile(t, filepath.Join(t.TempDir(), "nks.db"))
	},
}

func openFile(t testing.TB, path string) *store.Store {
	t.Helper()
	s, err := store.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// nobody is the UUID of nothing.
const nobody = "00000000-0000-4000-8000-000000000000"

// The clusters of these tests.
const (
	oneCluster     = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0001"
	anotherCluster = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0002"
)

// newEntry has something in every field.
func newEntry(cluster, principal string) nks.AccessEntry {
	return nks.AccessEntry{
		UUID: uuid.NewString(), ClusterUUID: cluster, Username: "someone",
		Entry:  "nrn:PUB:IAM::5000008:SubAccount/" + principal,
		Groups: []string{"dev", "개발"},
		Policies: []nks.AttachedPolicy{
			{Type: "NKSEditPolicy", Scope: "Namespace", Namespaces: []string{"dev", "*-ns"}},
			{Type: "NKSViewPolicy", Scope: "Cluster"},
		},
	}
}

func createEntries(t testing.TB, s *store.Store, cluster string, count int) []nks.AccessEntry {
	t.Helper()
	entries := make([]nks.AccessEntry, count)
	for i := range entries {
		entries[i] = newEntry(cluster, fmt.Sprint(i))
		if err := s.Create(cluster, entries[i], true); err != nil {
			t.Fatal(err)
		}
	}
	return entries
}

func expectEntries(t testing.TB, s *store.Store, cluster string, want []nks.AccessEntry) {
	t.Helper()
	got := s.List(cluster)
	if !reflect.DeepEqual(want, got) {
		t.Errorf("cluster %s (- want, + got):\n%s", cluster, cmp.Diff(want, got))
	}
}

func setGroups(groups ...string) func(*nks.AccessEntry) {
	return func(e *nks.AccessEntry) { e.Groups = groups }
}

func TestStores(t *testing.T) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *store.Store)
	}{
		{"list keeps the order of creation", func(t *testing.T, s *store.Store) {
			one := createEntries(t, s, oneCluster, 30)
			another := createEntries(t, s, anotherCluster, 3)
			expectEntries(t, s, oneCluster, one)
			expectEntries(t, s, anotherCluster, another)
		}},
		{"get returns what was created", func(t *testing.T, s *store.Store) {
			for _, want := range append(createEntries(t, s, oneCluster, 2), nks.AccessEntry{UUID: uuid.NewString(), Entry: "nrn", Policies: []nks.AttachedPolicy{}}) {
				_ = s.Create(oneCluster, want, true)
				got, err := s.Get(oneCluster, want.UUID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(- want, + got):\n%s", diff)
				}
			}
		}},
		{"a principal has one entry on a cluster", func(t *testing.T, s *store.Store) {
			first := createEntries(t, s, oneCluster, 1)[0]
			err := s.Create(oneCluster, newEntry(oneCluster, "0"), true)
			if exists, ok := err.(*store.ExistsError); !ok || exists.UUID != first.UUID {
				t.Errorf("got %v", err)
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{first})
			createEntries(t, s, anotherCluster, 1)
		}},
		{"an update changes one entry, and nothing that was handed out", func(t *testing.T, s *store.Store) {
			entries := createEntries(t, s, oneCluster, 3)
			before := s.List(oneCluster)
			if err := s.Update(oneCluster, entries[1].UUID, setGroups("ops")); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(entries, before); diff != "" {
				t.Errorf("an update changed an older list:\n%s", diff)
			}
			entries[1].Groups = []string{"ops"}
			expectEntries(t, s, oneCluster, entries)
		}},
		{"a delete frees the principal", func(t *testing.T, s *store.Store) {
			entries := createEntries(t, s, oneCluster, 3)
			if err := s.Delete(oneCluster, entries[0].UUID); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get(oneCluster, entries[0].UUID); err != store.ErrNoEntry {
				t.Errorf("got %v", err)
			}
			again := newEntry(oneCluster, "0")
			if err := s.Create(oneCluster, again, true); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{entries[1], entries[2], again})
		}},
		{"what is not there", func(t *testing.T, s *store.Store) {
			entry := createEntries(t, s, oneCluster, 1)[0]
			for _, c := range []struct{ cluster, entry string }{{anotherCluster, entry.UUID}, {oneCluster, nobody}, {nobody, nobody}} {
				if _, err := s.Get(c.cluster, c.entry); err != store.ErrNoEntry {
					t.Errorf("get: %v", err)
				}
				if err := s.Update(c.cluster, c.entry, func(*nks.AccessEntry) { t.Error("update is called") }); err != store.ErrNoEntry {
					t.Errorf("update: %v", err)
				}
				if err := s.Delete(c.cluster, c.entry); err != store.ErrNoEntry {
					t.Errorf("delete: %v", err)
				}
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{entry})
			expectEntries(t, s, anotherCluster, []nks.AccessEntry{})
		}},
		{"clear removes everything", func(t *testing.T, s *store.Store) {
			createEntries(t, s, oneCluster, 3)
			createEntries(t, s, anotherCluster, 3)
			if err := s.Clear(); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{})
			expectEntries(t, s, anotherCluster, createEntries(t, s, anotherCluster, 3))
		}},
		{"many writers at once", manyWriters},
	} {
		t.Run(c.name, func(t *testing.T) {
			for kind, open := range stores {
				t.Run(kind, func(t *testing.T) { c.test(t, open(t)) })
			}
		})
	}
}

// Every principal gets one entry, whoever wins; its winner deletes every third and updates the
// others.
func manyWriters(t *testing.T, s *store.Store) {
	const writers, principals = 8, 60
	var mu sync.Mutex
	want := map[string]nks.AccessEntry{} // by UUID
	deleted := 0
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := range principals {
				entry := newEntry(oneCluster, fmt.Sprint(i))
				if err := s.Create(oneCluster, entry, true); err != nil {
					if exists := (*store.ExistsError)(nil); !errors.As(err, &exists) {
						t.Error(err)
					}
					continue
				}
				if i%3 == 0 {
					// From here another writer may create it again.
					if err := s.Delete(oneCluster, entry.UUID); err != nil {
						t.Error(err)
					}
					mu.Lock()
					deleted++
					mu.Unlock()
					continue
				}
				if err := s.Update(oneCluster, entry.UUID, setGroups(entry.UUID)); err != nil {
					t.Error(err)
				}
				entry.Groups = []string{entry.UUID}
				mu.Lock()
				want[entry.UUID] = entry
				mu.Unlock()
			}
		})
		wg.Go(func() {
			s.List(oneCluster)
		})
	}
	wg.Wait()
	list := s.List(oneCluster)
	got := map[string]nks.AccessEntry{}
	for _, entry := range list {
		got[entry.UUID] = entry
	}
	if diff := cmp.Diff(want, got); diff != "" || len(list) != principals*2/3 || deleted < principals/3 {
		t.Errorf("%d entries, %d deleted (- want, + got):\n%s", len(list), deleted, diff)
	}
}

func TestFileIsThereAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nks.db")
	s := openFile(t, path)
	entries := createEntries(t, s, oneCluster, 200)
	another := createEntries(t, s, anotherCluster, 2)
	if err := s.Update(oneCluster, entries[100].UUID, setGroups("ops")); err != nil {
		t.Fatal(err)
	}
	entries[100].Groups = []string{"ops"}
	if err := s.Delete(oneCluster, entries[0].UUID); err != nil {
		t.Fatal(err)
	}
	entries = entries[1:]
	for range 3 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = openFile(t, path)
		expectEntries(t, s, oneCluster, entries)
		expectEntries(t, s, anotherCluster, another)
		last := newEntry(oneCluster, uuid.NewString())
		if err := s.Create(oneCluster, last, true); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, last)
	}
	if err := s.Create(oneCluster, newEntry(oneCluster, "7"), true); err == nil || err.Error() != "the principal has entry "+entries[6].UUID {
		t.Errorf("got %v", err)
	}
	if err := s.Clear(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	expectEntries(t, openFile(t, path), oneCluster, []nks.AccessEntry{})
}

func TestFileIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nks.db")
	openFile(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode != 0o600 && runtime.GOOS != "windows" { // which has no such modes
		t.Errorf("mode is %v", mode)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("more than the file is left: %v %v", files, err)
	}
}

func TestClosedFile(t *testing.T) {
	s := openFile(t, filepath.Join(t.TempDir(), "nks.db"))
	entry := createEntries(t, s, oneCluster, 1)[0]
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for doing, err := range map[string]error{
		"create": s.Create(oneCluster, newEntry(oneCluster, "1"), true),
		"update": s.Update(oneCluster, entry.UUID, setGroups("ops")),
		"delete": s.Delete(oneCluster, entry.UUID),
		"clear":  s.Clear(),
	} {
		if err == nil || !strings.Contains(err.Error(), "nks.db: database not open") {
			t.Errorf("%s: %v", doing, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// Of emulators that start at once on a file that is not there yet, no two get it, and those that do
// not get it are told why.
func TestOneProcessHasAFile(t *testing.T) {
	t.Parallel() // it waits for the lock of the file
	path := filepath.Join(t.TempDir(), "nks.db")
	var mu sync.Mutex
	var got []*store.Store
	startAll := func() {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				s, err := store.OpenFile(path)
				if err == nil {
					mu.Lock()
					got = append(got, s)
					mu.Unlock()
					return
				}
				if want := "open data file " + path + ": another process has it open; stop that emulator, or give this one another --data file"; err.Error() != want {
					t.Errorf("got %v", err)
				}
			})
		}
		wg.Wait()
	}
	if startAll(); len(got) > 1 {
		t.Fatalf("%d stores on one file", len(got))
	}
	if len(got) == 0 { // on a slow machine they may all have waited for each other
		got = append(got, openFile(t, path))
	}
	entries := createEntries(t, got[0], oneCluster, 1)
	if startAll(); len(got) > 1 {
		t.Fatalf("%d stores on one file", len(got))
	}
	if err := got[0].Close(); err != nil {
		t.Fatal(err)
	}
	expectEntries(t, openFile(t, path), oneCluster, entries)
}

func TestRefusedFiles(t *testing.T) {
	write := func(data string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	truncate := func(size int64) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(change func(*bbolt.Tx) error) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(db.Update(change), db.Close()); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, path string) // of a data file with 30 entries
		words  string
	}{
		{"text", write(strings.Repeat("dear diary\n", 5000)), "not a data file of an emulator"},
		{"little text", write("dear diary\n"), "not a data file of an emulator"},
		{"zeros", write(string(make([]byte, 1<<16))), "not a data file of an emulator"},
		{"cut after a page", truncate(int64(os.Getpagesize())), "it is damaged ("},
		{"cut after three pages", truncate(int64(3 * os.Getpagesize())), "it is damaged (it should have "},
		{"a bbolt file of another program", change(func(tx *bbolt.Tx) error {
			if _, err := tx.CreateBucket([]byte("tokens")); err != nil {
				return err
			}
			return tx.DeleteBucket([]byte("nks-access-emulator"))
		}), "not a data file of an emulator"},
		{"a newer version", change(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).Put([]byte("version"), []byte("4"))
		}), `it has format "4"`},
		{"an older version", change(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).Put([]byte("version"), []byte("2"))
		}), `it has format "2", and this version of the emulator uses format "3"`},
		{"an entry that is not JSON", change(func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).Bucket([]byte("entries")).Put([]byte(oneCluster+"/1"), []byte("{"))
		}), "it is damaged (entry " + oneCluster + "/1: unexpected end of JSON input)"},
		{"pages of noise", func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := 2 * os.Getpagesize(); i < len(data); i++ {
				data[i] = byte(i * 7)
			}
			write(string(data))(t, path)
		}, "it is damaged ("},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "nks.db")
			s := openFile(t, path)
			createEntries(t, s, oneCluster, 30)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			c.damage(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = store.OpenFile(path)
			if err == nil || !strings.HasPrefix(err.Error(), "open data file "+path+": ") || !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed, %v", err)
			}
		})
	}
	dir := t.TempDir()
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "no", "nks.db"), "no such file or directory"},
		{dir, "it is not a regular file; give another --data file"},
	} {
		if _, err := store.OpenFile(c.path); err == nil || err.Error() != "open data file "+c.path+": "+c.want {
			t.Errorf("got %v", err)
		}
	}
}

// A start that was cut short leaves an empty file, or a database without buckets.
func TestAFileWithoutBuckets(t *testing.T) {
	empty, bare := filepath.Join(t.TempDir(), "nks.db"), filepath.Join(t.TempDir(), "nks.db")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(bare, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{empty, bare} {
		s := openFile(t, path)
		expectEntries(t, s, oneCluster, createEntries(t, s, oneCluster, 1))
	}
}

func TestAUUIDThatIsTaken(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			s := open(t)
			first, second := newEntry(oneCluster, "1"), newEntry(oneCluster, "2")
			second.UUID = first.UUID
			if err := s.Create(oneCluster, first, true); err != nil {
				t.Fatal(err)
			}
			if err := s.Create(oneCluster, second, true); !errors.Is(err, store.ErrTaken) {
				t.Errorf("got %v", err)
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{first})
		})
	}
}

func TestPlant(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			s := open(t)
			old := createEntries(t, s, oneCluster, 3)
			a, b := newEntry(anotherCluster, "a"), newEntry(anotherCluster, "b")
			for range 2 { // the second does nothing
				if err := s.Plant(anotherCluster, []nks.AccessEntry{b, a}); err != nil {
					t.Fatal(err)
				}
			}
			expectEntries(t, s, anotherCluster, []nks.AccessEntry{b, a})
			if err := s.Plant(oneCluster, []nks.AccessEntry{newEntry(oneCluster, "x")}); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, s, oneCluster, old)
			for _, entry := range old { // a cluster that had entries is not planted either
				if err := s.Delete(oneCluster, entry.UUID); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Plant(oneCluster, []nks.AccessEntry{newEntry(oneCluster, "x")}); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{})
		})
	}
}

func TestAuthTypeInAStore(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			s := open(t)
			expect := func(want string) {
				t.Helper()
				if got := s.AuthType(oneCluster); got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			expect("")
			if err := s.SetAuthType(oneCluster, "API"); err != nil {
				t.Fatal(err)
			}
			createEntries(t, s, oneCluster, 1)
			expect("API")
			if err := s.Clear(); err != nil {
				t.Fatal(err)
			}
			expect("")
		})
	}
}

func TestReplace(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			s := open(t)
			if err := s.SetAuthType(oneCluster, "API"); err != nil {
				t.Fatal(err)
			}
			createEntries(t, s, oneCluster, 3)
			another := createEntries(t, s, anotherCluster, 2)
			a, twin, b := newEntry(oneCluster, "a"), newEntry(oneCluster, "a"), newEntry(oneCluster, "b")
			for range 2 {
				if err := s.Replace(oneCluster, []nks.AccessEntry{b, a, twin}); err != nil {
					t.Fatal(err)
				}
				expectEntries(t, s, oneCluster, []nks.AccessEntry{b, a, twin})
			}
			expectEntries(t, s, anotherCluster, another)
			if s.AuthType(oneCluster) != "API" {
				t.Errorf("the auth type is %q", s.AuthType(oneCluster))
			}
			// The principal is free when both of its entries are gone.
			for _, entry := range []nks.AccessEntry{a, twin} {
				var exists *store.ExistsError
				if err := s.Create(oneCluster, newEntry(oneCluster, "a"), true); !errors.As(err, &exists) || exists.UUID != entry.UUID {
					t.Errorf("got %v, want the UUID %s", err, entry.UUID)
				}
				if err := s.Delete(oneCluster, entry.UUID); err != nil {
					t.Fatal(err)
				}
			}
			again := newEntry(oneCluster, "a")
			if err := s.Create(oneCluster, again, true); err != nil {
				t.Fatal(err)
			}
			if err := s.Replace(oneCluster, nil); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{})
		})
	}
}

func TestASecondEntryOfAPrincipal(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			s := open(t)
			first, second := newEntry(oneCluster, "a"), newEntry(oneCluster, "a")
			if err := s.Create(oneCluster, first, false); err != nil {
				t.Fatal(err)
			}
			if err := s.Create(oneCluster, second, false); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, s, oneCluster, []nks.AccessEntry{first, second})
		})
	}
}
