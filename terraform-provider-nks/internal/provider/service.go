package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nks-access/nks-access/access"
)

const (
	// listLife is how long a list of entries or clusters serves reads, unless a change ends it
	// earlier.
	listLife = time.Minute
	// lockoutWait is how long a refused change waits for another change that brings an
	// administrator.
	lockoutWait = 5 * time.Second
)

type serviceSettings struct {
	options        []access.Option
	parallel       int
	wait           time.Duration // for a busy cluster
	preventLockout bool
	listLife       time.Duration
	lockoutWait    time.Duration
}

// service is what all resources and data sources of one provider share. The framework makes a
// resource object for each request, so locks and lists are here.
type service struct {
	serviceSettings
	client *access.Client
	slots  chan struct{} // one for each cluster that is worked on
	list   *cached[[]access.Cluster]

	mu       sync.Mutex
	clusters map[string]*cluster // by UUID in lower case
}

// cluster is what the resources of one cluster share.
type cluster struct {
	turn    chan struct{} // holds a value while a change is under way
	entries *cached[[]access.Entry]

	mu      sync.Mutex
	changed bool          // by this provider, so that it may be busy
	pending int           // changes that have or want the turn
	ended   chan struct{} // closed when a change ends, and replaced
}

func newService(settings serviceSettings) (*service, error) {
	client, err := access.NewClient(append(settings.options, access.WithWait(settings.wait))...)
	if err != nil {
		return nil, err
	}
	return &service{
		serviceSettings: settings, client: client, slots: make(chan struct{}, settings.parallel),
		list: newCached[[]access.Cluster](settings.listLife), clusters: map[string]*cluster{},
	}, nil
}

func (s *service) cluster(uuid string) *cluster {
	s.mu.Lock()
	defer s.mu.Unlock()
	uuid = strings.ToLower(uuid)
	if s.clusters[uuid] == nil {
		s.clusters[uuid] = &cluster{
			turn: make(chan struct{}, 1), entries: newCached[[]access.Entry](s.listLife), ended: make(chan struct{}),
		}
	}
	return s.clusters[uuid]
}

// listClusters returns the clusters of the account, from a list that reads share.
func (s *service) listClusters(ctx context.Context) ([]access.Cluster, error) {
	return s.list.get(ctx, func() ([]access.Cluster, error) {
		if err := acquire(ctx, s.slots); err != nil {
			return nil, err
		}
		defer func() { <-s.slots }()
		return s.client.Clusters(ctx)
	})
}

// findCluster returns the UUID of the cluster with the name or UUID. A UUID is not looked up. It
// returns the errors of clusterNamed.
func (s *service) findCluster(ctx context.Context, nameOrUUID string) (string, error) {
	if access.IsUUID(nameOrUUID) {
		return strings.ToLower(nameOrUUID), nil
	}
	found, err := s.clusterNamed(ctx, nameOrUUID)
	return strings.ToLower(found.UUID), err
}

// clusterNamed returns the cluster with the name. The error is access.ErrNotFound or
// access.ErrAmbiguous if not exactly one cluster has it.
func (s *service) clusterNamed(ctx context.Context, name string) (access.Cluster, error) {
	clusters, err := s.listClusters(ctx)
	if err != nil {
		return access.Cluster{}, err
	}
	named := slices.DeleteFunc(slices.Clone(clusters), func(c access.Cluster) bool { return c.Name != name })
	if len(named) == 1 {
		return named[0], nil
	}
	return s.client.Cluster(ctx, name) // it may be new, and the error says which clusters there are
}

// listEntries returns the entries of a cluster, from a list that reads share.
func (s *service) listEntries(ctx context.Context, uuid string) ([]access.Entry, error) {
	return s.cluster(uuid).entries.get(ctx, func() ([]access.Entry, error) {
		if err := acquire(ctx, s.slots); err != nil {
			return nil, err
		}
		defer func() { <-s.slots }()
		return s.client.List(ctx, uuid)
	})
}

// clusterIsGone reports whether a read failed because the cluster does not exist. A 404 says so
// only if the service is at the base URL, which the list of clusters shows.
func clusterIsGone(
	ctx context.Context, uuid string, readErr error, list func(context.Context) ([]access.Cluster, error),
) bool {
	if !errors.Is(readErr, access.ErrNotFound) {
		return false
	}
	clusters, err := list(ctx)
	return err == nil && !slices.ContainsFunc(clusters, func(c access.Cluster) bool { return strings.EqualFold(c.UUID, uuid) })
}

// changing makes a change with a client. It must not read from lists that are shared.
type changing func(context.Context, *access.Client) error

// change runs f while no other change of this provider is made on the cluster. A change that f
// refuses with errLockout is run again after each other change on the cluster, because one of them
// may bring an administrator. It fails for good when none is under way and none has begun for a
// while. A limit that is not 0 is the time for f, in place of the wait for a busy cluster.
func (s *service) change(ctx context.Context, uuid string, limit time.Duration, f changing) error {
	client, err := s.clientFor(limit)
	if err != nil {
		return err
	}
	c := s.cluster(uuid)
	for {
		ended := c.nextEnd()
		err := s.inTurn(ctx, c, func(ctx context.Context) error {
			if limit != 0 {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, limit)
				defer cancel()
			}
			if err := c.awaitReady(ctx, client, uuid, cmp.Or(limit, s.wait)); err != nil {
				return err
			}
			return f(ctx, client)
		})
		if !errors.Is(err, errLockout) || !c.otherChange(ctx, ended, s.lockoutWait) {
			return err
		}
	}
}

// clientFor returns a client that waits for a busy cluster for as long as limit says, or the wait
// of the provider if it is 0.
func (s *service) clientFor(limit time.Duration) (*access.Client, error) {
	if limit == 0 {
		return s.client, nil
	}
	options := append([]access.Option{}, s.options...)
	return access.NewClient(append(options, access.WithCredentials(s.client.Provider()), access.WithWait(limit))...)
}

// inTurn runs f when the changes before it have ended. Lists from before it are not used any more.
func (s *service) inTurn(ctx context.Context, c *cluster, f func(context.Context) error) error {
	c.count(1)
	defer c.count(-1)
	if err := acquire(ctx, c.turn); err != nil {
		return fmt.Errorf("interrupted before the change was sent: %w", err)
	}
	defer func() { <-c.turn }()
	if err := acquire(ctx, s.slots); err != nil {
		return fmt.Errorf("interrupted before the change was sent: %w", err)
	}
	defer func() { <-s.slots }()
	c.entries.forget()
	err := f(ctx)
	c.entries.forget()
	if !errors.Is(err, errLockout) {
		c.end()
	}
	return err
}

// awaitReady waits until the cluster takes changes again after one of this provider, for at most
// the time of wait. It looks more often than the client does after a refusal. A read that fails
// ends it: the change that follows finds out more.
func (c *cluster) awaitReady(ctx context.Context, client *access.Client, uuid string, wait time.Duration) error {
	if !c.wasChanged() {
		return nil
	}
	end := time.Now().Add(wait)
	for pause := 100 * time.Millisecond; ; pause = min(pause*5/4, 5*time.Second) {
		found, err := client.Cluster(ctx, uuid)
		if err != nil || found.Ready() {
			return nil
		}
		if time.Now().Add(pause).After(end) {
			return fmt.Errorf("cluster %s is still %s after %s: %w", uuid, found.Status, wait, access.ErrBusy)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return fmt.Errorf("cluster %s is still %s: %w: %w", uuid, found.Status, access.ErrBusy, ctx.Err())
		}
	}
}

// count adds n to the number of changes that have or want the turn.
func (c *cluster) count(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pending += n
}

func (c *cluster) wasChanged() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

// nextEnd returns a channel that is closed when the next change ends.
func (c *cluster) nextEnd() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// end tells those who wait that a change was made, or failed.
func (c *cluster) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = true
	close(c.ended)
	c.ended = make(chan struct{})
}

// otherChange waits until another change ends. It returns false if none is under way and none has
// begun within wait.
func (c *cluster) otherChange(ctx context.Context, ended <-chan struct{}, wait time.Duration) bool {
	for {
		select {
		case <-ended:
			return true
		case <-ctx.Done():
			return false
		case <-time.After(wait):
			c.mu.Lock()
			pending := c.pending
			c.mu.Unlock()
			if pending == 0 {
				return false
			}
		}
	}
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
