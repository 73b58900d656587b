package store

import (
	"maps"
	"slices"
	"sync"
)

// memory is the backend in memory. It is its own transaction: the methods of Store make one change
// each, after all checks.
type memory struct {
	mu       sync.RWMutex
	clusters map[string]memoryCluster // by UUID
	count    uint64                   // of all entries so far
}

type memoryCluster struct {
	authType string
	entries  map[string]stored // by UUID
	owned    map[string]string // UUIDs by principal
}

// NewMemory returns an empty store in memory.
func NewMemory() *Store { return &Store{&memory{clusters: map[string]memoryCluster{}}} }

func (m *memory) view(do func(transaction) error) error {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return do(m)
}

func (m *memory) update(do func(transaction) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return do(m)
}

func (m *memory) Close() error { return nil }

func (m *memory) get(cluster, uuid string) (stored, error) {
	if entry, ok := m.clusters[cluster].entries[uuid]; ok {
		return entry, nil
	}
	return stored{}, ErrNoEntry
}

func (m *memory) list(cluster string) ([]stored, error) {
	return slices.Collect(maps.Values(m.clusters[cluster].entries)), nil
}

func (m *memory) owned(cluster, principal string) string { return m.clusters[cluster].owned[principal] }

func (m *memory) put(cluster string, entry stored) error {
	if entry.Number == 0 {
		m.count++
		entry.Number = m.count
	}
	if _, known := m.clusters[cluster]; !known {
		_ = m.setCluster(cluster, "") // never fails
	}
	m.clusters[cluster].entries[entry.UUID] = entry
	m.clusters[cluster].owned[entry.Entry] = entry.UUID
	return nil
}

func (m *memory) remove(cluster string, entry stored) error {
	delete(m.clusters[cluster].entries, entry.UUID)
	delete(m.clusters[cluster].owned, entry.Entry)
	return nil
}

func (m *memory) cluster(uuid string) (authType string, known bool) {
	c, known := m.clusters[uuid]
	return c.authType, known
}

func (m *memory) setCluster(uuid, authType string) error {
	c, known := m.clusters[uuid]
	if !known {
		c = memoryCluster{entries: map[string]stored{}, owned: map[string]string{}}
	}
	c.authType = authType
	m.clusters[uuid] = c
	return nil
}

func (m *memory) clear() error {
	clear(m.clusters)
	m.count = 0
	return nil
}
