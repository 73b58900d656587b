package emulator

import (
	"cmp"
	"slices"
	"strings"
	"sync"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
)

// store remembers the entries of each cluster, in memory.
type store struct {
	mu       sync.RWMutex
	clusters map[string]*clusterEntries // by UUID
	order    []string                   // UUIDs, as they were given
}

type clusterEntries struct {
	cluster     nks.Cluster
	entries     map[string]*storedEntry // by UUID
	byPrincipal map[string]string       // UUIDs, by NRN
	created     int
}

type storedEntry struct {
	nks.AccessEntry
	number int // entries are listed in the order in which they were created
}

func newStore(clusters []nks.Cluster) *store {
	s := &store{clusters: map[string]*clusterEntries{}}
	for _, cluster := range clusters {
		cluster.UUID = strings.ToLower(cluster.UUID)
		if s.clusters[cluster.UUID] == nil {
			s.order = append(s.order, cluster.UUID)
		}
		s.clusters[cluster.UUID] = &clusterEntries{
			cluster: cluster, entries: map[string]*storedEntry{}, byPrincipal: map[string]string{},
		}
	}
	return s
}

func (s *store) listClusters() []nks.Cluster {
	s.mu.RLock()
	defer s.mu.RUnlock()
	list := make([]nks.Cluster, len(s.order))
	for i, id := range s.order {
		list[i] = s.clusters[id].cluster
	}
	return list
}

func (s *store) cluster(id string) (nks.Cluster, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.clusters[id]
	if c == nil {
		return nks.Cluster{}, clusterNotFound(id)
	}
	return c.cluster, nil
}

func (s *store) list(cluster string) ([]nks.AccessEntry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := s.clusters[cluster]
	if c == nil {
		return nil, clusterNotFound(cluster)
	}
	stored := make([]*storedEntry, 0, len(c.entries))
	for _, entry := range c.entries {
		stored = append(stored, entry)
	}
	slices.SortFunc(stored, func(a, b *storedEntry) int { return cmp.Compare(a.number, b.number) })
	list := make([]nks.AccessEntry, len(stored))
	for i, entry := range stored {
		list[i] = entry.AccessEntry
	}
	return list, nil
}

func (s *store) get(cluster, id string) (nks.AccessEntry, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	entry, err := s.find(cluster, id)
	if err != nil {
		return nks.AccessEntry{}, err
	}
	return entry.AccessEntry, nil
}

// create stores entry under a UUID of its own.
func (s *store) create(cluster string, entry nks.AccessEntry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.clusters[cluster]
	if c == nil {
		return clusterNotFound(cluster)
	}
	if existing, ok := c.byPrincipal[entry.Entry]; ok {
		return entryExists(cluster, existing, entry.Entry)
	}
	entry.UUID, entry.ClusterUUID = uuid.NewString(), cluster
	c.created++
	c.entries[entry.UUID] = &storedEntry{entry, c.created}
	c.byPrincipal[entry.Entry] = entry.UUID
	return nil
}

// update lets change replace fields of the entry. What was handed out before stays as it was.
func (s *store) update(cluster, id string, change func(*nks.AccessEntry)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry, err := s.find(cluster, id)
	if err != nil {
		return err
	}
	change(&entry.AccessEntry)
	return nil
}

func (s *store) delete(cluster, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	entry, err := s.find(cluster, id)
	if err != nil {
		return err
	}
	delete(s.clusters[cluster].entries, id)
	delete(s.clusters[cluster].byPrincipal, entry.Entry)
	return nil
}

func (s *store) find(cluster, id string) (*storedEntry, error) {
	c := s.clusters[cluster]
	if c == nil {
		return nil, clusterNotFound(cluster)
	}
	if entry := c.entries[id]; entry != nil {
		return entry, nil
	}
	return nil, entryNotFound(cluster, id)
}
