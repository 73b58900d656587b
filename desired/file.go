package desired

import (
	"slices"
	"time"

	"github.com/nks-access/nks-access/access"
)

// FileVersion is the version of the file format.
const FileVersion = 1

// File says who may enter which clusters. [Load] returns one without mistakes.
type File struct {
	Principals []Principal
	Clusters   []Target
	Rules      []Rule

	elsewhere []Target              // clusters of the other shards
	meanings  []Meaning             // of the names that were resolved
	called    map[access.NRN]string // what directories call the principals of these names
	inactive  map[access.NRN]bool   // which of them are inactive
	people    *People
}

// Principal is a name for one or more NRNs.
type Principal struct {
	Name      string
	NRNs      []access.NRN
	Names     []Name // whose NRNs belong to it, too; [File.Resolve] adds these
	Unchecked bool   // NRNs of forms that package access does not know are allowed

	// For a file that is written.
	WriteAs Name   // in place of its only NRN, unless it is the zero Name
	Comment string // behind it
}

// Target is a cluster that a file is about.
type Target struct {
	Name    string       // name or UUID
	Region  string       // "" for the default of the client
	Profile string       // "" for the default of the client
	Others  Others       // what happens to entries that no rule names
	Protect []access.NRN // principals that lose nothing

	ProtectNames []Name // the same, by name; [File.Resolve] moves them to Protect
}

// Others says what happens to entries that no rule names.
type Others string

// The values of Others. The empty value means KeepOthers.
const (
	KeepOthers   Others = "keep"   // they stay, and the plan lists them
	IgnoreOthers Others = "ignore" // they stay, and the plan counts them
	RemoveOthers Others = "remove"
)

// Rule says what principals get on clusters. Grants of several rules to one principal add up.
type Rule struct {
	Principals []access.NRN
	Names      []Name   // more principals; [File.Resolve] moves them to Principals
	Clusters   []string // names of clusters of the file
	access.Grants
	Absent bool      // the principals have no entry on the clusters
	Until  time.Time // the rule grants nothing from then on; zero for no end

	at      position
	through map[access.NRN][]string // the groups that a principal is a member of, such as "backend (3 people)"
}

// unchecked returns the NRNs that may be of an unknown form.
func (f *File) unchecked() map[access.NRN]bool {
	unchecked := map[access.NRN]bool{}
	for _, principal := range f.Principals {
		for _, nrn := range principal.NRNs {
			unchecked[nrn] = unchecked[nrn] || principal.Unchecked
		}
	}
	return unchecked
}

// nrnsOf returns the NRNs of a principal, with those of its names that people tell.
func (f *File) nrnsOf(principal Principal) []access.NRN {
	nrns := slices.Clone(principal.NRNs)
	for _, name := range principal.Names {
		nrn := f.people.only(name)
		if nrn != "" {
			nrns = append(nrns, nrn)
		}
	}
	return nrns
}

// Region is the clusters of one region.
type Region struct {
	Code     string // "" for the default of the client
	Clusters []access.Cluster
}

// FileOf returns a file that lists the clusters of regions and has no rules. A cluster is listed by its
// name, or by its UUID if the name does not identify it.
func FileOf(profile string, regions ...Region) *File {
	count := map[string]int{}
	for _, region := range regions {
		for _, cluster := range region.Clusters {
			count[cluster.Name]++
		}
	}
	file := &File{}
	for _, region := range regions {
		for _, cluster := range region.Clusters {
			name := cluster.Name
			if name == "" || count[name] > 1 || access.IsUUID(name) {
				name = cluster.UUID
			}
			target := Target{Name: name, Region: region.Code, Profile: profile, Others: KeepOthers}
			file.Clusters = append(file.Clusters, target)
		}
	}
	return file
}
