package emulator

import (
	"strings"
	"sync"
	"time"

	"github.com/nks-access/nks-access/gen/nks"
)

// clusters are the clusters of the account, some of which may be busy with a change.
type clusters struct {
	clock func() time.Time
	order []string // UUIDs, as they were given

	mu        sync.Mutex
	byUUID    map[string]nks.Cluster
	busyUntil map[string]time.Time
	busy      time.Duration // how long each change takes
}

func newClusters(given []nks.Cluster, clock func() time.Time) *clusters {
	c := &clusters{clock: clock, byUUID: map[string]nks.Cluster{}, busyUntil: map[string]time.Time{}}
	for _, cluster := range given {
		cluster.UUID = strings.ToLower(cluster.UUID)
		if _, twice := c.byUUID[cluster.UUID]; !twice {
			c.order = append(c.order, cluster.UUID)
		}
		c.byUUID[cluster.UUID] = cluster
	}
	return c
}

func (c *clusters) list() []nks.Cluster {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]nks.Cluster, len(c.order))
	for i, id := range c.order {
		list[i] = c.now(c.byUUID[id])
	}
	return list
}

func (c *clusters) get(id string) (nks.Cluster, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cluster, ok := c.byUUID[id]
	if !ok {
		return nks.Cluster{}, clusterNotFound(id)
	}
	return c.now(cluster), nil
}

// setBusy changes how long each change takes from now on.
func (c *clusters) setBusy(busy time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = busy
	for id, until := range c.busyUntil { // a shorter time is so for changes under way, too
		if limit := c.clock().Add(busy); until.After(limit) {
			c.busyUntil[id] = limit
		}
	}
}

// ready ends all changes.
func (c *clusters) ready() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.busyUntil)
}

// now is the cluster with the status that it has at the moment.
func (c *clusters) now(cluster nks.Cluster) nks.Cluster {
	if c.clock().Before(c.busyUntil[cluster.UUID]) {
		cluster.Status = "WORKING"
	}
	return cluster
}

// change makes a change to the entries of a cluster, unless it is busy with another; then it is busy with this one for a while.
func (c *clusters) change(id string, make func() error) error {
	cluster, err := c.get(id)
	if err == nil && cluster.AuthType == "CONFIG_MAP" {
		err = notByAPI(cluster)
	}
	if err != nil {
		return err
	}
	return c.whileIdle(id, make)
}

// setAuthType changes the auth type of a cluster. It is a change like one to an entry.
func (c *clusters) setAuthType(id, authType string) error {
	return c.whileIdle(id, func() error {
		c.mu.Lock()
		defer c.mu.Unlock()
		cluster := c.byUUID[id]
		cluster.AuthType = authType
		c.byUUID[id] = cluster
		return nil
	})
}

func (c *clusters) whileIdle(id string, make func() error) error {
	c.mu.Lock()
	cluster, ok := c.byUUID[id]
	cluster = c.now(cluster)
	before, busy := c.busyUntil[id], c.busy
	var err error
	switch {
	case !ok:
		err = clusterNotFound(id)
	case cluster.Status == "WORKING" || cluster.Status == "CREATING" || cluster.Status == "DELETING":
		err = clusterBusy(cluster)
	case busy > 0:
		c.busyUntil[id] = c.clock().Add(busy) // before the change, so that no other begins meanwhile
	}
	c.mu.Unlock()
	if err != nil {
		return err
	}
	if err = make(); err != nil && busy > 0 {
		c.mu.Lock()
		c.busyUntil[id] = before
		c.mu.Unlock()
	}
	return err
}
