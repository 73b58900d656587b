package provider

import (
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
	// lockoutPause limits the pauses after which a refused change looks for another administrator.
	// They start with firstPause, and double.
	lockoutPause = 4 * time.Second
	firstPause   = 200 * time.Millisecond
)

type settings struct {
	wait           time.Duration // the time for a change, unless its resource has timeouts
	preventLockout bool
	listLife       time.Duration
	lockoutPause   time.Duration
}

// service is what all resources and data sources of one provider share. The framework makes a
// resource object for each request, so locks and lists are here.
type service struct {
	settings
	client *access.Client
	slots  chan struct{} // one for each cluster that is worked on
	list   cached[[]access.Cluster]

	mu       sync.Mutex
	clusters map[string]*cluster // by UUID in lower case
}

// cluster is what the resources of one cluster share.
type cluster struct {
	uuid    string
	entries cached[[]access.Entry]
	turn    chan struct{} // holds a value while a change is under way

	// Only the change that has the turn uses these.
	changes  int             // how many this provider has made or tried
	managed  map[string]bool // UUIDs of entries that a resource has created, taken over or updated
	authType string          // empty if not read yet
}

func newService(client *access.Client, parallel int, settings settings) *service {
	slots := make(chan struct{}, parallel)
	return &service{settings: settings, client: client, slots: slots, clusters: map[string]*cluster{}}
}

func (s *service) cluster(uuid string) *cluster {
	s.mu.Lock()
	defer s.mu.Unlock()
	uuid = strings.ToLower(uuid)
	if s.clusters[uuid] == nil {
		s.clusters[uuid] = &cluster{uuid: uuid, turn: make(chan struct{}, 1), managed: map[string]bool{}}
	}
	return s.clusters[uuid]
}

// listClusters returns the clusters of the account, from a list that reads share.
func (s *service) listClusters(ctx context.Context) ([]access.Cluster, error) {
	return s.list.get(ctx, s, func() ([]access.Cluster, error) { return s.client.Clusters(ctx) })
}

// listEntries returns the entries of a cluster, from a list that reads share.
func (s *service) listEntries(ctx context.Context, uuid string) ([]access.Entry, error) {
	return s.cluster(uuid).entries.get(ctx, s, func() ([]access.Entry, error) { return s.client.List(ctx, uuid) })
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

// clusterIsGone reports whether a read failed because the cluster does not exist. A 404 says so
// only if the service is at the base URL, which the list of clusters shows.
func clusterIsGone(
	ctx context.Context, uuid string, readErr error, list func(context.Context) ([]access.Cluster, error),
) bool {
	if !errors.Is(readErr, access.ErrNotFound) {
		return false
	}
	clusters, err := list(ctx)
	isIt := func(c access.Cluster) bool { return strings.EqualFold(c.UUID, uuid) }
	return err == nil && !slices.ContainsFunc(clusters, isIt)
}

// changing makes a change on a cluster. It does not read from lists that are shared.
type changing func(context.Context, *cluster) error

// change runs f while no other change of this provider is made on the cluster. The limit is the
// time for f. Terraform tells the provider no order of changes, so a change that f refuses with
// errLockout is run again: another one may bring an administrator. It fails for good when no other
// change is made for a while.
func (s *service) change(ctx context.Context, uuid string, limit time.Duration, f changing) error {
	c := s.cluster(uuid)
	seen, pause := -1, firstPause
	for {
		changes, err := s.inTurn(ctx, c, limit, f)
		if changes != seen {
			seen, pause = changes, firstPause
		}
		if !errors.Is(err, errLockout) || pause > s.lockoutPause {
			return err
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ctx.Done():
			return err
		}
	}
}

// inTurn runs f when the changes before it have ended. It returns how many changes were made on the
// cluster.
func (s *service) inTurn(ctx context.Context, c *cluster, limit time.Duration, f changing) (changes int, err error) {
	if err := acquire(ctx, c.turn); err != nil {
		return 0, fmt.Errorf("interrupted before the change was sent: %w", err)
	}
	defer func() { <-c.turn }()
	defer c.entries.forget() // after the slot is free, because a read under way may wait for one
	if err := acquire(ctx, s.slots); err != nil {
		return 0, fmt.Errorf("interrupted before the change was sent: %w", err)
	}
	defer func() { <-s.slots }()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if c.changes > 0 { // it may be busy; if that cannot be read, f finds out
		if err := s.client.WaitReady(ctx, c.uuid); err != nil && ctx.Err() != nil {
			return c.changes, err
		}
	}
	if err = f(ctx, c); !errors.Is(err, errLockout) {
		c.changes++
	}
	return c.changes, err
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
