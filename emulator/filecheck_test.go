package emulator_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/nks-access/nks-access/emulator"
)

// changeFile runs change in a transaction on a bbolt file, which it makes when there is none.
func changeFile(t *testing.T, path string, options *bbolt.Options, change func(*bbolt.Tx) error) {
	t.Helper()
	db, err := bbolt.Open(path, 0o600, options)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(change); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestRefusedFiles(t *testing.T) {
	noFreelist := &bbolt.Options{NoFreelistSync: true}
	put := func(key, value string) func(*bbolt.Tx) error {
		return func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).Put([]byte(key), []byte(value))
		}
	}
	write := func(data string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	change := func(options *bbolt.Options, change func(*bbolt.Tx) error) func(*testing.T, string) {
		return func(t *testing.T, path string) { changeFile(t, path, options, change) }
	}
	truncate := func(size int64) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.Truncate(path, size); err != nil {
				t.Fatal(err)
			}
		}
	}
	const isDamaged, advice = "it is damaged (", "put back a copy of it, move it away to start with a new one, or give another --data file"
	whole := filepath.Join(t.TempDir(), "nks.db")
	store := openFile(t, whole)
	createEntries(t, store, oneCluster, 30)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		make  func(t *testing.T, path string) // of a data file with 30 entries
		words []string
	}{
		{"an empty file", truncate(0), []string{"it is empty", "remove it to start with a new one"}},
		{"text", write(strings.Repeat("dear diary\n", 5000)), []string{"no data file of an emulator", "give another --data file"}},
		{"little text", write("dear diary\n"), []string{"no data file of an emulator", "give another --data file"}},
		{"zeros", write(string(make([]byte, 1<<16))), []string{"no data file of an emulator"}},
		{"cut after a byte", truncate(1), []string{"no data file of an emulator"}},
		{"cut after a page", truncate(int64(os.Getpagesize())), []string{isDamaged, advice}},
		{"cut after two pages", truncate(int64(2 * os.Getpagesize())), []string{isDamaged, "bytes", advice}},
		{"a bbolt file of another program", func(t *testing.T, path string) {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			changeFile(t, path, nil, func(tx *bbolt.Tx) error {
				_, err := tx.CreateBucket([]byte("tokens"))
				return err
			})
		}, []string{"no data file of an emulator"}},
		{"branches that lead to themselves", func(t *testing.T, path string) {
			data := readFile(t, path)
			for n := range len(data) / os.Getpagesize() {
				page := data[n*os.Getpagesize():]
				if kind := binary.NativeEndian.Uint16(page[8:]); kind == 1 {
					binary.NativeEndian.PutUint64(page[24:], uint64(n)) // the page of the first element
				}
			}
			write(string(data))(t, path)
		}, []string{isDamaged, "in use twice"}},
		{"a newer version", change(noFreelist, put("version", "2")), []string{"written by a newer version, in format 2", "use the newer version"}},
		{"an older version", change(noFreelist, put("version", "0")), []string{isDamaged, "version", advice}},
		{"no number as version", change(noFreelist, put("version", "")), []string{isDamaged, "version"}},
		{"rewritten with a list of free pages", change(nil, put("version", "1")), []string{isDamaged, "list of free pages"}},
		{"a short checksum", change(noFreelist, put("checksum", "")), []string{isDamaged, "index out of range"}},
		{"a wrong checksum", change(noFreelist, put("checksum", "wrongsum")), []string{isDamaged, "the checksum is wrong"}},
		{"an entry that is no JSON", change(noFreelist, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).Bucket([]byte("entries")).Put([]byte("a/b"), []byte("{"))
		}), []string{isDamaged, "unexpected end of JSON"}},
		{"an entry from the future", change(noFreelist, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).Bucket([]byte("entries")).SetSequence(29)
		}), []string{isDamaged, "entry 30 of 29"}},
		{"a principal less", change(noFreelist, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).Bucket([]byte("principals")).Delete([]byte(oneCluster + "/nrn:PUB:IAM::5000008:SubAccount/0"))
		}), []string{isDamaged, "has another"}},
		{"no principals", change(noFreelist, func(tx *bbolt.Tx) error {
			return tx.Bucket([]byte("nks-access-emulator")).DeleteBucket([]byte("principals"))
		}), []string{isDamaged, "a bucket is missing"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "nks.db")
			write(string(readFile(t, whole)))(t, path)
			c.make(t, path)
			before := readFile(t, path)
			_, err := emulator.OpenFile(path)
			if err == nil || !strings.HasPrefix(err.Error(), "open data file "+path+": ") {
				t.Fatalf("got %v", err)
			}
			for _, w := range c.words {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%q is not in %v", w, err)
				}
			}
			if !bytes.Equal(before, readFile(t, path)) {
				t.Error("the file was changed")
			}
		})
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestNoFile(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ path, want string }{
		{filepath.Join(dir, "no", "nks.db"), "there is no directory " + filepath.Join(dir, "no") + "; make it, or give another --data file"},
		{dir, "it is no regular file; give another --data file"},
	} {
		if _, err := emulator.OpenFile(c.path); err == nil || err.Error() != "open data file "+c.path+": "+c.want {
			t.Errorf("got %v", err)
		}
	}
}

// Whatever happened to a file, it is refused and left as it is, or it holds what it held.
func TestDamagedFiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	path := filepath.Join(t.TempDir(), "nks.db")
	store := openFile(t, path)
	entries := createEntries(t, store, oneCluster, 40)
	another := createEntries(t, store, anotherCluster, 5)
	// The last two transactions leave the same, so it does not matter when the page that says which is the last is lost.
	for range 2 {
		if err := store.Update(oneCluster, entries[7].UUID, setGroups("ops")); err != nil {
			t.Fatal(err)
		}
	}
	entries[7].Groups = []string{"ops"}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	whole := readFile(t, path)
	page := func(data []byte, n int) []byte { return data[n*os.Getpagesize():][:os.Getpagesize()] }
	pages := len(whole) / os.Getpagesize()

	for _, c := range []struct {
		name   string
		times  int
		damage func(data []byte) []byte
	}{
		{"a bit", 50, func(data []byte) []byte {
			data[random.IntN(len(data))] ^= 1 << random.IntN(8)
			return data
		}},
		{"a bit where pages begin", 60, func(data []byte) []byte {
			page(data, random.IntN(pages))[random.IntN(128)] ^= 1 << random.IntN(8)
			return data
		}},
		{"a byte where pages begin", 40, func(data []byte) []byte {
			page(data, random.IntN(pages))[random.IntN(128)] = byte(random.Uint32())
			return data
		}},
		{"zeros", 20, func(data []byte) []byte {
			from := random.IntN(len(data))
			clear(data[from:min(len(data), from+random.IntN(8192))])
			return data
		}},
		{"noise", 20, func(data []byte) []byte {
			from := random.IntN(len(data))
			for i := range data[from:min(len(data), from+random.IntN(8192))] {
				data[from+i] = byte(random.Uint32())
			}
			return data
		}},
		{"a page twice", 40, func(data []byte) []byte {
			copy(page(data, random.IntN(pages)), page(whole, random.IntN(pages)))
			return data
		}},
		{"cut", 20, func(data []byte) []byte { return data[:random.IntN(len(data))] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			refused := 0
			for range c.times {
				path := filepath.Join(t.TempDir(), "nks.db")
				data := c.damage(bytes.Clone(whole))
				if err := os.WriteFile(path, data, 0o600); err != nil {
					t.Fatal(err)
				}
				store, err := emulator.OpenFile(path)
				if err != nil {
					refused++
					if !bytes.Equal(data, readFile(t, path)) {
						t.Errorf("the file was changed: %v", err)
					}
					continue
				}
				expectEntries(t, store, oneCluster, entries)
				expectEntries(t, store, anotherCluster, another)
				// It can be written to as well.
				last := newEntry(anotherCluster, "last")
				if err := store.Create(anotherCluster, last); err != nil {
					t.Error(err)
				}
				if err := store.Close(); err != nil {
					t.Error(err)
				}
				store = openFile(t, path)
				expectEntries(t, store, oneCluster, entries)
				expectEntries(t, store, anotherCluster, append(another[:5:5], last))
				if err := store.Close(); err != nil {
					t.Error(err)
				}
			}
			t.Logf("%d of %d were refused", refused, c.times)
		})
	}
}
