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
	clusters map[string]*memoryCluster // by UUID
	count    uint64                    // of all entries so far
}

type memoryCluster struct {
	authType string
	entries  map[string]stored // by UUID
	owned    map[string]string // UUIDs by principal
}

// NewMemory returns an empty store in memory.
func NewMemory() *Store { return &Store{&memory{clusters: map[string]*memoryCluster{}}} }

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

// of returns a cluster for reading.
func (m *memory) of(cluster string) memoryCluster {
	if c := m.clusters[cluster]; c != nil {
		return *c
	}
	return memoryCluster{}
}

func (m *memory) get(cluster, uuid string) (stored, error) {
	entry, ok := m.of(cluster).entries[uuid]
	if !ok {
		return stored{}, ErrNoEntry
	}
	return entry, nil
}

func (m *memory) list(cluster string) ([]stored, error) {
	return slices.Collect(maps.Values(m.of(cluster).entries)), nil
}

func (m *memory) owned(cluster, principal string) string { return m.of(cluster).owned[principal] }

func (m *memory) put(cluster string, entry stored) error {
	if entry.Number == 0 {
		m.count++
		entry.Number = m.count
	}
	if err := m.setCluster(cluster, m.of(cluster).authType); err != nil {
		return err
	}
	c := m.clusters[cluster]
	c.entries[entry.UUID] = entry
	c.owned[entry.Entry] = entry.UUID
	return nil
}

func (m *memory) remove(cluster string, entry stored) error {
	delete(m.clusters[cluster].entries, entry.UUID)
	delete(m.clusters[cluster].owned, entry.Entry)
	return nil
}

func (m *memory) cluster(uuid string) (string, bool) {
	return m.of(uuid).authType, m.clusters[uuid] != nil
}

func (m *memory) setCluster(uuid, authType string) error {
	if m.clusters[uuid] == nil {
		m.clusters[uuid] = &memoryCluster{entries: map[string]stored{}, owned: map[string]string{}}
	}
	m.clusters[uuid].authType = authType
	return nil
}

func (m *memory) clear() error {
	clear(m.clusters)
	m.count = 0
	return nil
}
