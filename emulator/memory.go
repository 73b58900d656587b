package emulator

import (
	"cmp"
	"slices"
	"sync"

	"github.com/nks-access/nks-access/gen/nks"
)

// memory is the store that forgets.
type memory struct {
	mu       sync.RWMutex
	clusters map[string]*memoryCluster // by UUID
	created  int
}

type memoryCluster struct {
	uuid        string
	entries     map[string]*memoryEntry // by UUID; List and Get hand out copies
	byPrincipal map[string]string       // UUIDs, by NRN
}

type memoryEntry struct {
	nks.AccessEntry
	number int // entries are listed in the order of their creation
}

// NewMemory returns a store in memory.
func NewMemory() Store { return &memory{clusters: map[string]*memoryCluster{}} }

func (m *memory) List(cluster string) ([]nks.AccessEntry, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	var stored []*memoryEntry
	if c := m.clusters[cluster]; c != nil {
		stored = make([]*memoryEntry, 0, len(c.entries))
		for _, entry := range c.entries {
			stored = append(stored, entry)
		}
	}
	slices.SortFunc(stored, func(a, b *memoryEntry) int { return cmp.Compare(a.number, b.number) })
	list := make([]nks.AccessEntry, len(stored))
	for i, entry := range stored {
		list[i] = entry.AccessEntry
	}
	return list, nil
}

func (m *memory) Get(cluster, entry string) (nks.AccessEntry, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	_, stored, err := m.find(cluster, entry)
	if err != nil {
		return nks.AccessEntry{}, err
	}
	return stored.AccessEntry, nil
}

func (m *memory) Create(cluster string, entry nks.AccessEntry) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.create(cluster, entry)
}

func (m *memory) create(cluster string, entry nks.AccessEntry) error {
	c := m.clusters[cluster]
	if c == nil {
		c = &memoryCluster{uuid: cluster, entries: map[string]*memoryEntry{}, byPrincipal: map[string]string{}}
		m.clusters[cluster] = c
	}
	if existing, ok := c.byPrincipal[entry.Entry]; ok {
		return &ExistsError{existing}
	}
	if _, taken := c.entries[entry.UUID]; taken {
		return ErrTaken
	}
	m.created++
	if entry.ClusterUUID == c.uuid {
		entry.ClusterUUID = c.uuid // one string for all entries, in place of one for each
	}
	c.entries[entry.UUID] = &memoryEntry{entry, m.created}
	c.byPrincipal[entry.Entry] = entry.UUID
	return nil
}

func (m *memory) Update(cluster, entry string, change func(*nks.AccessEntry)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, stored, err := m.find(cluster, entry)
	if err != nil {
		return err
	}
	change(&stored.AccessEntry)
	return nil
}

func (m *memory) Delete(cluster, entry string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, stored, err := m.find(cluster, entry)
	if err != nil {
		return err
	}
	delete(c.entries, entry)
	delete(c.byPrincipal, stored.Entry)
	return nil
}

func (m *memory) Replace(entries []nks.AccessEntry) error {
	fresh := &memory{clusters: map[string]*memoryCluster{}}
	for _, entry := range entries {
		if err := fresh.create(entry.ClusterUUID, entry); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.clusters, m.created = fresh.clusters, fresh.created
	return nil
}

func (m *memory) Close() error { return nil }

func (m *memory) find(cluster, entry string) (*memoryCluster, *memoryEntry, error) {
	if c := m.clusters[cluster]; c != nil {
		if stored, ok := c.entries[entry]; ok {
			return c, stored, nil
		}
	}
	return nil, nil, ErrNoEntry
}
