package desired

import (
	"cmp"
	"fmt"
	"path"
	"slices"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/internal/meant"
)

// Only returns the file with only the clusters that one of the patterns matches: by the name or UUID
// that the file has. Like a shard, it still knows the other clusters. The error says which pattern is
// malformed or matches no cluster.
func (f *File) Only(patterns ...string) (*File, error) {
	names := make([][]string, len(f.Clusters))
	for i, target := range f.Clusters {
		names[i] = []string{target.Name}
	}
	if err := checkPatterns(patterns, names); err != nil {
		return nil, err
	}
	part := *f
	part.Clusters = nil
	part.elsewhere = slices.Clip(f.elsewhere)
	for _, target := range f.Clusters {
		if matchesAny(patterns, target.Name) {
			part.Clusters = append(part.Clusters, target)
		} else {
			part.elsewhere = append(part.elsewhere, target)
		}
	}
	return &part, nil
}

// Only returns the plan with only the clusters that one of the patterns matches, by name or UUID. The
// error says which pattern is malformed or matches no cluster.
func (p *Plan) Only(patterns ...string) (*Plan, error) {
	names := make([][]string, len(p.Clusters))
	for i := range p.Clusters {
		names[i] = []string{p.Clusters[i].Cluster, p.Clusters[i].UUID}
	}
	if err := checkPatterns(patterns, names); err != nil {
		return nil, err
	}
	part := *p
	part.Clusters = slices.DeleteFunc(slices.Clone(p.Clusters), func(c ClusterPlan) bool {
		return !matchesAny(patterns, c.Cluster, c.UUID)
	})
	part.Summary = part.count()
	return &part, nil
}

// checkPatterns returns an error for a pattern that is malformed or matches no cluster. Each cluster has
// one or two names.
func checkPatterns(patterns []string, names [][]string) error {
	var all, first []string
	for _, list := range names {
		all = append(all, list...)
		first = append(first, list[0])
	}
	for _, pattern := range patterns {
		if err := checkPattern(pattern); err != nil {
			return err
		}
		if pattern == "" || !matchesCluster(pattern, all...) {
			advice := cmp.Or(meant.Hint(pattern, first...), "want "+listed(first, "a cluster of the file"))
			return fmt.Errorf("no cluster matches %q (%s)", pattern, advice)
		}
	}
	return nil
}

func checkPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil {
		return fmt.Errorf("%q is not a pattern (want * for any text, ? for any character, [a-z] for some)", pattern)
	}
	return nil
}

// matchesAny reports whether one of the patterns matches one of the texts. No patterns match all.
func matchesAny(patterns []string, texts ...string) bool {
	if len(patterns) == 0 {
		return true
	}
	return slices.ContainsFunc(patterns, func(pattern string) bool { return matchesCluster(pattern, texts...) })
}

// matchesCluster is matches for names and UUIDs of clusters. UUIDs match in upper and lower case.
func matchesCluster(pattern string, texts ...string) bool {
	if !access.IsUUID(pattern) {
		return matches(pattern, texts...)
	}
	return slices.ContainsFunc(texts, func(text string) bool { return sameID(text) == sameID(pattern) })
}
