package cli

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// whoResult is what who shows.
type whoResult struct {
	coverage whoCoverage
	read     []desired.Observed
	rows     []whoRow
	notes    []string
	unread   error // why clusters could not be read
}

// whoCoverage says what a result of who is about, so that nobody takes a part for the whole.
type whoCoverage struct {
	Made     string
	Version  string
	Clusters int      // read
	Failed   int      // could not be read
	Regions  []string // of the clusters that were read
	BaseURLs []string
	Files    []string // with the clusters; none for all clusters of the region
	Filters  []string // as flags
	Bindings []string // clusters whose bindings are known

	AllRegions bool
}

func newWhoCoverage(f *fleet, observed []desired.Observed, filter desired.Filter) whoCoverage {
	c := whoCoverage{
		Made:     time.Now().UTC().Format("2006-01-02 15:04 UTC"),
		Version:  versionString(),
		BaseURLs: f.baseURLs(),
		Files:    f.files,
		Filters:  filterFlags(filter),

		AllRegions: f.allRegions,
	}
	seen := map[string]bool{}
	for _, o := range observed {
		if o.Err != nil {
			c.Failed++
			continue
		}
		c.Clusters++
		if region := cmp.Or(o.Cluster.RegionCode, o.Spec.Region); region != "" {
			seen[term.Printable(region)] = true
		}
	}
	c.Regions = slices.Sorted(maps.Keys(seen))
	return c
}

// filterFlags returns a filter as the flags of who.
func filterFlags(f desired.Filter) []string {
	var flags []string
	given := []struct{ name, value string }{{"--principal", f.Principal}, {"--policy", f.Policy}}
	for _, cluster := range f.Clusters {
		given = append(given, struct{ name, value string }{"--cluster", cluster})
	}
	for _, flag := range given {
		if flag.value != "" {
			flags = append(flags, flag.name+" "+term.ShellWord(term.PrintableLine(flag.value)))
		}
	}
	if f.Stale {
		flags = append(flags, "--stale")
	}
	return flags
}

// Source says which clusters were meant to be read.
func (c whoCoverage) Source() string {
	if len(c.Files) > 0 {
		return "of " + strings.Join(c.Files, ", ")
	}
	if c.AllRegions {
		return "of all regions"
	}
	return "of the region"
}

// String is the coverage as a line.
func (c whoCoverage) String() string {
	line := fmt.Sprintf("Read %s %s", term.Plural(c.Clusters, "cluster"), c.Source())
	if len(c.Regions) > 0 {
		line += " (" + strings.Join(c.Regions, ", ") + ")"
	}
	line += " at " + strings.Join(c.BaseURLs, ", ")
	if c.Failed > 0 {
		line += fmt.Sprintf("; %s could not be read", term.Plural(c.Failed, "cluster"))
	}
	if len(c.Bindings) > 0 {
		line += "; with the bindings of groups and users on " + strings.Join(c.Bindings, ", ")
	}
	if len(c.Filters) > 0 {
		line += "; filtered by " + strings.Join(c.Filters, " ")
	}
	return line + "."
}

// whoNotes says what a reader of the result must know.
func whoNotes(read []desired.Observed, permissions []desired.Permission, filter desired.Filter) []string {
	var notes []string
	for _, o := range read {
		if o.Cluster.AuthType == access.AuthTypeConfigMap {
			notes = append(notes, fmt.Sprintf("The auth type of cluster %s is CONFIG_MAP: "+
				"its ConfigMap ncp-auth says who may enter, not its entries.", term.Printable(o.Spec.Name)))
		}
		for _, entry := range o.Entries {
			if groups := entry.SystemGroups(); len(groups) > 0 {
				notes = append(notes, fmt.Sprintf("%s on cluster %s has %s. "+
					"Groups do not count as policies: in Kubernetes the members of %s may do everything.",
					term.Printable(string(entry.Principal)), term.Printable(o.Spec.Name), term.PrintableSeries(groups), systemMasters))
			}
		}
	}
	if len(permissions) > 0 {
		return notes
	}
	if len(filterFlags(filter)) == 0 {
		return append(notes, "There are no entries.")
	}
	return append(notes, "No entry matches.")
}
