package emulator_test

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

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// stores are all kinds of them; what a test asks of one it asks of all.
var stores = map[string]func(testing.TB) emulator.Store{
	"memory": func(testing.TB) emulator.Store { return emulator.NewMemory() },
	"file": func(t testing.TB) emulator.Store {
		return openFile(t, filepath.Join(t.TempDir(), "nks.db"))
	},
}

func openFile(t testing.TB, path string) emulator.Store {
	t.Helper()
	store, err := emulator.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

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

func createEntries(t testing.TB, store emulator.Store, cluster string, count int) []nks.AccessEntry {
	t.Helper()
	entries := make([]nks.AccessEntry, count)
	for i := range entries {
		entries[i] = newEntry(cluster, fmt.Sprint(i))
		if err := store.Create(cluster, entries[i]); err != nil {
			t.Fatal(err)
		}
	}
	return entries
}

func expectEntries(t testing.TB, store emulator.Store, cluster string, want []nks.AccessEntry) {
	t.Helper()
	got, err := store.List(cluster)
	if err != nil {
		t.Fatal(err)
	}
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
		test func(*testing.T, emulator.Store)
	}{
		{"list keeps the order of creation", func(t *testing.T, store emulator.Store) {
			one := createEntries(t, store, oneCluster, 30)
			another := createEntries(t, store, anotherCluster, 3)
			expectEntries(t, store, oneCluster, one)
			expectEntries(t, store, anotherCluster, another)
		}},
		{"get returns what was created", func(t *testing.T, store emulator.Store) {
			for _, want := range append(createEntries(t, store, oneCluster, 2), nks.AccessEntry{UUID: uuid.NewString(), Entry: "nrn", Policies: []nks.AttachedPolicy{}}) {
				_ = store.Create(oneCluster, want)
				got, err := store.Get(oneCluster, want.UUID)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("(- want, + got):\n%s", diff)
				}
			}
		}},
		{"a principal has one entry on a cluster", func(t *testing.T, store emulator.Store) {
			first := createEntries(t, store, oneCluster, 1)[0]
			err := store.Create(oneCluster, newEntry(oneCluster, "0"))
			if exists, ok := err.(*emulator.ExistsError); !ok || exists.UUID != first.UUID {
				t.Errorf("got %v", err)
			}
			expectEntries(t, store, oneCluster, []nks.AccessEntry{first})
			createEntries(t, store, anotherCluster, 1)
		}},
		{"an update changes one entry, and nothing that was handed out", func(t *testing.T, store emulator.Store) {
			entries := createEntries(t, store, oneCluster, 3)
			before, err := store.List(oneCluster)
			if err != nil {
				t.Fatal(err)
			}
			if err := store.Update(oneCluster, entries[1].UUID, setGroups("ops")); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(entries, before); diff != "" {
				t.Errorf("an update changed an older list:\n%s", diff)
			}
			entries[1].Groups = []string{"ops"}
			expectEntries(t, store, oneCluster, entries)
		}},
		{"a delete frees the principal", func(t *testing.T, store emulator.Store) {
			entries := createEntries(t, store, oneCluster, 3)
			if err := store.Delete(oneCluster, entries[0].UUID); err != nil {
				t.Fatal(err)
			}
			if _, err := store.Get(oneCluster, entries[0].UUID); err != emulator.ErrNoEntry {
				t.Errorf("got %v", err)
			}
			again := newEntry(oneCluster, "0")
			if err := store.Create(oneCluster, again); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, store, oneCluster, []nks.AccessEntry{entries[1], entries[2], again})
		}},
		{"what is not there", func(t *testing.T, store emulator.Store) {
			entry := createEntries(t, store, oneCluster, 1)[0]
			for _, c := range []struct{ cluster, entry string }{{anotherCluster, entry.UUID}, {oneCluster, nobody}, {nobody, nobody}} {
				if _, err := store.Get(c.cluster, c.entry); err != emulator.ErrNoEntry {
					t.Errorf("get: %v", err)
				}
				if err := store.Update(c.cluster, c.entry, func(*nks.AccessEntry) { t.Error("update is called") }); err != emulator.ErrNoEntry {
					t.Errorf("update: %v", err)
				}
				if err := store.Delete(c.cluster, c.entry); err != emulator.ErrNoEntry {
					t.Errorf("delete: %v", err)
				}
			}
			expectEntries(t, store, oneCluster, []nks.AccessEntry{entry})
			expectEntries(t, store, anotherCluster, []nks.AccessEntry{})
		}},
		{"clear removes everything", func(t *testing.T, store emulator.Store) {
			createEntries(t, store, oneCluster, 3)
			createEntries(t, store, anotherCluster, 3)
			if err := store.Clear(); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, store, oneCluster, []nks.AccessEntry{})
			expectEntries(t, store, anotherCluster, createEntries(t, store, anotherCluster, 3))
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
func manyWriters(t *testing.T, store emulator.Store) {
	const writers, principals = 8, 60
	var mu sync.Mutex
	want := map[string]nks.AccessEntry{} // by UUID
	deleted := 0
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for i := range principals {
				entry := newEntry(oneCluster, fmt.Sprint(i))
				if err := store.Create(oneCluster, entry); err != nil {
					if exists := (*emulator.ExistsError)(nil); !errors.As(err, &exists) {
						t.Error(err)
					}
					continue
				}
				if i%3 == 0 {
					// From here another writer may create it again.
					if err := store.Delete(oneCluster, entry.UUID); err != nil {
						t.Error(err)
					}
					mu.Lock()
					deleted++
					mu.Unlock()
					continue
				}
				if err := store.Update(oneCluster, entry.UUID, setGroups(entry.UUID)); err != nil {
					t.Error(err)
				}
				entry.Groups = []string{entry.UUID}
				mu.Lock()
				want[entry.UUID] = entry
				mu.Unlock()
			}
		})
		wg.Go(func() {
			if _, err := store.List(oneCluster); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	list, err := store.List(oneCluster)
	if err != nil {
		t.Fatal(err)
	}
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
	store := openFile(t, path)
	entries := createEntries(t, store, oneCluster, 200)
	another := createEntries(t, store, anotherCluster, 2)
	if err := store.Update(oneCluster, entries[100].UUID, setGroups("ops")); err != nil {
		t.Fatal(err)
	}
	entries[100].Groups = []string{"ops"}
	if err := store.Delete(oneCluster, entries[0].UUID); err != nil {
		t.Fatal(err)
	}
	entries = entries[1:]
	for range 3 {
		if err := store.Close(); err != nil {
			t.Fatal(err)
		}
		store = openFile(t, path)
		expectEntries(t, store, oneCluster, entries)
		expectEntries(t, store, anotherCluster, another)
		last := newEntry(oneCluster, uuid.NewString())
		if err := store.Create(oneCluster, last); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, last)
	}
	if err := store.Create(oneCluster, newEntry(oneCluster, "7")); err == nil || err.Error() != "the principal has entry "+entries[6].UUID {
		t.Errorf("got %v", err)
	}
	if err := store.Clear(); err != nil {
		t.Fatal(err)
	}
	if err := store.Close(); err != nil {
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
	store := openFile(t, filepath.Join(t.TempDir(), "nks.db"))
	entry := createEntries(t, store, oneCluster, 1)[0]
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for doing, err := range map[string]error{
		"create": store.Create(oneCluster, newEntry(oneCluster, "1")),
		"update": store.Update(oneCluster, entry.UUID, setGroups("ops")),
		"delete": store.Delete(oneCluster, entry.UUID),
		"clear":  store.Clear(),
	} {
		if err == nil || !strings.Contains(err.Error(), "nks.db: database not open") {
			t.Errorf("%s: %v", doing, err)
		}
	}
	if err := store.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// Of emulators that start at once on a file that is not there yet, no two get it, and those that do
// not get it are told why.
func TestOneProcessHasAFile(t *testing.T) {
	t.Parallel() // it waits for the lock of the file
	path := filepath.Join(t.TempDir(), "nks.db")
	var mu sync.Mutex
	var got []emulator.Store
	startAll := func() {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				store, err := emulator.OpenFile(path)
				if err == nil {
					mu.Lock()
					got = append(got, store)
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
			store := openFile(t, path)
			createEntries(t, store, oneCluster, 30)
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			c.damage(t, path)
			before, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = emulator.OpenFile(path)
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
		if _, err := emulator.OpenFile(c.path); err == nil || err.Error() != "open data file "+c.path+": "+c.want {
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
		store := openFile(t, path)
		expectEntries(t, store, oneCluster, createEntries(t, store, oneCluster, 1))
	}
}

// A file of the first version had a checksum, the principals of entries, and no clusters.
func TestAFileOfTheFirstVersion(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nks.db")
	store := openFile(t, path)
	entries := createEntries(t, store, oneCluster, 3)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		root := tx.Bucket([]byte("nks-access-emulator"))
		changed := errors.Join(root.Put([]byte("version"), []byte("1")), root.Put([]byte("checksum"), make([]byte, 8)), root.DeleteBucket([]byte("clusters")))
		principals, err := root.CreateBucket([]byte("principals"))
		return errors.Join(changed, err, principals.Put([]byte(oneCluster+"/"+entries[0].Entry), []byte(entries[0].UUID)))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	store = openFile(t, path)
	if err := store.Plant(oneCluster, []nks.AccessEntry{newEntry(oneCluster, "x")}); err != nil {
		t.Fatal(err)
	}
	expectEntries(t, store, oneCluster, entries)
}

func TestAUUIDThatIsTaken(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			store := open(t)
			first, second := newEntry(oneCluster, "1"), newEntry(oneCluster, "2")
			second.UUID = first.UUID
			if err := store.Create(oneCluster, first); err != nil {
				t.Fatal(err)
			}
			if err := store.Create(oneCluster, second); !errors.Is(err, emulator.ErrTaken) {
				t.Errorf("got %v", err)
			}
			expectEntries(t, store, oneCluster, []nks.AccessEntry{first})
		})
	}
}

func TestPlant(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			store := open(t)
			old := createEntries(t, store, oneCluster, 3)
			a, b := newEntry(anotherCluster, "a"), newEntry(anotherCluster, "b")
			if err := store.Plant(anotherCluster, []nks.AccessEntry{a, b, newEntry(anotherCluster, "a")}); err == nil {
				t.Error("took a principal twice")
			}
			expectEntries(t, store, anotherCluster, []nks.AccessEntry{})
			for range 2 { // the second does nothing
				if err := store.Plant(anotherCluster, []nks.AccessEntry{b, a}); err != nil {
					t.Fatal(err)
				}
			}
			expectEntries(t, store, anotherCluster, []nks.AccessEntry{b, a})
			if err := store.Plant(oneCluster, []nks.AccessEntry{newEntry(oneCluster, "x")}); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, store, oneCluster, old)
			for _, entry := range old { // a cluster that had entries is not planted either
				if err := store.Delete(oneCluster, entry.UUID); err != nil {
					t.Fatal(err)
				}
			}
			if err := store.Plant(oneCluster, []nks.AccessEntry{newEntry(oneCluster, "x")}); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, store, oneCluster, []nks.AccessEntry{})
		})
	}
}

func TestAuthTypeInAStore(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			store := open(t)
			expect := func(want string) {
				t.Helper()
				if got, err := store.AuthType(oneCluster); got != want || err != nil {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			}
			expect("")
			if err := store.SetAuthType(oneCluster, "API"); err != nil {
				t.Fatal(err)
			}
			createEntries(t, store, oneCluster, 1)
			expect("API")
			if err := store.Clear(); err != nil {
				t.Fatal(err)
			}
			expect("")
		})
	}
}
