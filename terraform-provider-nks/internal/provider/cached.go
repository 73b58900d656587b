package provider

import (
	"context"
	"sync"
	"time"
)

// cached shares one result among concurrent callers. The first caller loads it, the others wait. It is
// kept for a while, or until forget. Errors are kept, too, so that callers who wait for a read that
// fails do not each retry it. The end of the loading caller's context is not kept.
type cached[T any] struct {
	loading chan struct{} // holds a value while a caller loads

	mu        sync.Mutex
	kept      kept[T]
	forgotten int // how often forget was called
}

// kept is a result, and until when it may be used.
type kept[T any] struct {
	value T
	err   error
	end   time.Time
}

func newCached[T any]() *cached[T] { return &cached[T]{loading: make(chan struct{}, 1)} }

// get returns the kept result, or that of load, which is kept for the given time. It returns the error
// of ctx if that ends while another caller loads.
func (c *cached[T]) get(ctx context.Context, life time.Duration, load func() (T, error)) (T, error) {
	var none T
	if err := acquire(ctx, c.loading); err != nil {
		return none, err
	}
	defer release(c.loading)
	found, forgotten := c.look()
	if time.Now().Before(found.end) {
		return found.value, found.err
	}
	value, err := load()
	if ctx.Err() == nil {
		c.keep(kept[T]{value, err, time.Now().Add(life)}, forgotten)
	}
	return value, err
}

// look returns what is kept, and how often it was forgotten.
func (c *cached[T]) look() (found kept[T], forgotten int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.kept, c.forgotten
}

// keep keeps a result, unless it was forgotten since the load began: it may be from before a change.
func (c *cached[T]) keep(result kept[T], forgotten int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if forgotten == c.forgotten {
		c.kept = result
	}
}

// forget makes the next get load again, also if a load is under way. It does not wait.
func (c *cached[T]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.kept = kept[T]{}
	c.forgotten++
}

// acquire puts a value into a channel that limits how many do something at the same time.
func acquire(ctx context.Context, limit chan struct{}) error {
	select {
	case limit <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// release takes a value out of the channel.
func release(limit chan struct{}) { <-limit }
