package directory

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// kept is a value that is read once. A refusal is kept, too, so that it appears once in the audit log
// of the account.
type kept[T any] struct {
	reading chan struct{} // full while a caller reads
	done    bool
	value   T
	refusal error
}

func newKept[T any]() *kept[T] { return &kept[T]{reading: make(chan struct{}, 1)} }

// get returns the value. It reads the value unless another call has done so. It waits for another
// call until ctx ends.
func (k *kept[T]) get(ctx context.Context, read func(context.Context) (T, error)) (T, error) {
	select {
	case k.reading <- struct{}{}:
	case <-ctx.Done():
		var none T
		return none, fmt.Errorf("wait for the Sub Account API: %w", ctx.Err())
	}
	defer func() { <-k.reading }()
	if k.done {
		return k.value, k.refusal
	}
	value, err := read(ctx)
	var refusal *PermissionError
	if errors.As(err, &refusal) {
		k.done = true
		k.refusal = err
	}
	if err != nil {
		return value, err
	}
	k.done = true
	k.value = value
	return value, nil
}

// keptByID holds a value for each ID.
type keptByID[T any] struct {
	mutex sync.Mutex
	byID  map[string]*kept[T]
}

func (k *keptByID[T]) of(id string) *kept[T] {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	if k.byID == nil {
		k.byID = map[string]*kept[T]{}
	}
	if k.byID[id] == nil {
		k.byID[id] = newKept[T]()
	}
	return k.byID[id]
}
