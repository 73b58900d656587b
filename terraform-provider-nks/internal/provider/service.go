package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/directory"
)

const (
	// listLife is how long a list of entries or clusters serves reads, unless a change ends it
	// earlier.
	listLife = time.Minute
	// patience is how long a refused change waits for another change that removes the reason,
	// counted from the last other change on the cluster.
	patience = 6 * time.Second
	// patiencePause is the pause between two of these looks.
	patiencePause = time.Second
)

// settings configure a service.
type settings struct {
	wait           time.Duration // the time for a change, unless its resource has timeouts
	preventLockout bool
	listLife       time.Duration
	patience       time.Duration
}

// service is what all resources and data sources of one provider share. The framework makes a
// resource object for each request, so locks and lists are here.
type service struct {
	settings
	client   *access.Client
	warnings *warnings
	// Reads and changes have slots of their own, because a change that waits for a busy cluster
	// keeps its slot.
	reads   chan struct{}
	changes chan struct{}
	list    *cached[[]access.Cluster]
	// names opens the directory. It does so when a data source needs it, so that its settings matter
	// to nobody else.
	names func() (*directory.Directory, error)

	mu       sync.Mutex
	clusters map[string]*cluster // by UUID in lower case
}

// newService returns a service that reads and changes up to parallel clusters at the same time.
func newService(client *access.Client, said *warnings, parallel int, config settings) *service {
	return &service{
		settings: config,
		client:   client,
		warnings: said,
		reads:    make(chan struct{}, parallel),
		changes:  make(chan struct{}, parallel),
		list:     newCached[[]access.Cluster](),
		names: sync.OnceValues(func() (*directory.Directory, error) {
			return directory.New(client.Gateway())
		}),
		clusters: map[string]*cluster{},
	}
}

// cluster returns what the resources of the cluster share.
func (s *service) cluster(uuid string) *cluster {
	s.mu.Lock()
	defer s.mu.Unlock()
	uuid = strings.ToLower(uuid)
	if s.clusters[uuid] == nil {
		s.clusters[uuid] = newCluster(uuid)
	}
	return s.clusters[uuid]
}

// listClusters returns the clusters of the account, from a list that reads share.
func (s *service) listClusters(ctx context.Context) ([]access.Cluster, error) {
	return s.list.get(ctx, s.listLife, func() ([]access.Cluster, error) {
		if err := acquire(ctx, s.reads); err != nil {
			return nil, err
		}
		defer release(s.reads)
		return s.client.Clusters(ctx)
	})
}

// listEntries returns the entries of a cluster, from a list that reads share.
func (s *service) listEntries(ctx context.Context, uuid string) ([]access.Entry, error) {
	return s.cluster(uuid).entries.get(ctx, s.listLife, func() ([]access.Entry, error) {
		if err := acquire(ctx, s.reads); err != nil {
			return nil, err
		}
		defer release(s.reads)
		return s.client.List(ctx, uuid)
	})
}

// findCluster returns the cluster with the name or UUID. It returns the errors of
// [access.FindCluster].
func (s *service) findCluster(ctx context.Context, nameOrUUID string) (access.Cluster, error) {
	clusters, err := s.listClusters(ctx)
	if err != nil {
		return access.Cluster{}, err
	}
	found, err := access.FindCluster(clusters, nameOrUUID)
	if errors.Is(err, access.ErrNotFound) { // it may be newer than the list
		return s.client.Cluster(ctx, nameOrUUID)
	}
	return found, err
}

// clusterUUID returns the UUID of the cluster with the name or UUID, in lower case. It does not look
// up a UUID. It returns the errors of findCluster.
func (s *service) clusterUUID(ctx context.Context, nameOrUUID string) (string, error) {
	if access.IsUUID(nameOrUUID) {
		return strings.ToLower(nameOrUUID), nil
	}
	found, err := s.findCluster(ctx, nameOrUUID)
	return strings.ToLower(found.UUID), err
}

// isGone reports whether a read failed because the cluster does not exist. A 404 says so only if the
// service is at the base URL, which the list of clusters shows.
func isGone(
	ctx context.Context, uuid string, readErr error, list func(context.Context) ([]access.Cluster, error),
) bool {
	if !errors.Is(readErr, access.ErrNotFound) {
		return false
	}
	clusters, err := list(ctx)
	if err != nil {
		return false
	}
	return !slices.ContainsFunc(clusters, func(c access.Cluster) bool { return strings.EqualFold(c.UUID, uuid) })
}
