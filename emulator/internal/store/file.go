package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// A data file is a bbolt file with one bucket, whose name tells it from files of other programs:
//
//	nks-access-emulator
//	    version     fileVersion
//	    entries     stored in JSON by cluster/entry UUID; its sequence numbers the entries
//	    principals  the UUID of an entry by cluster/NRN
//	    clusters    the auth type of a cluster, or "", by UUID; every known cluster is in it
var (
	rootBucket       = []byte("nks-access-emulator")
	versionKey       = []byte("version")
	entriesBucket    = []byte("entries")
	principalsBucket = []byte("principals")
	clustersBucket   = []byte("clusters")
)

const fileVersion = 2

// lockWait is how long OpenFile waits for another process to close the file.
const lockWait = time.Second

var errNotOurs = errors.New("it is not a data file of an emulator; give another --data file")

// file is the backend in a file. A change is on the disk when its update returns.
type file struct {
	db   *bbolt.DB
	path string
}

// OpenFile opens or creates a data file. It returns an error for a file that another process has
// open, that is not a data file, or that bbolt finds damaged.
func OpenFile(path string) (*Store, error) {
	db, err := open(path)
	if err == nil {
		return &Store{&file{db, path}}, nil
	}
	if errors.Is(err, bbolterrors.ErrTimeout) {
		err = errors.New("another process has it open; stop that emulator, or give this one another --data file")
	}
	if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
		err = pathError.Err // the path is in the message already
	}
	return nil, fmt.Errorf("open data file %s: %w", path, err)
}

func open(path string) (*bbolt.DB, error) {
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
	db.MaxBatchDelay = time.Millisecond // enough for concurrent changes to share a commit
	if err := db.Update(layOut); err != nil {
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
	for _, name := range [][]byte{entriesBucket, principalsBucket, clustersBucket} {
		if _, err := root.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return root.Put(versionKey, strconv.AppendInt(nil, fileVersion, 10))
}

// fileTransaction is a transaction on the buckets of a data file.
type fileTransaction struct {
	tx                            *bbolt.Tx
	entries, principals, clusters *bbolt.Bucket
}

func begin(tx *bbolt.Tx) fileTransaction {
	root := tx.Bucket(rootBucket)
	return fileTransaction{tx, root.Bucket(entriesBucket), root.Bucket(principalsBucket), root.Bucket(clustersBucket)}
}

func (f *file) view(do func(transaction) error) error {
	return f.explain("read", f.db.View(func(tx *bbolt.Tx) error { return do(begin(tx)) }))
}

// update lets concurrent changes share a transaction. It may call do more than once.
func (f *file) update(do func(transaction) error) error {
	return f.explain("write", f.db.Batch(func(tx *bbolt.Tx) error { return do(begin(tx)) }))
}

func (f *file) Close() error { return f.explain("close", f.db.Close()) }

// explain adds the path to an error of the file.
func (f *file) explain(doing string, err error) error {
	if err == nil || errors.Is(err, ErrNoEntry) || errors.Is(err, ErrTaken) || errors.As(err, new(*ExistsError)) {
		return err
	}
	return fmt.Errorf("%s data file %s: %w", doing, f.path, err)
}

func (t fileTransaction) get(cluster, uuid string) (stored, error) {
	if value := t.entries.Get(key(cluster, uuid)); value != nil {
		return decode(value)
	}
	return stored{}, ErrNoEntry
}

func (t fileTransaction) list(cluster string) (list []stored, err error) {
	prefix := key(cluster, "")
	c := t.entries.Cursor()
	for name, value := c.Seek(prefix); bytes.HasPrefix(name, prefix); name, value = c.Next() {
		entry, err := decode(value)
		if err != nil {
			return nil, err
		}
		list = append(list, entry)
	}
	return list, nil
}

func (t fileTransaction) owned(cluster, principal string) string {
	return string(t.principals.Get(key(cluster, principal)))
}

func (t fileTransaction) put(cluster string, entry stored) (err error) {
	if entry.Number == 0 {
		if entry.Number, err = t.entries.NextSequence(); err != nil {
			return err
		}
	}
	value, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	if t.clusters.Get([]byte(cluster)) == nil {
		err = t.setCluster(cluster, "")
	}
	return errors.Join(err, t.entries.Put(key(cluster, entry.UUID), value),
		t.principals.Put(key(cluster, entry.Entry), []byte(entry.UUID)))
}

func (t fileTransaction) remove(cluster string, entry stored) error {
	return errors.Join(t.principals.Delete(key(cluster, entry.Entry)), t.entries.Delete(key(cluster, entry.UUID)))
}

// cluster knows a cluster by its entries, too: files of format 1 have no clusters.
func (t fileTransaction) cluster(uuid string) (string, bool) {
	authType := t.clusters.Get([]byte(uuid))
	first, _ := t.entries.Cursor().Seek(key(uuid, ""))
	return string(authType), authType != nil || bytes.HasPrefix(first, key(uuid, ""))
}

func (t fileTransaction) setCluster(uuid, authType string) error {
	return t.clusters.Put([]byte(uuid), []byte(authType))
}

func (t fileTransaction) clear() error {
	if err := t.tx.DeleteBucket(rootBucket); err != nil {
		return err
	}
	return layOut(t.tx)
}

func key(cluster, name string) []byte { return []byte(cluster + "/" + name) }

func decode(value []byte) (stored, error) {
	var entry stored
	if err := json.Unmarshal(value, &entry); err != nil {
		return stored{}, fmt.Errorf("decode %q: %w", value, err)
	}
	return entry, nil
}
