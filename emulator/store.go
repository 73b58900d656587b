package emulator

import (
	"errors"

	"github.com/nks-access/nks-access/gen/nks"
)

// Store keeps the access entries of clusters. All its methods are safe for concurrent use, and what one has returned from is
// there for all that follow. It does not know which clusters there are: any UUID will do.
type Store interface {
	// List returns the entries of a cluster in the order in which they were created.
	List(cluster string) ([]nks.AccessEntry, error)
	// Get returns an entry by its UUID, or ErrNoEntry.
	Get(cluster, entry string) (nks.AccessEntry, error)
	// Create stores an entry under its UUID. It returns *ExistsError when its principal has one on the cluster, and ErrTaken
	// when another has the UUID.
	Create(cluster string, entry nks.AccessEntry) error
	// Update lets change replace fields of an entry, and stores it; or returns ErrNoEntry. It never changes UUID or principal.
	Update(cluster, entry string, change func(*nks.AccessEntry)) error
	// Delete removes an entry, or returns ErrNoEntry.
	Delete(cluster, entry string) error
	// Replace removes every entry of every cluster and stores these in place of them, on the clusters that they name, all in
	// one step.
	Replace(entries []nks.AccessEntry) error
	// Close gives up what the store holds. It is not used afterwards.
	Close() error
}

// ErrNoEntry says that a cluster has no such entry.
var ErrNoEntry = errors.New("no such entry")

// ErrTaken says that a UUID is that of another entry of the cluster.
var ErrTaken = errors.New("the UUID is taken")

// ExistsError says that a principal has an entry on a cluster already.
type ExistsError struct{ UUID string }

func (e *ExistsError) Error() string { return "the principal has entry " + e.UUID }
