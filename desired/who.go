package desired

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// Permission says what one principal may do on one cluster.
type Permission struct {
	Principal   access.NRN `json:"principal"`
	Name        string     `json:"name,omitempty"`  // of the principal in the file
	Label       string     `json:"label,omitempty"` // all names, or which NRN of the name, where Name does not tell
	Cluster     string     `json:"cluster"`
	ClusterUUID string     `json:"clusterUuid"`
	Entry       string     `json:"entry"`              // UUID
	Username    string     `json:"username,omitempty"` // see access.Entry

	PrincipalName string `json:"principalName,omitempty"` // in the directory
	Status        Status `json:"status,omitempty"`        // what is known against the principal
	access.Grants
}

// Filter selects permissions. An empty field matches all.
type Filter struct {
	Principal string   // name, NRN or name in the directory, or a pattern
	Policy    string   // type, or a pattern
	Clusters  []string // names or UUIDs, or patterns
	Stale     bool     // only entries whose principal is gone or inactive
}

// Validate returns an error if a pattern is malformed.
func (f Filter) Validate() error {
	for _, pattern := range append([]string{f.Principal, f.Policy}, f.Clusters...) {
		if err := checkPattern(pattern); err != nil {
			return err
		}
	}
	return nil
}

// Match reports whether the filter matches the cluster.
func (f Filter) Match(o Observed) bool {
	return matchesAny(f.Clusters, o.Spec.Name, o.Cluster.Name, o.Cluster.UUID)
}

// excludes reports whether the filter does not match the cluster for certain. Of a cluster that was not
// found, nobody knows both the name and the UUID.
func (f Filter) excludes(o Observed) bool {
	if f.Match(o) {
		return false
	}
	byUUID := access.IsUUID(o.Spec.Name) || slices.ContainsFunc(f.Clusters, access.IsUUID)
	return o.Cluster.UUID != "" || !byUUID
}

// uuidPattern matches what could be a UUID, or a pattern of one.
var uuidPattern = regexp.MustCompile(`^[0-9A-Fa-f*?\[\]^\\-]*$`)

// Possible returns the clusters that may match the filter, as far as that is known before they are read:
// it is not for a name in the filter and a UUID in the file, or the other way round.
func (f Filter) Possible(clusters []Target) []Target {
	byUUID := slices.ContainsFunc(f.Clusters, uuidPattern.MatchString)
	var possible []Target
	for _, target := range clusters {
		if byUUID || access.IsUUID(target.Name) || matchesAny(f.Clusters, target.Name) {
			possible = append(possible, target)
		}
	}
	return possible
}

// matchEntry reports whether the filter matches an entry, whose principal has names in the file and in
// the directory.
func (f Filter) matchEntry(entry access.Entry, names ...string) bool {
	isPrincipal := matchesNRN(f.Principal, entry.Principal) || matches(f.Principal, names...)
	if !isPrincipal {
		return false
	}
	if f.Policy == "" {
		return true
	}
	return slices.ContainsFunc(entry.Policies, func(p access.Policy) bool { return matches(f.Policy, string(p.Type)) })
}

// Who returns who may enter the clusters that were read, by principal and cluster. A cluster that is
// listed more than once counts once; see [Unique]. Names of principals come from the file, which may
// be empty. The error says that a pattern is malformed, or names clusters that could not be read; the
// list is not complete then.
func (f *File) Who(observed []Observed, filter Filter) ([]Permission, error) {
	if err := filter.Validate(); err != nil {
		return nil, err
	}
	called := f.labels()
	list := []Permission{}
	var failed []error
	for _, o := range Unique(observed) {
		if filter.excludes(o) {
			continue
		}
		if o.Err != nil {
			failed = append(failed, aboutCluster(o.Spec.Name, o.Err))
			continue
		}
		for _, entry := range o.Entries {
			permission := Permission{
				Principal:     entry.Principal,
				Name:          called[entry.Principal].name(),
				Label:         called[entry.Principal].text(),
				PrincipalName: f.nameOf(entry.Principal),
				Status:        f.people.Status(entry.Principal),
				Cluster:       o.Spec.Name,
				ClusterUUID:   o.Cluster.UUID,
				Entry:         entry.UUID,
				Username:      entry.Username,
				Grants:        entry.Grants,
			}
			isWanted := !filter.Stale || permission.Status != ""
			allNames := []string{permission.PrincipalName}
			for _, l := range called[entry.Principal] {
				allNames = append(allNames, l.name)
			}
			if isWanted && filter.matchEntry(entry, allNames...) {
				list = append(list, permission)
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Permission) int {
		return cmp.Or(
			strings.Compare(a.Name, b.Name),
			strings.Compare(a.PrincipalName, b.PrincipalName),
			cmp.Compare(a.Principal, b.Principal),
		)
	})
	return list, oneOrJoined(failed)
}

// matches reports whether one of the texts is the pattern or matches it. An empty pattern matches
// all.
func matches(pattern string, texts ...string) bool {
	if pattern == "" {
		return true
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		fits, _ := path.Match(pattern, text)
		return fits || text == pattern
	})
}

// matchesNRN is matches for an NRN, in which * stands for any text, also with a slash. UUIDs match
// in upper and lower case.
func matchesNRN(pattern string, nrn access.NRN) bool {
	if pattern == "" || access.AnyNRN(pattern) == nrn {
		return true
	}
	noSlash := strings.NewReplacer("/", ":")
	fits, _ := path.Match(noSlash.Replace(pattern), noSlash.Replace(string(nrn)))
	return fits
}
