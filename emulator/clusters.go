package emulator

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/gen/nks"
)

// clusters are the clusters of the account. Their auth types are in the store, too, and a change
// keeps them busy for a while.
type clusters struct {
	clock func() time.Time
	store Store
	given []nks.Cluster // as in the options

	mu        sync.Mutex
	byUUID    map[string]nks.Cluster
	busyUntil map[string]time.Time
	busy      time.Duration // how long each change takes
}

// newClusters returns clusters. Of two with the same UUID the last one counts.
func newClusters(given []nks.Cluster, store Store, clock func() time.Time) *clusters {
	c := &clusters{clock: clock, store: store, byUUID: map[string]nks.Cluster{}, busyUntil: map[string]time.Time{}}
	for _, cluster := range given {
		cluster.UUID = strings.ToLower(cluster.UUID)
		c.given = slices.DeleteFunc(c.given, func(other nks.Cluster) bool { return other.UUID == cluster.UUID })
		c.given = append(c.given, cluster)
		c.byUUID[cluster.UUID] = cluster
	}
	return c
}

// load sets the auth types that the store has.
func (c *clusters) load() error {
	for _, cluster := range c.given {
		authType, err := c.store.AuthType(cluster.UUID)
		if err != nil {
			return fmt.Errorf("load the auth type of cluster %s: %w", cluster.UUID, err)
		}
		if authType != "" {
			cluster.AuthType = authType
		}
		c.mu.Lock()
		c.byUUID[cluster.UUID] = cluster
		c.mu.Unlock()
	}
	return nil
}

// reset clears the store, and makes the clusters those of the options.
func (c *clusters) reset() error {
	if err := c.store.Clear(); err != nil {
		return err
	}
	c.mu.Lock()
	clear(c.busyUntil)
	c.mu.Unlock()
	return c.load()
}

func (c *clusters) list() []nks.Cluster {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := make([]nks.Cluster, len(c.given))
	for i, cluster := range c.given {
		list[i] = c.now(c.byUUID[cluster.UUID])
	}
	return list
}

func (c *clusters) get(id string) (nks.Cluster, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	cluster, ok := c.byUUID[id]
	if !ok {
		return nks.Cluster{}, contract.NotFound("There is no cluster %s.", id)
	}
	return c.now(cluster), nil
}

// setBusy changes how long a change takes. It also shortens changes that are under way.
func (c *clusters) setBusy(busy time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.busy = busy
	for id, until := range c.busyUntil {
		if limit := c.clock().Add(busy); until.After(limit) {
			c.busyUntil[id] = limit
		}
	}
}

// now returns the cluster with its status at the moment.
func (c *clusters) now(cluster nks.Cluster) nks.Cluster {
	if c.clock().Before(c.busyUntil[cluster.UUID]) {
		cluster.Status = "WORKING"
	}
	return cluster
}

// changeEntries changes the entries of a cluster with authType API.
func (c *clusters) changeEntries(id string, do func() error) error {
	cluster, err := c.get(id)
	if err != nil {
		return err
	}
	if cluster.AuthType == "CONFIG_MAP" {
		return contract.BadRequest("Cluster %s has authType CONFIG_MAP. Access entries need authType API.", cluster.UUID)
	}
	return c.change(id, do)
}

// setAuthType changes the auth type of a cluster and stores it.
func (c *clusters) setAuthType(id, authType string) error {
	cluster, err := c.get(id)
	if err != nil || cluster.AuthType == authType {
		return err
	}
	return c.change(id, func() error {
		if err := c.store.SetAuthType(id, authType); err != nil {
			return err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		cluster := c.byUUID[id]
		cluster.AuthType = authType
		c.byUUID[id] = cluster
		return nil
	})
}

// change makes a change, unless the cluster is busy with another one. After it the cluster is busy
// for a while.
func (c *clusters) change(id string, do func() error) error {
	c.mu.Lock()
	cluster := c.now(c.byUUID[id])
	before, busy := c.busyUntil[id], c.busy
	ready := !slices.Contains([]string{"WORKING", "CREATING", "DELETING"}, cluster.Status)
	if ready && busy > 0 {
		c.busyUntil[id] = c.clock().Add(busy) // before the change, so that no other one begins
	}
	c.mu.Unlock()
	if !ready {
		return contract.Conflict("Cluster %s is %s. It takes changes when it is RUNNING or NO_NODE.", cluster.UUID, cluster.Status)
	}
	err := do()
	if err != nil && busy > 0 {
		c.mu.Lock()
		c.busyUntil[id] = before
		c.mu.Unlock()
	}
	return err
}

// storeError returns the response to an error of the store.
func storeError(err error, cluster, entry string) error {
	var exists *ExistsError
	switch {
	case errors.Is(err, ErrNoEntry):
		return contract.NotFound("Cluster %s has no access entry %s.", cluster, entry)
	case errors.As(err, &exists):
		return contract.Conflict("Cluster %s already has access entry %s for the principal.", cluster, exists.UUID)
	}
	return err
}
