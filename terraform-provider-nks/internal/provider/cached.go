package provider

import (
	"context"
	"sync"
	"time"
)

// cached is the result of a read that many want at the same time. One of them reads, the others
// take what came of it. It lives for a while, or until forget.
type cached[T any] struct {
	life    time.Duration
	loading chan struct{} // holds a value while one reads

	mu         sync.Mutex
	value      T
	err        error
	end        time.Time
	generation int // counts calls of forget
}

func newCached[T any](life time.Duration) *cached[T] {
	return &cached[T]{life: life, loading: make(chan struct{}, 1)}
}

// get returns the result that is there, or that of load. An error is kept as well, so that a read
// that fails is not tried again by each of those who wait for it; only the end of the caller's own
// context is not.
func (c *cached[T]) get(ctx context.Context, load func() (T, error)) (T, error) {
	if err := acquire(ctx, c.loading); err != nil {
		var nothing T
		return nothing, err
	}
	defer func() { <-c.loading }()

	c.mu.Lock()
	value, err, end, generation := c.value, c.err, c.end, c.generation
	c.mu.Unlock()
	if time.Now().Before(end) {
		return value, err
	}
	value, err = load()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation == generation && ctx.Err() == nil {
		c.value, c.err, c.end = value, err, time.Now().Add(c.life)
	}
	return value, err
}

// forget makes the next get read again. A read that is under way is not kept.
func (c *cached[T]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.generation++
	c.end = time.Time{}
}
