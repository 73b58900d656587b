package emulator

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strconv"
	"syscall"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

var errNoDataFile = errors.New("it is no data file of an emulator, and was left as it is; give another --data file")

// checkFile says why an emulator cannot use a file. It only reads. It reads the pages itself before bbolt does, because bbolt
// trusts them: a damaged one makes it follow a pointer to nowhere, in a goroutine of its own, and that ends the program.
func checkFile(path string) (err error) {
	defer func() {
		if r := recover(); r != nil { // what a damaged page says about itself lies outside of it
			err = damaged(r)
		}
	}()
	pages := pages{seen: map[uint64]bool{}}
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
	case freelist != math.MaxUint64:
		return damaged("a list of free pages, which an emulator never writes")
	case content.entries == nil || content.principals == nil:
		return damaged("a bucket is missing")
	default:
		return content.check()
	}
}

func (tx fileTx) check() error {
	var sum uint64
	err := tx.principals.ForEach(func(key, value []byte) error {
		sum ^= pairChecksum(key, value)
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
		return err
	})
	if err != nil {
		return damaged(err)
	}
	if sum != tx.checksum() {
		return damaged("the checksum is wrong")
	}
	return nil
}

func damaged(what any) error {
	return fmt.Errorf("it is damaged (%v), and was left as it is; put back a copy of it, move it away to start with a new one, or give another --data file", what)
}

// pages are the pages of a bbolt file: a header of 16 bytes (its number, 8 bytes; its kind, 2; how many elements, 2; how many
// pages more it fills, 4), as many elements of 16 bytes, and the keys and values that these point to. All numbers are as the
// machine writes them.
type pages struct {
	file  *os.File
	size  int // of a page
	count uint64
	seen  map[uint64]bool
}

const (
	branchPage = 0x01
	leafPage   = 0x02

	bucketElement = 0x01
)

var native = binary.NativeEndian

// check checks all pages that tx can come by, and returns the one that the list of free pages is on.
func (p *pages) check(tx *bbolt.Tx) (freelist uint64, err error) {
	p.size = tx.DB().Info().PageSize
	p.count = uint64(tx.Size()) / uint64(p.size)
	info, err := p.file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < tx.Size() {
		return 0, fmt.Errorf("it has %d of %d bytes", info.Size(), tx.Size())
	}
	page := make([]byte, p.size)
	if _, err := p.file.ReadAt(page, int64(tx.ID()%2*p.size)); err != nil {
		return 0, err
	}
	return native.Uint64(page[48:]), p.checkBucket(page[32:48])
}

// checkBucket checks the value that a bucket is: the number of its page and its sequence, and when the number is 0, the page.
func (p *pages) checkBucket(value []byte) error {
	if root := native.Uint64(value); root != 0 {
		return p.checkPage(root, &keyOrder{})
	}
	page := value[16:]
	if kind := native.Uint16(page[8:]); kind != leafPage {
		return fmt.Errorf("a page of kind %d in a bucket", kind)
	}
	return p.checkElements(page, &keyOrder{})
}

func (p *pages) checkPage(id uint64, keys *keyOrder) error {
	page, err := p.read(id)
	if err != nil {
		return fmt.Errorf("page %d: %w", id, err)
	}
	return p.checkElements(page, keys)
}

// read returns a page with the pages more that it fills, when none of them was read before.
func (p *pages) read(id uint64) ([]byte, error) {
	header := make([]byte, 16)
	if _, err := p.file.ReadAt(header, int64(id)*int64(p.size)); err != nil {
		return nil, err
	}
	end := id + uint64(native.Uint32(header[12:])) + 1
	if native.Uint64(header) != id || end > p.count {
		return nil, fmt.Errorf("it says that it is page %d, and ends before page %d of %d", native.Uint64(header), end, p.count)
	}
	for n := id; n < end; n++ {
		if p.seen[n] {
			return nil, errors.New("it is in use twice")
		}
		p.seen[n] = true
	}
	page := make([]byte, int(end-id)*p.size)
	_, err := p.file.ReadAt(page, int64(id)*int64(p.size))
	return page, err
}

func (p *pages) checkElements(page []byte, keys *keyOrder) error {
	kind, count := native.Uint16(page[8:]), int(native.Uint16(page[10:]))
	if kind != branchPage && kind != leafPage || kind == branchPage && count == 0 {
		return fmt.Errorf("a page of kind %d with %d elements", kind, count)
	}
	for i := range count {
		element := page[16+16*i:] // what it points to counts from here
		if kind == branchPage {
			at, keySize, child := int(native.Uint32(element)), int(native.Uint32(element[4:])), native.Uint64(element[8:])
			if err := keys.next(element[at:at+keySize], true); err != nil {
				return err
			}
			if err := p.checkPage(child, keys); err != nil {
				return err
			}
			continue
		}
		flags, at, keySize, valueSize := native.Uint32(element), int(native.Uint32(element[4:])), int(native.Uint32(element[8:])), int(native.Uint32(element[12:]))
		value := at + keySize
		if err := keys.next(element[at:value], false); err != nil {
			return err
		}
		if value := element[value : value+valueSize : value+valueSize]; flags&bucketElement != 0 {
			if err := p.checkBucket(value); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyOrder follows the keys of a bucket, each of a branch before those of the page that it leads to.
type keyOrder struct {
	last       []byte
	fromBranch bool
}

// next checks that a key is greater than the one before it, or the same when that one led to it: by the first key of a page
// bbolt finds the branch that leads there.
func (k *keyOrder) next(key []byte, fromBranch bool) error {
	if order := bytes.Compare(k.last, key); order > 0 || (order == 0) != k.fromBranch {
		return fmt.Errorf("key %q after %q", key, k.last)
	}
	k.last, k.fromBranch = key, fromBranch
	return nil
}
