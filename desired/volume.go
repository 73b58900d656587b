package desired

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nks-access/nks-access/access"
)

// ErrTooMuch: see [File.Read].
var ErrTooMuch = errors.New("too many entries for one run")

const (
	// maxVolume is how much memory the entries of all clusters may take together. Some 130,000 entries
	// of usual size take as much, and the program stays below 500 MB when it plans or prints them.
	maxVolume = 96 << 20
	// refusedVolume is what a list counts that is refused because it is too large: to read many of
	// them takes as long as to read lists that are kept.
	refusedVolume = 16 << 20
)

// The memory that values take beside their texts, roughly, also in a plan.
const (
	entrySize  = 256
	policySize = 320 // with fields that the contract does not know
	textSize   = 64  // a group or a namespace
)

// volume is what is left of maxVolume.
type volume struct {
	stop context.CancelFunc // called when nothing is left

	mu   sync.Mutex
	left int
}

// newVolume returns the volume of one run, and a context that ends when nothing is left of it.
func newVolume(ctx context.Context) (context.Context, *volume) {
	ctx, stop := context.WithCancel(ctx)
	return ctx, &volume{stop: stop, left: maxVolume}
}

// room returns ErrTooMuch if nothing is left.
func (v *volume) room() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.left > 0 {
		return nil
	}
	return fmt.Errorf("%w: the entries of all clusters take more than %d MiB; split the file", ErrTooMuch, maxVolume>>20)
}

// take counts a list that was read, or refused with err. It returns ErrTooMuch if nothing is left then,
// so that the list cannot be kept.
func (v *volume) take(entries []access.Entry, err error) error {
	size := 0
	if errors.Is(err, access.ErrTooLarge) {
		size = refusedVolume
	}
	for i := range entries {
		size += sizeOf(&entries[i])
	}
	v.mu.Lock()
	v.left -= size
	v.mu.Unlock()
	if full := v.room(); full != nil {
		v.stop()
		return full
	}
	return err
}

// sizeOf returns the memory that an entry takes, roughly. Names of groups and namespaces count twice,
// because every output copies them.
func sizeOf(e *access.Entry) int {
	size := entrySize + len(e.UUID) + len(e.Principal) + len(e.Username)
	for _, group := range e.Groups {
		size += textSize + 2*len(group)
	}
	for i := range e.Policies {
		policy := &e.Policies[i]
		size += policySize + len(policy.Type) + len(policy.Scope)
		for _, namespace := range policy.Namespaces {
			size += textSize + 2*len(namespace)
		}
	}
	return size
}
