package emulator

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/gen/nks"
)

func (e *Emulator) listClusters() ([]nks.Cluster, error) {
	list := make([]nks.Cluster, len(e.clusters))
	for i, cluster := range e.clusters {
		var err error
		if list[i], err = e.present(cluster); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// cluster returns a cluster, or the response for a cluster that does not exist.
func (e *Emulator) cluster(id string) (nks.Cluster, error) {
	i := slices.IndexFunc(e.clusters, func(cluster nks.Cluster) bool { return cluster.UUID == id })
	if i < 0 {
		return nks.Cluster{}, contract.Errorf(http.StatusNotFound, "There is no cluster %s.", id)
	}
	return e.present(e.clusters[i])
}

// present returns the cluster with its present auth type and status. The store has the auth types
// that were changed.
func (e *Emulator) present(cluster nks.Cluster) (nks.Cluster, error) {
	authType, err := e.store.AuthType(cluster.UUID)
	cluster.AuthType = cmp.Or(authType, cluster.AuthType)
	e.changing.Lock()
	defer e.changing.Unlock()
	return e.withStatus(cluster), err
}

// withStatus returns the cluster with its present status. The caller holds the lock.
func (e *Emulator) withStatus(cluster nks.Cluster) nks.Cluster {
	if e.clock().Before(e.busyUntil[cluster.UUID]) {
		cluster.Status = "WORKING"
	}
	return cluster
}

// endChanges makes all clusters ready for the next change.
func (e *Emulator) endChanges() {
	e.changing.Lock()
	defer e.changing.Unlock()
	clear(e.busyUntil)
}

// changeEntries changes the entries of a cluster with authType API.
func (e *Emulator) changeEntries(id string, do func() error) error {
	cluster, err := e.cluster(id)
	if err == nil && cluster.AuthType == "CONFIG_MAP" {
		err = contract.Errorf(http.StatusBadRequest,
			"Cluster %s has authType CONFIG_MAP. Access entries need authType API.", id)
	}
	if err != nil {
		return err
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
	e.changing.Lock()
	cluster = e.withStatus(cluster)
	ready := !slices.Contains([]string{"WORKING", "CREATING", "DELETING"}, cluster.Status)
	busy := e.Faults().Busy
	if ready && busy > 0 {
		e.busyUntil[cluster.UUID] = e.clock().Add(busy)
	}
	e.changing.Unlock()
	if !ready {
		const words = "Cluster %s is %s. It takes changes when it is RUNNING or NO_NODE."
		return contract.Errorf(http.StatusConflict, words, cluster.UUID, cluster.Status)
	}
	err := do()
	if err != nil && busy > 0 {
		e.changing.Lock()
		defer e.changing.Unlock()
		delete(e.busyUntil, cluster.UUID)
	}
	return err
}
