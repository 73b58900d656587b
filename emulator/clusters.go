package emulator

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/gen/nks"
)

// configMap is the auth type of a cluster without access entries.
const configMap = "CONFIG_MAP"

func (e *Emulator) listClusters() []nks.Cluster {
	list := []nks.Cluster{}
	for _, cluster := range e.clusters {
		list = append(list, e.current(cluster))
	}
	return list
}

// cluster returns a cluster, or the response for a cluster that does not exist.
func (e *Emulator) cluster(id string) (nks.Cluster, error) {
	i := slices.IndexFunc(e.clusters, func(cluster nks.Cluster) bool { return cluster.UUID == id })
	if i < 0 {
		return nks.Cluster{}, contract.Errorf(http.StatusNotFound, "There is no cluster %s.", id)
	}
	return e.current(e.clusters[i]), nil
}

// current returns a cluster of the options with its current auth type and status. The store has the
// auth types that were changed.
func (e *Emulator) current(cluster nks.Cluster) nks.Cluster {
	cluster.AuthType = cmp.Or(e.store.AuthType(cluster.UUID), cluster.AuthType)
	e.changing.Lock()
	defer e.changing.Unlock()
	return e.withStatus(cluster)
}

// withStatus returns the cluster with its current status. The caller holds the lock.
func (e *Emulator) withStatus(cluster nks.Cluster) nks.Cluster {
	if e.clock().Before(e.busyUntil[cluster.UUID]) {
		cluster.Status = "WORKING"
	}
	return cluster
}

// endChanges makes all clusters ready for the next change, and shows all changes.
func (e *Emulator) endChanges() {
	e.changing.Lock()
	defer e.changing.Unlock()
	clear(e.busyUntil)
	clear(e.stale)
}

// staleList is a list of entries from before a change, which the fault lag shows for a while.
type staleList struct {
	entries []nks.AccessEntry
	until   time.Time
}

// listEntries returns the entries of a cluster as the API lists them.
func (e *Emulator) listEntries(cluster string) []nks.AccessEntry {
	e.changing.Lock()
	old, ok := e.stale[cluster]
	e.changing.Unlock()
	if ok && e.clock().Before(old.until) {
		return slices.Clone(old.entries)
	}
	return e.store.List(cluster)
}

// holdList shows the list as it is now for some time. It returns a function that undoes this.
func (e *Emulator) holdList(cluster string, lag time.Duration) (undo func()) {
	now := e.listEntries(cluster)
	e.changing.Lock()
	defer e.changing.Unlock()
	before, held := e.stale[cluster]
	e.stale[cluster] = staleList{now, e.clock().Add(lag)}
	return func() {
		e.changing.Lock()
		defer e.changing.Unlock()
		delete(e.stale, cluster)
		if held {
			e.stale[cluster] = before
		}
	}
}

// changeEntries changes the entries of a cluster with authType API.
func (e *Emulator) changeEntries(id string, do func() error) error {
	cluster, err := e.cluster(id)
	if err != nil {
		return err
	}
	if cluster.AuthType == configMap {
		const words = "Cluster %s has authType %s. Access entries need authType API."
		return contract.Errorf(http.StatusBadRequest, words, id, configMap)
	}
	return e.change(cluster, do)
}

func (e *Emulator) setAuthType(id, authType string) error {
	cluster, err := e.cluster(id)
	if err != nil || cluster.AuthType == authType {
		return err
	}
	return e.change(cluster, func() error { return e.store.SetAuthType(id, authType) })
}

// change makes a change, unless the cluster is busy with another one. With the fault busy the
// cluster is busy from the beginning of the change.
func (e *Emulator) change(cluster nks.Cluster, do func() error) error {
	faults := e.Faults()
	if err := e.occupy(cluster, faults.Busy); err != nil {
		return err
	}
	showChange := func() {}
	if faults.Lag > 0 {
		showChange = e.holdList(cluster.UUID, faults.Lag)
	}
	err := do()
	if err != nil {
		showChange()
		e.release(cluster, faults.Busy)
	}
	return err
}

// release makes a cluster ready again that occupy made busy.
func (e *Emulator) release(cluster nks.Cluster, busy time.Duration) {
	if busy == 0 {
		return
	}
	e.changing.Lock()
	defer e.changing.Unlock()
	delete(e.busyUntil, cluster.UUID)
}

// occupy makes a cluster busy for some time. It returns the response for a cluster that is not ready.
func (e *Emulator) occupy(cluster nks.Cluster, busy time.Duration) error {
	e.changing.Lock()
	defer e.changing.Unlock()
	cluster = e.withStatus(cluster)
	switch cluster.Status {
	case "WORKING", "CREATING", "DELETING":
		const words = "Cluster %s is %s. It takes changes when it is RUNNING or NO_NODE."
		return contract.Errorf(http.StatusConflict, words, cluster.UUID, cluster.Status)
	}
	if busy > 0 {
		e.busyUntil[cluster.UUID] = e.clock().Add(busy)
	}
	return nil
}
