package provider

import (
	"context"
	"sync"
	"time"
)

// cached is the result of a read that many want at the same time. One of them reads, the others
// wait for its result. It is kept for a while, or until forget.
type cached[T any] struct {
	mu    sync.Mutex
	value T
	err   error
	end   time.Time
}

// get returns the result that is kept, or that of load. An error is kept, too, so that those who
// wait for a read that fails do not each retry it; the end of the caller's context is not.
func (c *cached[T]) get(ctx context.Context, s *service, load func() (T, error)) (value T, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.end) {
		return c.value, c.err
	}
	if err := acquire(ctx, s.slots); err != nil {
		return value, err
	}
	defer func() { <-s.slots }()
	value, err = load()
	if ctx.Err() == nil {
		c.value, c.err, c.end = value, err, time.Now().Add(s.listLife)
	}
	return value, err
}

// forget makes the next get read again. It waits for a read that is under way.
func (c *cached[T]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end = time.Time{}
}
