package desired

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/nks-access/nks-access/access"
)

// Clients returns the client for a region and a profile. Either is "" if the file does not set it.
// It may be called from many goroutines, and should return the same client for equal arguments.
type Clients func(region, profile string) (*access.Client, error)

// State is what [Read] found for one cluster of the file.
type State struct {
	Name    string // as the file has it
	Cluster access.Cluster
	Entries []access.Entry
	Err     error // why the cluster could not be read
}

// Read reads clusters and their entries, at most parallel at a time. The states have the order of
// the clusters. A cluster that cannot be read has the error in its state.
func Read(ctx context.Context, clusters []Cluster, clients Clients, parallel int) []State {
	accounts := map[[2]string]func() (*account, error){}
	for _, c := range clusters {
		if key := [2]string{c.Region, c.Profile}; accounts[key] == nil {
			accounts[key] = sync.OnceValues(func() (*account, error) { return list(ctx, clients, c.Region, c.Profile) })
		}
	}
	states := make([]State, len(clusters))
	each(parallel, len(clusters), func(i int) {
		c := clusters[i]
		state := State{Name: c.Name}
		var a *account
		if a, state.Err = accounts[[2]string{c.Region, c.Profile}](); state.Err == nil {
			state.Cluster, state.Err = a.find(c.Name)
		}
		if state.Err == nil {
			state.Entries, state.Err = a.client.List(ctx, state.Cluster.UUID)
		}
		states[i] = state
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

// account is what one region and profile can reach.
type account struct {
	client   *access.Client
	clusters []access.Cluster
}

func list(ctx context.Context, clients Clients, region, profile string) (*account, error) {
	client, err := clients(region, profile)
	if err != nil {
		return nil, err
	}
	clusters, err := client.Clusters(ctx)
	return &account{client, clusters}, err
}

// find returns the cluster with a UUID or, if there is none, with a name.
func (a *account) find(nameOrUUID string) (access.Cluster, error) {
	var found []access.Cluster
	for _, c := range a.clusters {
		if strings.EqualFold(c.UUID, nameOrUUID) {
			return c, nil
		}
		if c.Name == nameOrUUID {
			found = append(found, c)
		}
	}
	switch len(found) {
	case 0:
		return access.Cluster{}, fmt.Errorf("find cluster %q: %w: %d clusters are at %s",
			nameOrUUID, access.ErrNotFound, len(a.clusters), a.client.Settings().BaseURL)
	case 1:
		return found[0], nil
	}
	return access.Cluster{}, fmt.Errorf("find cluster %q: %w: give the UUID in the file", nameOrUUID, access.ErrAmbiguous)
}

// withoutTwins returns states in which a cluster that is there twice has an error.
func withoutTwins(states []State) []State {
	names := map[string][]string{} // by UUID
	for _, state := range states {
		if state.Err == nil {
			names[state.Cluster.UUID] = append(names[state.Cluster.UUID], strconv.Quote(state.Name))
		}
	}
	states = slices.Clone(states)
	for i := range states {
		if twins := names[states[i].Cluster.UUID]; states[i].Err == nil && len(twins) > 1 {
			states[i].Err = fmt.Errorf("%s are the same cluster; leave out all but one", strings.Join(twins, " and "))
		}
	}
	return states
}
