package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

var errNoDataFile = errors.New("it is no data file of an emulator, and was left as it is; give another --data file")

// checkFile says why an emulator cannot use a file, and only reads it.
func checkFile(path string) (err error) {
	defer func() {
		if r := recover(); r != nil { // what a damaged page says about itself lies outside of it
			err = damaged(r)
		}
	}()
	var pages pages
	open := func(path string, flag int, mode fs.FileMode) (_ *os.File, err error) {
		pages.file, err = openExisting(path, flag, mode)
		return pages.file, err
	}
	db, err := bbolt.Open(path, 0, &bbolt.Options{ReadOnly: true, Timeout: lockWait, OpenFile: open})
	switch {
	case errors.Is(err, bbolterrors.ErrInvalid):
		return errNoDataFile
	case errors.Is(err, bbolterrors.ErrTimeout), errors.As(err, new(syscall.Errno)):
		return err
	case err != nil:
		return damaged(err)
	}
	defer func() { _ = db.Close() }()
	return db.View(func(tx *bbolt.Tx) error {
		freelist, err := pages.check(tx)
		if err != nil {
			return damaged(err)
		}
		return checkContent(tx, freelist)
	})
}

// checkContent says why an emulator cannot use a file whose pages are in order.
func checkContent(tx *bbolt.Tx, freelist uint64) error {
	root := tx.Bucket(rootBucket)
	if root == nil {
		return errNoDataFile
	}
	version, err := strconv.Atoi(string(root.Get(versionKey)))
	if err == nil && version > fileVersion {
		return fmt.Errorf("it was written by a newer version, in format %d, while this one knows format %d; it was left as it is: use the newer version, or give another --data file",
			version, fileVersion)
	}
	switch content := newFileTx(tx); {
	case err != nil || version != fileVersion:
		return damaged("its version")
	case freelist != noFreelist:
		return damaged("a list of free pages, which an emulator never writes")
	case content.entries == nil || content.principals == nil:
		return damaged("a bucket is missing")
	default:
		return content.check()
	}
}

func (tx fileTx) check() error {
	var sum uint64
	principals, entries := 0, 0
	err := tx.principals.ForEach(func(key, value []byte) error {
		sum ^= pairChecksum(key, value)
		principals++
		return nil
	})
	if err != nil {
		return damaged(err)
	}
	err = tx.entries.ForEach(func(key, value []byte) error {
		sum ^= pairChecksum(key, value)
		entry, err := decodeEntry(value)
		if err == nil && entry.Number > tx.entries.Sequence() {
			err = fmt.Errorf("entry %d of %d", entry.Number, tx.entries.Sequence())
		}
		cluster, id, _ := bytes.Cut(key, []byte("/"))
		if err == nil && !bytes.Equal(tx.principals.Get(fileKey(string(cluster), entry.Entry)), id) {
			err = fmt.Errorf("the principal of entry %s has another", id)
		}
		entries++
		return err
	})
	if err != nil {
		return damaged(err)
	}
	if principals != entries {
		return damaged(fmt.Errorf("%d principals of %d entries", principals, entries))
	}
	if sum != tx.checksum() {
		return damaged("the checksum is wrong")
	}
	return nil
}

func damaged(what any) error {
	return fmt.Errorf("it is damaged (%v), and was left as it is; put back a copy of it, move it away to start with a new one, or give another --data file", what)
}
