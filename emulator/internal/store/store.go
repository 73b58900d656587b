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
	ErrNoEntry = errors.New("no such entry")
	ErrTaken   = errors.New("the UUID is taken")
)

// ExistsError says that a principal has an entry on the cluster already.
type ExistsError struct{ UUID string }

func (e *ExistsError) Error() string { return "the principal has entry " + e.UUID }

// Store implements emulator.Store, which says what its methods do.
type Store struct {
	changing sync.Mutex         // held during a change, and during its write to the file
	mu       sync.RWMutex       // a change holds it only while it changes memory, so reads do not wait for the disk
	clusters map[string]cluster // by UUID
	last     uint64             // the number of the last entry
	file     *file              // nil if there is none
}

type cluster struct {
	authType string
	entries  map[string]stored // by UUID
	owned    map[string]string // UUIDs of entries by principal
}

// stored is an entry and its number. Entries are listed in the order of their numbers.
type stored struct {
	Number uint64 `json:"number"`
	nks.AccessEntry
}

// NewMemory returns an empty store without a file.
func NewMemory() *Store { return &Store{clusters: map[string]cluster{}} }

// List returns the entries of a cluster in the order of their creation.
func (s *Store) List(id string) ([]nks.AccessEntry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	byNumber := func(a, b stored) int { return cmp.Compare(a.Number, b.Number) }
	entries := []nks.AccessEntry{}
	for _, entry := range slices.SortedFunc(maps.Values(s.clusters[id].entries), byNumber) {
		entries = append(entries, entry.AccessEntry)
	}
	return entries, nil
}

// Get returns an entry.
func (s *Store) Get(id, uuid string) (nks.AccessEntry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	entry, err := s.clusters[id].find(uuid)
	return entry.AccessEntry, err
}

func (c cluster) find(uuid string) (stored, error) {
	if entry, ok := c.entries[uuid]; ok {
		return entry, nil
	}
	return stored{}, ErrNoEntry
}

// Create stores an entry.
func (s *Store) Create(id string, entry nks.AccessEntry) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	c := s.clusters[id]
	if uuid := c.owned[entry.Entry]; uuid != "" {
		return &ExistsError{uuid}
	}
	if _, taken := c.entries[entry.UUID]; taken {
		return ErrTaken
	}
	return s.put(id, c.authType, stored{s.last + 1, entry})
}

// Update lets change replace fields of an entry.
func (s *Store) Update(id, uuid string, change func(*nks.AccessEntry)) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	c := s.clusters[id]
	entry, err := c.find(uuid)
	if err != nil {
		return err
	}
	change(&entry.AccessEntry)
	return s.put(id, c.authType, entry)
}

// Delete removes an entry.
func (s *Store) Delete(id, uuid string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	c := s.clusters[id]
	entry, err := c.find(uuid)
	if err == nil {
		err = s.file.remove(id, uuid)
	}
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(c.entries, uuid)
	delete(c.owned, entry.Entry)
	return nil
}

// Plant creates entries on a cluster that the store does not know yet.
func (s *Store) Plant(id string, entries []nks.AccessEntry) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	owned := map[string]string{}
	var planted []stored
	for _, entry := range entries {
		if uuid, twice := owned[entry.Entry]; twice {
			return &ExistsError{uuid}
		}
		owned[entry.Entry] = entry.UUID
		planted = append(planted, stored{s.last + 1 + uint64(len(planted)), entry})
	}
	if _, known := s.clusters[id]; known {
		return nil
	}
	return s.put(id, "", planted...)
}

// AuthType returns the auth type that SetAuthType stored.
func (s *Store) AuthType(id string) (string, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.clusters[id].authType, nil
}

// SetAuthType stores the auth type of a cluster.
func (s *Store) SetAuthType(id, authType string) error {
	s.changing.Lock()
	defer s.changing.Unlock()
	return s.put(id, authType)
}

// put stores the auth type of a cluster, and new or changed entries.
func (s *Store) put(id, authType string, entries ...stored) error {
	if err := s.file.put(id, authType, entries); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, known := s.clusters[id]
	if !known {
		c = cluster{entries: map[string]stored{}, owned: map[string]string{}}
	}
	c.authType = authType
	for _, entry := range entries {
		c.entries[entry.UUID], c.owned[entry.Entry] = entry, entry.UUID
		s.last = max(s.last, entry.Number)
	}
	s.clusters[id] = c
	return nil
}

// Clear removes everything.
func (s *Store) Clear() error {
	s.changing.Lock()
	defer s.changing.Unlock()
	if err := s.file.clear(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.clusters)
	s.last = 0
	return nil
}

// Close closes the file.
func (s *Store) Close() error { return s.file.close() }
