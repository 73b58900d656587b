package desired

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/nks-access/nks-access/access"
)

// Clients returns the client for a region and a profile. Either is "" where the file names none. It
// may be called from many goroutines, and should return the same client for the same arguments.
type Clients func(region, profile string) (*access.Client, error)

// State is what was read of a cluster of the file.
type State struct {
	Name    string // as the file has it
	Cluster access.Cluster
	Entries []access.Entry
	Err     error // why the cluster could not be read
}

// Read reads clusters and their entries, at most parallel at a time. The states have the order of
// the clusters. A cluster that cannot be read has the error in its state.
func Read(ctx context.Context, clusters []Cluster, clients Clients, parallel int) []State {
	states := make([]State, len(clusters))
	accounts := newAccounts(clients)
	each(parallel, len(clusters), func(i int) {
		states[i] = accounts.read(ctx, clusters[i])
	})
	return states
}

// each calls do for 0 to n-1, at most parallel at a time.
func each(parallel, n int, do func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(max(parallel, 1), n) {
		workers.Go(func() {
			for i := range next {
				do(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// accounts lists the clusters of each region and profile once.
type accounts struct {
	clients Clients
	mu      sync.Mutex
	lists   map[[2]string]func(context.Context) ([]access.Cluster, *access.Client, error)
}

func newAccounts(clients Clients) *accounts {
	return &accounts{clients: clients, lists: map[[2]string]func(context.Context) ([]access.Cluster, *access.Client, error){}}
}

// list returns the clusters of a region and profile, and the client for them.
func (a *accounts) list(ctx context.Context, region, profile string) ([]access.Cluster, *access.Client, error) {
	a.mu.Lock()
	key := [2]string{region, profile}
	list := a.lists[key]
	if list == nil {
		var once sync.Once
		var clusters []access.Cluster
		var client *access.Client
		var err error
		list = func(ctx context.Context) ([]access.Cluster, *access.Client, error) {
			once.Do(func() {
				if client, err = a.clients(region, profile); err == nil {
					clusters, err = client.Clusters(ctx)
				}
			})
			return clusters, client, err
		}
		a.lists[key] = list
	}
	a.mu.Unlock()
	return list(ctx)
}

func (a *accounts) read(ctx context.Context, cluster Cluster) State {
	state := State{Name: cluster.Name}
	all, client, err := a.list(ctx, cluster.Region, cluster.Profile)
	if err != nil {
		state.Err = err
		return state
	}
	found := slices.DeleteFunc(slices.Clone(all), func(c access.Cluster) bool { return !strings.EqualFold(c.UUID, cluster.Name) && c.Name != cluster.Name })
	switch len(found) {
	case 0:
		state.Err = fmt.Errorf("find cluster %q: %w: %d clusters are at %s", cluster.Name, access.ErrNotFound, len(all), client.Settings().BaseURL)
		return state
	case 1:
		state.Cluster = found[0]
	default:
		state.Err = fmt.Errorf("find cluster %q: %w: give the UUID in the file", cluster.Name, access.ErrAmbiguous)
		return state
	}
	state.Entries, state.Err = client.List(ctx, state.Cluster.UUID)
	return state
}
