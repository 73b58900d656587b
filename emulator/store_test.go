package emulator_test

import (
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
			if err := store.Replace(nil); err != nil {
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

// Every principal gets one entry, whoever wins; its winner deletes every third and updates the others.
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
	if err := store.Replace(nil); err != nil {
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
	_, listErr := store.List(oneCluster)
	_, getErr := store.Get(oneCluster, entry.UUID)
	for doing, err := range map[string]error{
		"list":   listErr,
		"get":    getErr,
		"create": store.Create(oneCluster, newEntry(oneCluster, "1")),
		"update": store.Update(oneCluster, entry.UUID, setGroups("ops")),
		"delete": store.Delete(oneCluster, entry.UUID),
		"clear":  store.Replace(nil),
	} {
		if err == nil || !strings.Contains(err.Error(), "nks.db: database not open") {
			t.Errorf("%s: %v", doing, err)
		}
	}
	if err := store.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

// However many emulators start at once on a file that is not there yet, one gets it and the others hear why not.
func TestOneProcessHasAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nks.db")
	got := make(chan emulator.Store, 8)
	var wg sync.WaitGroup
	for range cap(got) {
		wg.Go(func() {
			store, err := emulator.OpenFile(path)
			if err == nil {
				got <- store
				return
			}
			if want := "open data file " + path + ": another process has it open; stop that emulator, or give this one another --data file"; err.Error() != want {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if len(got) != 1 {
		t.Fatalf("%d stores on one file", len(got))
	}
	store := <-got
	entries := createEntries(t, store, oneCluster, 1)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	expectEntries(t, openFile(t, path), oneCluster, entries)
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

func TestReplace(t *testing.T) {
	for kind, open := range stores {
		t.Run(kind, func(t *testing.T) {
			store := open(t)
			old := createEntries(t, store, oneCluster, 3)
			a, b, c := newEntry(oneCluster, "0"), newEntry(anotherCluster, "0"), newEntry(oneCluster, "z")
			if err := store.Replace([]nks.AccessEntry{a, b, newEntry(oneCluster, "0")}); err == nil {
				t.Error("took a principal twice")
			}
			expectEntries(t, store, oneCluster, old)
			if err := store.Replace([]nks.AccessEntry{c, b, a}); err != nil {
				t.Fatal(err)
			}
			expectEntries(t, store, oneCluster, []nks.AccessEntry{c, a})
			expectEntries(t, store, anotherCluster, []nks.AccessEntry{b})
		})
	}
}
