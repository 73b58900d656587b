package desired

import (
	"github.com/nks-access/nks-access/access"
)

// Unmentioned is a cluster that a file does not mention, in a region that was read for the file.
type Unmentioned struct {
	Name    string `json:"name"`
	UUID    string `json:"uuid"`
	Region  string `json:"region,omitempty"`
	Profile string `json:"profile,omitempty"`
}

// findNeighbours notes the clusters that no target mentions, by name or UUID. It ignores endpoints that
// cannot be read: their clusters have errors.
func (a accounts) findNeighbours(observed []Observed, targets []Target) {
	mentioned := map[string]bool{} // by UUID
	for _, target := range targets {
		for _, cluster := range a[endpointOf(target)].candidates(target) {
			mentioned[sameID(cluster.UUID)] = true
		}
	}
	neighbours := map[endpoint][]access.Cluster{}
	for at, reached := range a {
		for _, cluster := range reached.clusters {
			if !mentioned[sameID(cluster.UUID)] {
				neighbours[at] = append(neighbours[at], cluster)
			}
		}
	}
	for i := range observed {
		observed[i].neighbours = neighbours[endpointOf(observed[i].Spec)]
	}
}

// unmentioned returns the neighbours of all clusters, each once.
func unmentioned(observed []Observed) []Unmentioned {
	var list []Unmentioned
	seen := map[string]bool{}
	done := map[endpoint]bool{}
	for _, o := range observed {
		at := endpointOf(o.Spec)
		if done[at] {
			continue
		}
		done[at] = true
		for _, cluster := range o.neighbours {
			id := sameID(cluster.UUID)
			if !seen[id] {
				seen[id] = true
				list = append(list, Unmentioned{cluster.Name, cluster.UUID, cluster.RegionCode, at.profile})
			}
		}
	}
	return list
}
