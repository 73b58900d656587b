package desired

import (
	"context"
	"errors"
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

// Observed is what [File.Read] found for one cluster of the file.
type Observed struct {
	Spec    Target // as the file has it
	Cluster access.Cluster
	Entries []access.Entry
	Err     error // why the cluster could not be read

	twins      []string         // names of the same cluster in other shards
	neighbours []access.Cluster // clusters of the same region and profile that the file does not mention
}

// Read reads the clusters of the file and their entries, at most parallel at a time. The result has
// the order of the clusters. A cluster that cannot be read has an error. The entries of all clusters may
// take 96 MiB, so that no list makes the program run out of memory. Clusters beyond that have the
// error [ErrTooMuch].
func (f *File) Read(ctx context.Context, clients Clients, parallel int) []Observed {
	r := listAccounts(ctx, slices.Concat(f.Clusters, f.elsewhere), clients, parallel)
	observed := make([]Observed, len(f.Clusters))
	ctx, left := newVolume(ctx)
	defer left.stop()
	each(parallel, len(f.Clusters), func(i int) {
		observed[i] = r.read(ctx, f.Clusters[i], left)
	})
	r.findTwins(observed, f.elsewhere)
	r.findNeighbours(observed, slices.Concat(f.Clusters, f.elsewhere))
	return observed
}

// endpoint is the region and the profile that reach a cluster.
type endpoint struct{ region, profile string }

func endpointOf(target Target) endpoint { return endpoint{target.Region, target.Profile} }

// account is what one endpoint can reach.
type account struct {
	client   *access.Client
	clusters []access.Cluster
	byName   map[string][]access.Cluster
	byUUID   map[string][]access.Cluster // in lower case
	err      error
}

// accounts are what the targets of a file can reach.
type accounts map[endpoint]*account

// listAccounts lists the clusters of each endpoint once.
func listAccounts(ctx context.Context, targets []Target, clients Clients, parallel int) accounts {
	all := accounts{}
	var endpoints []endpoint
	for _, target := range targets {
		at := endpointOf(target)
		if all[at] == nil {
			all[at] = &account{}
			endpoints = append(endpoints, at)
		}
	}
	each(parallel, len(endpoints), func(i int) {
		at := endpoints[i]
		*all[at] = listAccount(ctx, clients, at)
	})
	return all
}

func listAccount(ctx context.Context, clients Clients, at endpoint) account {
	client, err := clients(at.region, at.profile)
	if err != nil {
		return account{err: err}
	}
	clusters, err := client.Clusters(ctx)
	byName := make(map[string][]access.Cluster, len(clusters))
	byUUID := make(map[string][]access.Cluster, len(clusters))
	for _, cluster := range clusters {
		id := sameID(cluster.UUID)
		byName[cluster.Name] = append(byName[cluster.Name], cluster)
		byUUID[id] = append(byUUID[id], cluster)
	}
	return account{client, clusters, byName, byUUID, err}
}

// candidates returns the clusters that have the name or the UUID of a target.
func (a *account) candidates(target Target) []access.Cluster {
	return slices.Concat(a.byUUID[sameID(target.Name)], a.byName[target.Name])
}

// find returns the cluster of a target, and the client for it.
func (a accounts) find(target Target) (*access.Client, access.Cluster, error) {
	reached := a[endpointOf(target)]
	if reached.err != nil {
		return nil, access.Cluster{}, reached.err
	}
	candidates := reached.candidates(target)
	if len(candidates) == 0 {
		missing := &access.ClusterNotFoundError{NameOrUUID: target.Name, Clusters: reached.clusters}
		return reached.client, access.Cluster{}, missing
	}
	cluster, err := access.FindCluster(candidates, target.Name)
	return reached.client, cluster, err
}

func (a accounts) read(ctx context.Context, target Target, left *volume) Observed {
	client, cluster, err := a.find(target)
	if err == nil {
		err = left.room()
	}
	if err != nil {
		return Observed{Spec: target, Cluster: cluster, Err: err}
	}
	entries, err := client.List(ctx, cluster.UUID)
	if err := left.take(entries, err); err != nil {
		return Observed{Spec: target, Cluster: cluster, Err: err}
	}
	return Observed{Spec: target, Cluster: cluster, Entries: entries}
}

// findTwins notes clusters that other shards have under another name. It ignores endpoints that
// cannot be read: their shards fail.
func (a accounts) findTwins(observed []Observed, elsewhere []Target) {
	names := map[string][]string{} // by UUID
	for _, target := range elsewhere {
		_, cluster, err := a.find(target)
		if err == nil {
			key := strings.ToLower(cluster.UUID)
			names[key] = append(names[key], target.Name)
		}
	}
	for i := range observed {
		observed[i].twins = names[strings.ToLower(observed[i].Cluster.UUID)]
	}
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

// Unique returns the clusters that were observed, each once, under the name that comes first.
func Unique(observed []Observed) []Observed {
	seen := map[string]bool{}
	var unique []Observed
	for _, o := range observed {
		key := strings.ToLower(o.Cluster.UUID)
		if o.Err == nil && key != "" {
			if seen[key] {
				continue
			}
			seen[key] = true
		}
		unique = append(unique, o)
	}
	return unique
}

// FailDuplicates returns observed with an error for each cluster that is listed more than once, such
// as by name and by UUID. A file with both could contradict itself.
func FailDuplicates(observed []Observed) []Observed {
	names := map[string][]string{} // by UUID
	for _, o := range observed {
		key := strings.ToLower(o.Cluster.UUID)
		if o.Err == nil && key != "" {
			names[key] = append(names[key], o.Spec.Name)
		}
	}
	checked := slices.Clone(observed)
	for i := range checked {
		o := &checked[i]
		all := slices.Concat(names[strings.ToLower(o.Cluster.UUID)], o.twins)
		if o.Err == nil && len(all) > 1 {
			o.Err = &DuplicateClusterError{all}
		}
	}
	return checked
}

// DuplicateClusterError says that a file lists one cluster under several names.
type DuplicateClusterError struct{ Names []string }

func (e *DuplicateClusterError) Error() string {
	quoted := make([]string, len(e.Names))
	for i, name := range e.Names {
		quoted[i] = strconv.Quote(name)
	}
	return strings.Join(quoted, " and ") + " are the same cluster; list it once"
}

// aboutCluster returns err with the name of the cluster, unless it says the name itself.
func aboutCluster(name string, err error) error {
	var missing *access.ClusterNotFoundError
	if errors.As(err, &missing) || errors.Is(err, access.ErrAmbiguous) {
		return err
	}
	return fmt.Errorf("cluster %q: %w", name, err)
}
