package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// A data file is a bbolt file with one bucket, whose name tells it from files of other programs:
//
//	nks-access-emulator
//	    version   fileVersion
//	    entries   stored in JSON by cluster/entry UUID
//	    clusters  the auth type of a cluster, or "", by UUID; every known cluster is in it
var (
	rootBucket     = []byte("nks-access-emulator")
	versionKey     = []byte("version")
	entriesBucket  = []byte("entries")
	clustersBucket = []byte("clusters")
)

// fileVersion is the only format that is read and written.
const fileVersion = "3"

// lockWait is how long OpenFile waits for another process to close the file.
const lockWait = time.Second

// The reasons why a file cannot be opened, with what to do about them.
var (
	errNotOurs    = errors.New("it is not a data file of an emulator; give another --data file")
	errNotRegular = errors.New("it is not a regular file; give another --data file")
	errLocked     = errors.New("another process has it open; stop that emulator, or give this one another --data file")
)

func damaged(err error) error {
	const advice = "restore a copy, move it away to start with a new one, or give another --data file"
	return fmt.Errorf("it is damaged (%w); %s", err, advice)
}

// file is the disk of a store with a data file. A change is on the disk when its method returns.
type file struct {
	db    *bbolt.DB
	path  string
	store *Store
}

// OpenFile returns a store with a data file, which it creates if there is none. It returns an error
// for a file that another process has open, that is not a data file, or that is found damaged.
func OpenFile(path string) (*Store, error) {
	s := NewMemory()
	db, err := open(path, s)
	if err == nil {
		s.disk = &file{db, path, s}
		return s, nil
	}
	if errors.Is(err, bbolterrors.ErrTimeout) {
		err = errLocked
	}
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err // the path is in the message already
	}
	return nil, fmt.Errorf("open data file %s: %w", path, err)
}

// open opens a file and reads it into s.
func open(path string, s *Store) (*bbolt.DB, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() { // opening a pipe would block
		return nil, errNotRegular
	}
	if err == nil && info.Size() > 0 {
		if err := check(path); err != nil {
			return nil, err
		}
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error { // an error of load undoes what layOut did
		if err := layOut(tx); err != nil {
			return err
		}
		return s.load(tx)
	})
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// check opens a file read-only and returns why it cannot be used.
func check(path string) error {
	db, err := bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true, Timeout: lockWait})
	if errors.Is(err, bbolterrors.ErrInvalid) {
		return errNotOurs
	}
	if errors.Is(err, bbolterrors.ErrTimeout) || errors.As(err, new(syscall.Errno)) {
		return err
	}
	if err != nil {
		return damaged(err)
	}
	defer func() { _ = db.Close() }()
	return db.View(func(tx *bbolt.Tx) error {
		if info, err := os.Stat(path); err != nil || info.Size() < tx.Size() {
			return damaged(fmt.Errorf("it should have %d bytes", tx.Size()))
		}
		var first error
		for err := range tx.Check() { // the channel must be read to its end
			first = cmp.Or(first, err)
		}
		if first != nil {
			return damaged(first)
		}
		return checkVersion(tx)
	})
}

// checkVersion returns an error for a file of another program, and for another format. A file without
// buckets is fine: the emulator that created it was killed before its first change.
func checkVersion(tx *bbolt.Tx) error {
	root := tx.Bucket(rootBucket)
	if root == nil {
		name, _ := tx.Cursor().First()
		if name == nil {
			return nil
		}
		return errNotOurs
	}
	if version := string(root.Get(versionKey)); version != fileVersion {
		return fmt.Errorf("it has format %q, and this version of the emulator uses format %q; "+
			"give another --data file", version, fileVersion)
	}
	return nil
}

// layOut creates the buckets of a new file.
func layOut(tx *bbolt.Tx) error {
	root, err := tx.CreateBucketIfNotExists(rootBucket)
	if err != nil {
		return err
	}
	_, entriesErr := root.CreateBucketIfNotExists(entriesBucket)
	_, clustersErr := root.CreateBucketIfNotExists(clustersBucket)
	return errors.Join(entriesErr, clustersErr, root.Put(versionKey, []byte(fileVersion)))
}

// load reads all entries and auth types.
func (s *Store) load(tx *bbolt.Tx) error {
	root := tx.Bucket(rootBucket)
	err := root.Bucket(clustersBucket).ForEach(func(id, authType []byte) error {
		s.remember(change{cluster: string(id), authType: string(authType)})
		return nil
	})
	if err != nil {
		return err
	}
	return root.Bucket(entriesBucket).ForEach(func(name, value []byte) error {
		var entry stored
		if err := json.Unmarshal(value, &entry); err != nil {
			return damaged(fmt.Errorf("entry %s: %w", name, err))
		}
		id := strings.TrimSuffix(string(name), "/"+entry.UUID)
		s.remember(change{cluster: id, authType: s.clusters[id].authType, put: []stored{entry}})
		return nil
	})
}

func (f *file) write(made change) error {
	return f.update(func(tx *bbolt.Tx) error {
		root := tx.Bucket(rootBucket)
		if err := root.Bucket(clustersBucket).Put([]byte(made.cluster), []byte(made.authType)); err != nil {
			return err
		}
		entries := root.Bucket(entriesBucket)
		for _, entry := range made.remove {
			if err := entries.Delete(key(made.cluster, entry.UUID)); err != nil {
				return err
			}
		}
		for _, entry := range made.put {
			value, err := json.Marshal(entry)
			if err != nil {
				return err
			}
			if err := entries.Put(key(made.cluster, entry.UUID), value); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *file) clear() error {
	return f.update(func(tx *bbolt.Tx) error {
		if err := tx.DeleteBucket(rootBucket); err != nil {
			return err
		}
		return layOut(tx)
	})
}

// update changes the file. After an error it reads the file again, because the change may be in it.
func (f *file) update(do func(*bbolt.Tx) error) error {
	err := f.db.Update(do)
	if err == nil {
		return nil
	}
	onDisk := NewMemory()
	if f.db.View(onDisk.load) == nil {
		f.store.mu.Lock()
		defer f.store.mu.Unlock()
		f.store.clusters = onDisk.clusters
		f.store.last = onDisk.last
	}
	return fmt.Errorf("write data file %s: %w", f.path, err)
}

func (f *file) close() error {
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("close data file %s: %w", f.path, err)
	}
	return nil
}

func key(clusterUUID, entryUUID string) []byte { return []byte(clusterUUID + "/" + entryUUID) }
