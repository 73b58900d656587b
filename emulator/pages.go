package emulator

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"

	"go.etcd.io/bbolt"
)

// pages are the pages of a bbolt file, read without bbolt: it trusts what they say, and a damaged one makes it panic or read
// where no memory is, in goroutines of its own where nobody can recover, so that the program ends.
//
// A page has a header of 16 bytes (its number, 8 bytes; its kind, 2; how many elements, 2; how many further pages it goes on
// over, 4), as many elements of 16 bytes, and the keys and values that they point to. Numbers are in the order of the machine.
// What a damaged page points to may lie outside of it: then the methods panic.
type pages struct {
	file  *os.File
	size  int // of a page
	count uint64
	seen  map[uint64]bool
}

const (
	branchPage    = 0x01
	leafPage      = 0x02
	bucketElement = 0x01
	noFreelist    = math.MaxUint64 // where a file keeps no list of free pages, bbolt finds them when it opens it
)

var native = binary.NativeEndian

// check checks all pages that tx can come by, and returns the number of the one with the list of free pages.
func (p *pages) check(tx *bbolt.Tx) (freelist uint64, err error) {
	p.size = tx.DB().Info().PageSize
	p.count = uint64(tx.Size()) / uint64(p.size)
	p.seen = map[uint64]bool{}
	info, err := p.file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < tx.Size() {
		return 0, fmt.Errorf("it has %d of %d bytes", info.Size(), tx.Size())
	}
	meta := make([]byte, p.size) // two pages take turns
	if _, err := p.file.ReadAt(meta, int64(tx.ID()%2*p.size)); err != nil {
		return 0, err
	}
	return native.Uint64(meta[48:]), p.checkBucket(meta[32:48])
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

// read returns a page with those that it goes on over, when none of them was read before.
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
		flags, keyAt := native.Uint32(element), int(native.Uint32(element[4:]))
		valueAt := keyAt + int(native.Uint32(element[8:]))
		end := valueAt + int(native.Uint32(element[12:]))
		key, value := element[keyAt:valueAt], element[valueAt:end:end]
		if err := keys.next(key, false); err != nil {
			return err
		}
		if flags&bucketElement != 0 {
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
