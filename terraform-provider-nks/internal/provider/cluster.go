package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nks-access/nks-access/access"
)

// cluster is what the resources of one cluster share.
type cluster struct {
	uuid    string
	entries *cached[[]access.Entry]
	turn    chan struct{} // holds a value while a change is under way
	// waitedInVain is set if a refused change has waited in vain since the last change, so that of
	// many refused changes only the first ones wait.
	waitedInVain atomic.Bool

	// Only the change that has the turn uses these.
	lastChange     time.Time       // when the last change was made or tried
	managed        map[string]bool // UUIDs of entries that a resource has created, taken over or updated
	acceptsEntries bool            // the auth type is API, which cannot change any more
}

func newCluster(uuid string) *cluster {
	return &cluster{
		uuid:    uuid,
		entries: newCached[[]access.Entry](),
		turn:    make(chan struct{}, 1),
		managed: map[string]bool{},
	}
}

// manages reports whether a resource of this provider has created, taken over or updated the entry.
func (c *cluster) manages(id string) bool { return c.managed[strings.ToLower(id)] }

// manage notes that a resource manages the entry.
func (c *cluster) manage(id string) { c.managed[strings.ToLower(id)] = true }

// changing makes a change on a cluster. It does not use lists that reads share.
type changing func(context.Context, *cluster) error

// change runs f while no other change of this provider is made on the cluster. The limit is the time
// for one run.
//
// Terraform does not order a deletion and a creation. So if f would take the last administrator, or
// create an entry for a principal that has another one, change runs it again, until nothing else has
// changed the cluster for a while: another change, of this provider or of another one, may bring an
// administrator or delete that entry. Then it returns access.ErrNoAdmin or access.ErrExists.
func (s *service) change(ctx context.Context, uuid string, limit time.Duration, f changing) error {
	c := s.cluster(uuid)
	start := time.Now()
	for {
		lastChange, err := s.inTurn(ctx, c, limit, f)
		if !dependsOnOthers(err) {
			return err
		}
		quietSince := start
		if lastChange.After(start) {
			quietSince = lastChange
		}
		if c.waitedInVain.Load() {
			return err
		}
		if time.Since(quietSince) >= s.patience {
			c.waitedInVain.Store(true)
			return err
		}
		select {
		case <-time.After(patiencePause):
		case <-ctx.Done():
			return err
		}
	}
}

// dependsOnOthers reports whether a change was refused for a reason that another change can remove.
func dependsOnOthers(err error) bool {
	return errors.Is(err, access.ErrNoAdmin) || errors.Is(err, access.ErrExists)
}

// inTurn runs f when the changes before it have ended. It returns when the last change was made on the
// cluster, the one of f included.
func (s *service) inTurn(
	ctx context.Context, c *cluster, limit time.Duration, f changing,
) (lastChange time.Time, err error) {
	if err := acquire(ctx, c.turn); err != nil {
		return time.Time{}, fmt.Errorf("interrupted before the change was sent: %w", err)
	}
	defer release(c.turn)
	if err := acquire(ctx, s.changes); err != nil {
		return time.Time{}, fmt.Errorf("interrupted before the change was sent: %w", err)
	}
	defer release(s.changes)
	defer c.entries.forget()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := s.waitReady(ctx, c); err != nil {
		return c.lastChange, err
	}
	err = f(ctx, c)
	if !dependsOnOthers(err) {
		c.lastChange = time.Now()
		c.waitedInVain.Store(false)
	}
	return c.lastChange, err
}

// waitReady waits while the cluster is busy with the change before. It returns an error only if ctx
// ends: if the status cannot be read, the change itself finds out.
func (s *service) waitReady(ctx context.Context, c *cluster) error {
	if c.lastChange.IsZero() {
		return nil
	}
	err := s.client.WaitReady(ctx, c.uuid)
	if ctx.Err() == nil {
		return nil
	}
	return err
}
