package emulator

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/nks-access/nks-access/gen/nks"
)

// A data file is a bbolt file with one bucket, whose name says what it is:
//
//	nks-access-emulator
//	    version     fileVersion
//	    checksum    of all pairs in the two buckets below
//	    entries     a fileEntry in JSON by cluster/entry UUID; numbers the entries by its sequence
//	    principals  the UUID of an entry by cluster/NRN
var (
	rootBucket       = []byte("nks-access-emulator")
	versionKey       = []byte("version")
	checksumKey      = []byte("checksum")
	entriesBucket    = []byte("entries")
	principalsBucket = []byte("principals")
)

const fileVersion = 1

type fileEntry struct {
	Number uint64 `json:"number"` // entries are listed in the order of their creation
	nks.AccessEntry
}

// lockWait is how long a file may stay locked before it counts as taken.
const lockWait = time.Second

// file is the store that remembers. What it has returned from is on the disk.
type file struct {
	db   *bbolt.DB
	path string
}

// OpenFile returns a store in a file, which it makes when there is none. Only one process can have a file open. A file that
// is damaged, or that no emulator of this version wrote, is refused and left as it is.
func OpenFile(path string) (Store, error) {
	db, err := openFile(path)
	if err == nil {
		return &file{db, path}, nil
	}
	if errors.Is(err, bbolterrors.ErrTimeout) {
		err = errors.New("another process has it open; stop that emulator, or give this one another --data file")
	}
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err // the path is said already
	}
	return nil, fmt.Errorf("open data file %s: %w", path, err)
}

func openFile(path string) (*bbolt.DB, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = createFile(path)
	case err == nil && !info.Mode().IsRegular(): // opening a pipe would wait for ever
		err = errors.New("it is no regular file; give another --data file")
	case err == nil && info.Size() == 0: // bbolt would make it its own
		err = errors.New("it is empty, which no data file is; remove it to start with a new one, or give another --data file")
	}
	if err != nil {
		return nil, err
	}
	if err := checkFile(path); err != nil {
		return nil, err
	}
	db, err := bbolt.Open(path, 0, &bbolt.Options{Timeout: lockWait, NoFreelistSync: true, OpenFile: openExisting})
	if err != nil {
		return nil, err
	}
	// Long enough for writers to share a commit, short beside the commit itself.
	db.MaxBatchDelay = time.Millisecond
	return db, nil
}

// openExisting keeps bbolt from making a file that is gone since it was checked.
func openExisting(path string, flag int, mode fs.FileMode) (*os.File, error) {
	return os.OpenFile(path, flag&^os.O_CREATE, mode)
}

// createFile makes a data file without entries. The file gets its name when it is whole, so that no kill leaves a half-made
// one behind; and it gets it by a link, so that it never replaces one that another emulator has made meanwhile.
func createFile(path string) error {
	dir, name := filepath.Dir(path), filepath.Base(path)
	temp, err := os.CreateTemp(dir, "."+name+".*") // with mode 0600
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no directory %s; make it, or give another --data file", dir)
	}
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temp.Name()) }()
	if err := temp.Close(); err != nil {
		return err
	}
	db, err := bbolt.Open(temp.Name(), 0, &bbolt.Options{NoFreelistSync: true, OpenFile: openExisting})
	if err != nil {
		return err
	}
	if err := errors.Join(db.Update(layOut), db.Close()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w; give a --data file on a file system that has hard links", err)
	}
	// Best effort: the name is to survive a power cut as well, but not every system can sync a directory.
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}

// layOut makes the buckets of a data file without entries.
func layOut(tx *bbolt.Tx) error {
	root, err := tx.CreateBucket(rootBucket)
	if err != nil {
		return err
	}
	for _, name := range [][]byte{entriesBucket, principalsBucket} {
		if _, err := root.CreateBucket(name); err != nil {
			return err
		}
	}
	return errors.Join(root.Put(versionKey, strconv.AppendInt(nil, fileVersion, 10)), root.Put(checksumKey, make([]byte, crc64.Size)))
}

func (f *file) List(cluster string) ([]nks.AccessEntry, error) {
	var stored []fileEntry
	err := f.read(func(tx fileTx) error {
		prefix := fileKey(cluster, "")
		c := tx.entries.Cursor()
		for key, value := c.Seek(prefix); bytes.HasPrefix(key, prefix); key, value = c.Next() {
			entry, err := decodeEntry(value)
			if err != nil {
				return err
			}
			stored = append(stored, entry)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(stored, func(a, b fileEntry) int { return cmp.Compare(a.Number, b.Number) })
	list := make([]nks.AccessEntry, len(stored))
	for i, entry := range stored {
		list[i] = entry.AccessEntry
	}
	return list, nil
}

func (f *file) Get(cluster, entry string) (nks.AccessEntry, error) {
	var stored fileEntry
	err := f.read(func(tx fileTx) (err error) {
		stored, err = tx.find(cluster, entry)
		return err
	})
	return stored.AccessEntry, err
}

func (f *file) Create(cluster string, entry nks.AccessEntry) error {
	return f.write(func(tx fileTx) error { return tx.create(cluster, entry) })
}

func (tx fileTx) create(cluster string, entry nks.AccessEntry) error {
	if existing := tx.principals.Get(fileKey(cluster, entry.Entry)); existing != nil {
		return &ExistsError{string(existing)}
	}
	if tx.entries.Get(fileKey(cluster, entry.UUID)) != nil {
		return ErrTaken
	}
	number, err := tx.entries.NextSequence()
	if err != nil {
		return err
	}
	if err := tx.put(tx.principals, fileKey(cluster, entry.Entry), []byte(entry.UUID)); err != nil {
		return err
	}
	return tx.putEntry(cluster, fileEntry{number, entry})
}

// Update may call change more than once, with the same entry: a write that fails among others is tried again alone.
func (f *file) Update(cluster, entry string, change func(*nks.AccessEntry)) error {
	return f.write(func(tx fileTx) error {
		stored, err := tx.find(cluster, entry)
		if err != nil {
			return err
		}
		change(&stored.AccessEntry)
		return tx.putEntry(cluster, stored)
	})
}

func (f *file) Delete(cluster, entry string) error {
	return f.write(func(tx fileTx) error {
		stored, err := tx.find(cluster, entry)
		if err != nil {
			return err
		}
		if err := tx.delete(tx.principals, fileKey(cluster, stored.Entry)); err != nil {
			return err
		}
		return tx.delete(tx.entries, fileKey(cluster, entry))
	})
}

func (f *file) Replace(entries []nks.AccessEntry) error {
	err := f.db.Update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(rootBucket); err != nil {
			return err
		}
		if err := layOut(tx); err != nil {
			return err
		}
		fresh := newFileTx(tx)
		for _, entry := range entries {
			if err := fresh.create(entry.ClusterUUID, entry); err != nil {
				return err
			}
		}
		return nil
	})
	return f.explain("write", err)
}

func (f *file) Close() error { return f.explain("close", f.db.Close()) }

func (f *file) read(do func(fileTx) error) error {
	return f.explain("read", f.db.View(func(tx *bbolt.Tx) error { return do(newFileTx(tx)) }))
}

// write returns when what do did is on the disk. Writers at the same time share a transaction.
func (f *file) write(do func(fileTx) error) error {
	return f.explain("write", f.db.Batch(func(tx *bbolt.Tx) error { return do(newFileTx(tx)) }))
}

// explain says what failed, unless err is an answer that a Store gives.
func (f *file) explain(doing string, err error) error {
	if exists := (*ExistsError)(nil); err == nil || errors.Is(err, ErrNoEntry) || errors.Is(err, ErrTaken) || errors.As(err, &exists) {
		return err
	}
	return fmt.Errorf("%s data file %s: %w", doing, f.path, err)
}

// fileTx is a transaction on a data file.
type fileTx struct{ root, entries, principals *bbolt.Bucket }

func newFileTx(tx *bbolt.Tx) fileTx {
	root := tx.Bucket(rootBucket)
	return fileTx{root, root.Bucket(entriesBucket), root.Bucket(principalsBucket)}
}

func (tx fileTx) find(cluster, entry string) (fileEntry, error) {
	value := tx.entries.Get(fileKey(cluster, entry))
	if value == nil {
		return fileEntry{}, ErrNoEntry
	}
	return decodeEntry(value)
}

func (tx fileTx) putEntry(cluster string, entry fileEntry) error {
	value, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	return tx.put(tx.entries, fileKey(cluster, entry.UUID), value)
}

func (tx fileTx) put(bucket *bbolt.Bucket, key, value []byte) error {
	sum := tx.checksum() ^ pairChecksum(key, bucket.Get(key)) ^ pairChecksum(key, value)
	return errors.Join(bucket.Put(key, value), tx.putChecksum(sum))
}

func (tx fileTx) delete(bucket *bbolt.Bucket, key []byte) error {
	sum := tx.checksum() ^ pairChecksum(key, bucket.Get(key))
	return errors.Join(bucket.Delete(key), tx.putChecksum(sum))
}

// The checksum of a file is the checksums of all its pairs, put together so that one can be exchanged without the others. It
// is there because bbolt has none for what it stores.
func (tx fileTx) checksum() uint64 { return binary.BigEndian.Uint64(tx.root.Get(checksumKey)) }

func (tx fileTx) putChecksum(sum uint64) error {
	return tx.root.Put(checksumKey, binary.BigEndian.AppendUint64(nil, sum))
}

var crcTable = crc64.MakeTable(crc64.ECMA)

// pairChecksum is 0 for a pair that is not there.
func pairChecksum(key, value []byte) uint64 {
	if value == nil {
		return 0
	}
	return crc64.Update(crc64.Checksum(key, crcTable), crcTable, value)
}

func fileKey(cluster, name string) []byte { return []byte(cluster + "/" + name) }

func decodeEntry(value []byte) (fileEntry, error) {
	var entry fileEntry
	if err := json.Unmarshal(value, &entry); err != nil {
		return fileEntry{}, fmt.Errorf("decode %q: %w", value, err)
	}
	return entry, nil
}
