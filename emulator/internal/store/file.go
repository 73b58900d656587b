package store

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
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

const fileVersion = 3

// lockWait is how long OpenFile waits for another process to close the file.
const lockWait = time.Second

var errNotOurs = errors.New("it is not a data file of an emulator; give another --data file")

// file writes changes to a data file. A change is on the disk when its method returns. After a
// failed change the store reads the file again, because the change may be in it. The methods of a
// nil file do nothing.
type file struct {
	db    *bbolt.DB
	path  string
	store *Store
}

// OpenFile returns a store with a data file, which it creates if there is none. It returns an error
// for a file that another process has open, that is not a data file, or that is found damaged.
func OpenFile(path string) (*Store, error) {
	s := NewMemory()
	db, err := s.open(path)
	if err == nil {
		s.file = &file{db, path, s}
		return s, nil
	}
	if errors.Is(err, bbolterrors.ErrTimeout) {
		err = errors.New("another process has it open; stop that emulator, or give this one another --data file")
	}
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err // the path is in the message already
	}
	return nil, fmt.Errorf("open data file %s: %w", path, err)
}

// open opens a file and reads it.
func (s *Store) open(path string) (*bbolt.DB, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // opening a pipe would block
		return nil, errors.New("it is not a regular file; give another --data file")
	} else if err == nil && info.Size() > 0 {
		if err := check(path); err != nil {
			return nil, err
		}
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, err
	}
	err = db.Update(func(tx *bbolt.Tx) error {
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
	switch {
	case errors.Is(err, bbolterrors.ErrInvalid):
		return errNotOurs
	case errors.Is(err, bbolterrors.ErrTimeout), errors.As(err, new(syscall.Errno)):
		return err
	case err != nil:
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
		root := tx.Bucket(rootBucket)
		if name, _ := tx.Cursor().First(); root == nil && name != nil {
			return errNotOurs
		} else if root == nil {
			return nil // the emulator that created it was killed before its first change
		}
		if version, err := strconv.Atoi(string(root.Get(versionKey))); err != nil || version > fileVersion {
			return fmt.Errorf("it has format %q, and this version knows formats up to %d; "+
				"use a newer version, or give another --data file", root.Get(versionKey), fileVersion)
		}
		return nil
	})
}

func damaged(err error) error {
	const advice = "restore a copy, move it away to start with a new one, or give another --data file"
	return fmt.Errorf("it is damaged (%w); %s", err, advice)
}

// layOut creates the buckets that are missing, and raises the version of an older file.
func layOut(tx *bbolt.Tx) error {
	root, err := tx.CreateBucketIfNotExists(rootBucket)
	if err != nil {
		return err
	}
	_, entriesErr := root.CreateBucketIfNotExists(entriesBucket)
	_, clustersErr := root.CreateBucketIfNotExists(clustersBucket)
	return errors.Join(entriesErr, clustersErr, root.Put(versionKey, strconv.AppendInt(nil, fileVersion, 10)))
}

// load reads all entries and auth types. Files of version 1 have no clusters.
func (s *Store) load(tx *bbolt.Tx) error {
	root := tx.Bucket(rootBucket)
	err := root.Bucket(clustersBucket).ForEach(func(id, authType []byte) error {
		return s.put(string(id), string(authType))
	})
	return cmp.Or(err, root.Bucket(entriesBucket).ForEach(func(name, value []byte) error {
		var entry stored
		if err := json.Unmarshal(value, &entry); err != nil {
			return damaged(fmt.Errorf("entry %s: %w", name, err))
		}
		id := strings.TrimSuffix(string(name), "/"+entry.UUID)
		return s.put(id, s.clusters[id].authType, entry)
	}))
}

func (f *file) put(id, authType string, entries []stored) error {
	return f.update(func(root *bbolt.Bucket) error {
		err := root.Bucket(clustersBucket).Put([]byte(id), []byte(authType))
		for _, entry := range entries {
			value, jsonErr := json.Marshal(entry)
			err = errors.Join(err, jsonErr, root.Bucket(entriesBucket).Put(key(id, entry.UUID), value))
		}
		return err
	})
}

func (f *file) remove(id, uuid string) error {
	return f.update(func(root *bbolt.Bucket) error { return root.Bucket(entriesBucket).Delete(key(id, uuid)) })
}

func (f *file) clear() error {
	return f.update(func(root *bbolt.Bucket) error {
		return cmp.Or(root.Tx().DeleteBucket(rootBucket), layOut(root.Tx()))
	})
}

func (f *file) update(do func(root *bbolt.Bucket) error) error {
	if f == nil {
		return nil
	}
	err := f.db.Update(func(tx *bbolt.Tx) error { return do(tx.Bucket(rootBucket)) })
	if err == nil {
		return nil
	}
	inFile := NewMemory()
	if f.db.View(inFile.load) == nil {
		f.store.mu.Lock()
		defer f.store.mu.Unlock()
		f.store.clusters, f.store.last = inFile.clusters, inFile.last
	}
	return fmt.Errorf("write data file %s: %w", f.path, err)
}

func (f *file) close() error {
	if f == nil {
		return nil
	}
	if err := f.db.Close(); err != nil {
		return fmt.Errorf("close data file %s: %w", f.path, err)
	}
	return nil
}

func key(cluster, entry string) []byte { return []byte(cluster + "/" + entry) }
