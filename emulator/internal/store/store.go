// Package store keeps access entries, and the auth types of clusters, in memory or in a file.
package store

import (
	"cmp"
	"errors"
	"slices"

	"github.com/nks-access/nks-access/gen/nks"
)

// The errors that say what was wrong with a change. Other errors say that the store failed.
var (
	ErrNoEntry = errors.New("no such entry")
	ErrTaken   = errors.New("the UUID is taken")
)

// ExistsError says that a principal has an entry on the cluster already.
type ExistsError struct{ UUID string }

func (e *ExistsError) Error() string { return "the principal has entry " + e.UUID }

// stored is an entry and its number. Entries are listed in the order of their numbers.
type stored struct {
	Number uint64 `json:"number"`
	nks.AccessEntry
}

// Store implements emulator.Store, which says what its methods do, on a backend.
type Store struct{ backend }

// backend runs transactions. An update that returns an error changes nothing.
type backend interface {
	view(func(transaction) error) error
	update(func(transaction) error) error
	Close() error
}

// transaction reads and changes what is stored. It keeps the entry of a principal, too.
type transaction interface {
	get(cluster, uuid string) (stored, error) // or ErrNoEntry
	list(cluster string) ([]stored, error)
	owned(cluster, principal string) (uuid string) // "" if the principal has no entry
	put(cluster string, entry stored) error        // numbers an entry whose number is 0
	remove(cluster string, entry stored) error
	cluster(uuid string) (authType string, known bool)
	setCluster(uuid, authType string) error
	clear() error
}

// List returns the entries of a cluster in the order of their creation.
func (s *Store) List(cluster string) ([]nks.AccessEntry, error) {
	var list []stored
	err := s.view(func(tx transaction) (err error) {
		list, err = tx.list(cluster)
		return err
	})
	slices.SortFunc(list, func(a, b stored) int { return cmp.Compare(a.Number, b.Number) })
	entries := make([]nks.AccessEntry, len(list))
	for i, entry := range list {
		entries[i] = entry.AccessEntry
	}
	return entries, err
}

// Get returns an entry.
func (s *Store) Get(cluster, uuid string) (nks.AccessEntry, error) {
	var found stored
	err := s.view(func(tx transaction) (err error) {
		found, err = tx.get(cluster, uuid)
		return err
	})
	return found.AccessEntry, err
}

// Create stores an entry.
func (s *Store) Create(cluster string, entry nks.AccessEntry) error {
	return s.update(func(tx transaction) error {
		if uuid := tx.owned(cluster, entry.Entry); uuid != "" {
			return &ExistsError{uuid}
		}
		if _, err := tx.get(cluster, entry.UUID); !errors.Is(err, ErrNoEntry) {
			return cmp.Or(err, ErrTaken)
		}
		return tx.put(cluster, stored{AccessEntry: entry})
	})
}

// Update lets change replace fields of an entry.
func (s *Store) Update(cluster, uuid string, change func(*nks.AccessEntry)) error {
	return s.update(func(tx transaction) error {
		found, err := tx.get(cluster, uuid)
		if err != nil {
			return err
		}
		change(&found.AccessEntry)
		return tx.put(cluster, found)
	})
}

// Delete removes an entry.
func (s *Store) Delete(cluster, uuid string) error {
	return s.update(func(tx transaction) error {
		found, err := tx.get(cluster, uuid)
		if err != nil {
			return err
		}
		return tx.remove(cluster, found)
	})
}

// Plant creates entries on a cluster that the store does not know yet.
func (s *Store) Plant(cluster string, entries []nks.AccessEntry) error {
	uuids := map[string]string{} // by principal
	for _, entry := range entries {
		if uuid, twice := uuids[entry.Entry]; twice {
			return &ExistsError{uuid}
		}
		uuids[entry.Entry] = entry.UUID
	}
	return s.update(func(tx transaction) error {
		if _, known := tx.cluster(cluster); known {
			return nil
		}
		for _, entry := range entries {
			if err := tx.put(cluster, stored{AccessEntry: entry}); err != nil {
				return err
			}
		}
		return nil
	})
}

// AuthType returns the auth type that SetAuthType stored.
func (s *Store) AuthType(cluster string) (authType string, err error) {
	err = s.view(func(tx transaction) error {
		authType, _ = tx.cluster(cluster)
		return nil
	})
	return authType, err
}

// SetAuthType stores the auth type of a cluster.
func (s *Store) SetAuthType(cluster, authType string) error {
	return s.update(func(tx transaction) error { return tx.setCluster(cluster, authType) })
}

// Clear removes everything.
func (s *Store) Clear() error { return s.update(transaction.clear) }
