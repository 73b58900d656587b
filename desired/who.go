package desired

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// Permission says what one principal may do on one cluster.
type Permission struct {
	Principal   string `json:"principal"`
	Name        string `json:"name,omitempty"` // of the principal in the file
	Cluster     string `json:"cluster"`
	ClusterUUID string `json:"clusterUuid"`
	Entry       string `json:"entry"` // UUID
	Grants
}

// Filter picks permissions. Empty fields pick all.
type Filter struct {
	Principal string // name or NRN, or a pattern
	Policy    string // type, or a pattern
	Cluster   string // name or UUID, or a pattern
}

// Check returns an error if a pattern is malformed.
func (f Filter) Check() error {
	for _, pattern := range []string{f.Principal, f.Policy, f.Cluster} {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("%q is not a pattern (want * for any text, ? for any character, [a-z] for some)", pattern)
		}
	}
	return nil
}

// Takes reports whether the filter picks the cluster.
func (f Filter) Takes(state State) bool {
	return matches(f.Cluster, state.Name, state.Cluster.Name, state.Cluster.UUID)
}

// Who lists who may enter the clusters that were read, by principal and cluster. Names of
// principals come from the file, which may be empty. The error names clusters that could not be
// read; the list is not complete then.
func (f *File) Who(states []State, filter Filter) ([]Permission, error) {
	if err := filter.Check(); err != nil {
		return nil, err
	}
	names := f.names()
	list := []Permission{}
	var failed []error
	for _, state := range states {
		if state.Err != nil {
			failed = append(failed, fmt.Errorf("cluster %q: %w", state.Name, state.Err))
			continue
		}
		if !filter.Takes(state) {
			continue
		}
		for _, entry := range state.Entries {
			name := names[entry.Principal]
			types := make([]string, len(entry.Policies))
			for i, policy := range entry.Policies {
				types[i] = policy.Type
			}
			if matchesNRN(filter.Principal, entry.Principal, name) && (filter.Policy == "" || matches(filter.Policy, types...)) {
				list = append(list, Permission{entry.Principal, name, state.Name, state.Cluster.UUID, entry.UUID, grantsOf(entry)})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Permission) int {
		return strings.Compare(a.Name+"\x00"+a.Principal, b.Name+"\x00"+b.Principal)
	})
	return list, joined(failed)
}

// matches reports whether one of the texts is, or fits, the pattern. An empty pattern fits all.
func matches(pattern string, texts ...string) bool {
	return pattern == "" || slices.ContainsFunc(texts, func(text string) bool {
		ok, _ := path.Match(pattern, text)
		return ok || text == pattern
	})
}

// matchesNRN is matches for a principal. In the NRN * stands for any text, also with a slash.
func matchesNRN(pattern, nrn, name string) bool {
	ok, _ := path.Match(strings.ReplaceAll(pattern, "/", ":"), strings.ReplaceAll(nrn, "/", ":"))
	return ok || matches(pattern, nrn, name)
}

// All returns a file that lists the clusters and has no rules. A cluster is listed by its name, or
// by its UUID if the name does not identify it.
func All(clusters []access.Cluster, region, profile string) *File {
	named := map[string]int{}
	for _, cluster := range clusters {
		named[cluster.Name]++
	}
	file := &File{}
	for _, cluster := range clusters {
		name := cluster.Name
		if name == "" || named[name] > 1 || access.IsUUID(name) {
			name = cluster.UUID
		}
		file.Clusters = append(file.Clusters, Cluster{Name: name, Region: region, Profile: profile, Others: KeepOthers})
	}
	return file
}
