package cli

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/internal/meant"
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
	if len(filterFlags(filter)) == 0 && !filter.Stale {
		return append(notes, "There are no entries.")
	}
	return append(notes, "No entry matches.")
}

// checkPolicyFilter returns an error if a pattern matches no type of policies, known or observed.
func checkPolicyFilter(pattern string, observed []desired.Observed) error {
	if pattern == "" {
		return nil
	}
	types := policyTypes()
	for _, o := range observed {
		for _, entry := range o.Entries {
			for _, policy := range entry.Policies {
				types = append(types, string(policy.Type))
			}
		}
	}
	for _, policyType := range types {
		if policyType == pattern || matches(pattern, policyType) {
			return nil
		}
	}
	policyType, _, isScoped := strings.Cut(pattern, "@")
	if isScoped {
		return usagef("--policy %s: want the type alone, such as %s", term.ShellWord(pattern), policyType)
	}
	want := cmp.Or(meant.Hint(pattern, types...), "want "+strings.Join(policyTypes(), ", ")+", or a pattern")
	return usagef("--policy %s: no policy has this type (%s)", term.ShellWord(pattern), want)
}

// checkPrincipalFilter returns an error if a filter is a name, and no file or another one has it.
func checkPrincipalFilter(principal string, file *desired.File, hasFile bool) error {
	isName := principal != "" && !strings.ContainsAny(principal, "*?[:")
	if !isName {
		return nil
	}
	if !hasFile {
		return usagef("--principal %s: this is a name of a file without --file; "+
			"give --file, user:%s, role:%s, an NRN or a pattern",
			term.ShellWord(principal), principal, principal)
	}
	for _, p := range file.Principals {
		if p.Name == principal {
			return nil
		}
	}
	return usagef("--principal %s: no principal of the file has this name", term.ShellWord(principal))
}

// checkNRNFilter returns an error if a filter is an NRN that no principal can have, and no entry has it.
func checkNRNFilter(principal string, file *desired.File, observed []desired.Observed) error {
	isOther := !strings.Contains(principal, ":") || strings.ContainsAny(principal, "*?[") || isInFile(file, principal)
	problem := access.NRNProblem(principal)
	if isOther || problem == "" {
		return nil
	}
	for _, o := range observed {
		for _, entry := range o.Entries {
			if string(entry.Principal) == principal {
				return nil
			}
		}
	}
	return usagef("--principal %s: no entry has it, and it is no NRN: %s", term.ShellWord(principal), problem)
}

func matches(pattern, name string) bool {
	matched, err := path.Match(pattern, name)
	return err == nil && matched
}
