package desired

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/access"
)

// Load reads files as one. A folder stands for the .yaml, .yml and .json files in it. It returns a
// [*LoadError] with every mistake in the files, or the error of a file that cannot be read, that is
// too large, or that is not read before ctx ends.
func Load(ctx context.Context, paths ...string) (*File, error) {
	sources, err := readSources(ctx, paths)
	if err != nil {
		return nil, fmt.Errorf("load access file: %w", err)
	}
	return Parse(sources...)
}

// Parse reads sources as one file. It returns a [*LoadError] with every mistake in them, or an error
// that says that they are too large.
func Parse(sources ...Source) (*File, error) {
	if len(sources) == 0 {
		return nil, errors.New("load access file: no file is given")
	}
	size := 0
	for _, source := range sources {
		size += len(source.Data)
		if size > maxBytes {
			return nil, fmt.Errorf("load access file: %w", tooLong(source.Name))
		}
	}
	l := &loader{
		principals: map[string]*defined{},
		clusters:   map[string]*defined{},
		defaults:   map[string]Target{},
		zones:      map[string]*time.Location{},
		matched:    map[string][]string{},
	}
	var files []string
	var documents []map[string]*yaml.Node
	for _, source := range sources {
		l.file = source.Name
		files = append(files, source.Name)
		documents = append(documents, l.readDocument(source.Data))
	}
	// Clusters and rules use names that another file may define.
	for _, part := range []struct {
		key  string
		read func(*yaml.Node)
	}{
		{"timezone", l.readTimezone}, {"principals", l.readPrincipals}, {"defaults", l.readDefaults},
		{"clusters", l.readClusters}, {"access", l.readRules},
	} {
		for i, document := range documents {
			node := document[part.key]
			if node != nil {
				l.file = files[i]
				part.read(node)
			}
		}
	}
	if !l.partial {
		l.checkAll(files[0])
	}
	if len(l.mistakes) > 0 {
		err := &LoadError{Mistakes: l.mistakes, More: l.more}
		err.sort(files)
		return nil, err
	}
	return &l.result, nil
}

// loader reads files into one result.
type loader struct {
	reader
	result     File
	principals map[string]*defined
	clusters   map[string]*defined
	defaults   map[string]Target         // by file
	zones      map[string]*time.Location // by file
	partial    bool                      // a file could not be read, so it is not known which names there are
	full       bool                      // the rules are more than the limits allow

	matched map[string][]string // clusters by pattern
	matches int                 // comparisons of a pattern with a cluster
	uses    int                 // principals on clusters, by rules

	clusterNames   []string // of the file, for messages
	principalNames []string
}

// defined is a name that a file defines.
type defined struct {
	at   position
	used bool
	who  who
}

// The keys of each mapping. The JSON Schema has the same; a test compares them.
var (
	fileKeys      = []string{"version", "timezone", "principals", "defaults", "clusters", "access"}
	principalKeys = []string{"nrn", "unchecked"}
	clusterKeys   = []string{"region", "profile", "others", "protect"}
	ruleKeys      = []string{"principal", "clusters", "groups", "policies", "absent", "until"}
	groupKeys     = []string{"name", "unchecked"}
	policyKeys    = []string{"type", "scope", "namespaces", "unknown"}
)

// readDocument returns the fields of a file.
func (l *loader) readDocument(data []byte) map[string]*yaml.Node {
	document := l.document(data)
	if document == nil {
		l.partial = true
		return nil
	}
	fields := l.fields(document, "the file", fileKeys...)
	if fields == nil {
		l.partial = true
		return nil
	}
	l.checkDefaults(fields)
	version := fields["version"]
	if version == nil {
		l.report(l.at(document), "version is missing (want version: %d)", FileVersion)
		return fields
	}
	isRight := version.ShortTag() == "!!int" && version.Value == strconv.Itoa(FileVersion)
	if !isRight {
		l.report(l.at(version), "unknown version (want version: %d)", FileVersion)
	}
	return fields
}

// checkAll finds mistakes that span rules or files: names that are not used, rules that contradict
// each other, and entries that are too large when rules add up.
func (l *loader) checkAll(first string) {
	if l.more > 0 {
		return // enough is wrong
	}
	if !l.full {
		l.checkUse()
	}
	if len(l.clusters) == 0 && len(l.mistakes) == 0 {
		l.report(position{file: first}, "no clusters are listed (want clusters: with a name or UUID for each)")
	}
	for _, mistake := range l.result.ruleMistakes() {
		l.add(mistake)
	}
}

// ruleMistakes finds mistakes that span rules, as far as names are resolved.
func (f *File) ruleMistakes() []Mistake {
	var found []Mistake
	reported := map[position]bool{}
	report := func(rule *Rule, format string, args ...any) {
		if !reported[rule.at] { // one for each rule is enough: others are of the same kind
			reported[rule.at] = true
			found = append(found, rule.at.mistake(format, args...))
		}
	}
	rules := f.rulesByCluster()
	nothing := &total{}
	for _, target := range f.Clusters {
		wants, conflicts := wantsOf(rules[target.Name], nothing)
		for _, c := range conflicts {
			report(c.rule, "the rule contradicts the rule at %s: one of them says absent: true for %s on cluster %q",
				c.earlier.at, c.principal, target.Name)
		}
		for _, w := range wants {
			problem := tooLarge(w.grants())
			if problem != "" {
				report(w.total.rule, "with this rule %s has %s on cluster %q", w.principal, problem, target.Name)
			}
		}
	}
	return found
}

// checkUse finds principals that no rule names.
func (l *loader) checkUse() {
	for _, name := range slices.Sorted(maps.Keys(l.principals)) {
		principal := l.principals[name]
		if !principal.used {
			l.report(principal.at, "principal %q is not used in any rule", name)
		}
	}
}

// tooLarge returns what an entry cannot hold of the grants, or "".
func tooLarge(grants access.Grants) string {
	if n := len(grants.Groups); n > access.MaxGroups {
		return fmt.Sprintf("%d groups (want at most %d)", n, access.MaxGroups)
	}
	for _, policy := range grants.Policies {
		if n := len(policy.Namespaces); n > access.MaxNamespaces {
			return fmt.Sprintf("%s in %d namespaces (want at most %d)", policy.Type, n, access.MaxNamespaces)
		}
	}
	return ""
}

// listed returns at most ten names, or none if there are no names.
func listed(names []string, none string) string {
	const most = 10
	if len(names) == 0 {
		return none
	}
	if len(names) > most {
		return fmt.Sprintf("%s, … (%d in all)", strings.Join(names[:most], ", "), len(names))
	}
	return strings.Join(names, ", ")
}
