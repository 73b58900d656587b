// Package store keeps access entries, and the auth types of clusters, in memory. A store that was
// opened with a file also writes each change to it.
package store

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"sync"

	"github.com/nks-access/nks-access/gen/nks"
)

// The errors that say what was wrong with a change. Other errors say that the file failed.
var (
	ErrNoEntry = errors.New("no such entry")     // the cluster has no entry with the UUID
	ErrTaken   = errors.New("the UUID is taken") // another entry of the cluster has it
)

// ExistsError says that a principal has an entry on the cluster already. It has the UUID of that
// entry.
type ExistsError struct{ UUID string }

func (e *ExistsError) Error() string { return "the principal has entry " + e.UUID }

// Store keeps access entries, and the auth types of clusters. It is safe for concurrent use. It
// takes any cluster UUID.
type Store struct {
	changing sync.Mutex // held during a change, and during its write to the disk

	mu       sync.RWMutex // a change holds it only while it changes memory, so reads do not wait for the disk
	clusters map[string]clusterData
	last     uint64 // the number of the last entry

	disk disk
}

type clusterData struct {
	authType string
	entries  map[string]stored   // by UUID
	owned    map[string][]string // UUIDs of entries by principal
}

// stored is an entry and its number. Entries are listed in the order of their numbers.
type stored struct {
	Number uint64 `json:"number"`
	nks.AccessEntry
}

// change is a change of one cluster.
type change struct {
	cluster  string
	authType string
	remove   []stored
	put      []stored // after the removals
}

// disk keeps what outlasts the process.
type disk interface {
	write(change) error
	clear() error
	close() error
}

// noDisk is the disk of a store in memory.
type noDisk struct{}

func (noDisk) write(change) error { return nil }
func (noDisk) clear() error       { return nil }
func (noDisk) close() error       { return nil }

// NewMemory returns an empty store without a file.
func NewMemory() *Store { return &Store{clusters: map[string]clusterData{}, disk: noDisk{}} }

// List returns the entries of a cluster in the order of their creation.
func (s *Store) List(id string) []nks.AccessEntry {
	list := []nks.AccessEntry{}
	for _, entry := range s.sorted(id) {
		list = append(list, entry.AccessEntry)
	}
	return list
}

func (s *Store) sorted(id string) []stored {
	s.mu.RLock()
	defer s.mu.RUnlock()
	byNumber := func(a, b stored) int { return cmp.Compare(a.Number, b.Number) }
	return slices.SortedFunc(maps.Values(s.clusters[id].entries), byNumber)
}

// Get returns an entry by its UUID, or ErrNoEntry.
func (s *Store) Get(id, uuid string) (nks.AccessEntry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	entry, err := s.clusters[id].find(uuid)
	return entry.AccessEntry, err
}

func (c clusterData) find(uuid string) (stored, error) {
	entry, ok := c.entries[uuid]
	if !ok {
		return stored{}, ErrNoEntry
	}
	return entry, nil
}

// Create stores an entry under its UUID. It returns ErrTaken if another entry has the UUID, and an
// *ExistsError if the principal has an entry and unique is true.
func (s *Store) Create(id string, entry nks.AccessEntry, unique bool) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	c := s.clusters[id]
	if owned := c.owned[entry.Entry]; unique && len(owned) > 0 {
		return &ExistsError{owned[0]}
	}
	if _, taken := c.entries[entry.UUID]; taken {
		return ErrTaken
	}
	return s.apply(change{cluster: id, authType: c.authType, put: s.numbered([]nks.AccessEntry{entry})})
}

// numbered gives the next numbers to entries.
func (s *Store) numbered(entries []nks.AccessEntry) []stored {
	var list []stored
	for i, entry := range entries {
		list = append(list, stored{s.last + 1 + uint64(i), entry})
	}
	return list
}

// Update lets edit replace fields of an entry other than its UUID and principal. It returns
// ErrNoEntry if there is no such entry.
func (s *Store) Update(id, uuid string, edit func(*nks.AccessEntry)) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	c := s.clusters[id]
	entry, err := c.find(uuid)
	if err != nil {
		return err
	}
	edit(&entry.AccessEntry)
	return s.apply(change{cluster: id, authType: c.authType, put: []stored{entry}})
}

// Delete removes an entry. It returns ErrNoEntry if there is none.
func (s *Store) Delete(id, uuid string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	c := s.clusters[id]
	entry, err := c.find(uuid)
	if err != nil {
		return err
	}
	return s.apply(change{cluster: id, authType: c.authType, remove: []stored{entry}})
}

// Plant creates entries on a cluster, all or none. It does nothing if the cluster has, or had,
// entries in the store.
func (s *Store) Plant(id string, entries []nks.AccessEntry) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if _, known := s.clusters[id]; known {
		return nil
	}
	return s.apply(change{cluster: id, put: s.numbered(entries)})
}

// Replace removes the entries of a cluster and creates others, all or none. A principal may have more
// than one of them.
func (s *Store) Replace(id string, entries []nks.AccessEntry) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.apply(change{
		cluster: id, authType: s.clusters[id].authType, remove: s.sorted(id), put: s.numbered(entries),
	})
}

// AuthType returns the auth type that SetAuthType stored for a cluster, "" if it stored none.
func (s *Store) AuthType(id string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.clusters[id].authType
}

// SetAuthType stores the auth type of a cluster.
func (s *Store) SetAuthType(id, authType string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.apply(change{cluster: id, authType: authType})
}

// apply makes a change on the disk, and then in memory. After an error of the disk, memory has what
// is on the disk: a failed write may still be there.
func (s *Store) apply(made change) error {
	if err := s.disk.write(made); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remember(made)
	return nil
}

// remember makes a change in memory. The caller holds the lock.
func (s *Store) remember(made change) {
	c, known := s.clusters[made.cluster]
	if !known {
		c = clusterData{entries: map[string]stored{}, owned: map[string][]string{}}
	}
	c.authType = made.authType
	for _, entry := range made.remove {
		c.forget(entry)
	}
	for _, entry := range made.put {
		if _, updated := c.entries[entry.UUID]; !updated {
			c.owned[entry.Entry] = append(c.owned[entry.Entry], entry.UUID)
		}
		c.entries[entry.UUID] = entry
		s.last = max(s.last, entry.Number)
	}
	s.clusters[made.cluster] = c
}

func (c clusterData) forget(entry stored) {
	delete(c.entries, entry.UUID)
	left := slices.DeleteFunc(c.owned[entry.Entry], func(uuid string) bool { return uuid == entry.UUID })
	c.owned[entry.Entry] = left
	if len(left) == 0 {
		delete(c.owned, entry.Entry)
	}
}

// Clear removes everything.
func (s *Store) Clear() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.disk.clear(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.clusters)
	s.last = 0
	return nil
}

// Close closes the file. The store is not used afterwards.
func (s *Store) Close() error { return s.disk.close() }
