package emulator

import (
	"github.com/nks-access/nks-access/emulator/internal/store"
	"github.com/nks-access/nks-access/gen/nks"
)

// Store keeps access entries, and the auth types of clusters. Its methods are safe for concurrent
// use. It takes any cluster UUID.
type Store interface {
	// List returns the entries of a cluster in the order of their creation.
	List(cluster string) ([]nks.AccessEntry, error)
	// Get returns an entry by its UUID, or ErrNoEntry.
	Get(cluster, entry string) (nks.AccessEntry, error)
	// Create stores an entry under its UUID. It returns an *ExistsError if its principal has an
	// entry on the cluster, and ErrTaken if another entry has its UUID.
	Create(cluster string, entry nks.AccessEntry) error
	// Update lets change replace fields of an entry other than its UUID and principal, or returns
	// ErrNoEntry.
	Update(cluster, entry string, change func(*nks.AccessEntry)) error
	// Delete removes an entry, or returns ErrNoEntry.
	Delete(cluster, entry string) error
	// Plant creates entries on a cluster, all or none. It does nothing if the cluster has, or had,
	// entries in the store.
	Plant(cluster string, entries []nks.AccessEntry) error
	// AuthType returns the auth type that SetAuthType stored for a cluster, "" if it stored none.
	AuthType(cluster string) (string, error)
	// SetAuthType stores the auth type of a cluster.
	SetAuthType(cluster, authType string) error
	// Clear removes everything.
	Clear() error
	// Close closes the store. It is not used afterwards.
	Close() error
}

// The errors of a Store that say what was wrong with a change.
var (
	ErrNoEntry = store.ErrNoEntry // the cluster has no such entry
	ErrTaken   = store.ErrTaken   // another entry of the cluster has the UUID
)

// ExistsError says that a principal has an entry on the cluster already, and has the UUID of that
// entry.
type ExistsError = store.ExistsError

// NewMemory returns an empty store in memory.
func NewMemory() Store { return store.NewMemory() }

// OpenFile returns a store in a file. It creates the file if there is none. A change is on the disk
// when its method returns. OpenFile returns an error if another process has the file open, if an
// emulator did not write it, or if its database, bbolt, finds damage. Bbolt does not find all
// damage.
func OpenFile(path string) (Store, error) {
	file, err := store.OpenFile(path)
	if err != nil {
		return nil, err // not a nil *store.Store in a Store
	}
	return file, nil
}
