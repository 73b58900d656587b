package desired

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/access"
)

// The limits of an entry. Source: the provider's user guide on IAM access of a cluster.
const (
	maxGroups     = 30
	maxNamespaces = 50
)

// Source is the content of a file, and the name to report mistakes with.
type Source struct {
	Name string
	Data []byte
}

// Load reads files as one. A folder stands for the .yaml, .yml and .json files in it. It returns a
// [*LoadError] with every mistake in the files, or the error of a file that cannot be read.
func Load(paths ...string) (*File, error) {
	var sources []Source
	for _, name := range paths {
		files, err := filesOf(name)
		if err != nil {
			return nil, fmt.Errorf("load access file: %w", err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return nil, fmt.Errorf("load access file: %w", err)
			}
			sources = append(sources, Source{file, data})
		}
	}
	return Parse(sources...)
}

// filesOf returns the files that a path stands for.
func filesOf(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return []string{name}, err
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(entry.Name())) {
			files = append(files, filepath.Join(name, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: the folder has no .yaml, .yml or .json file", name)
	}
	return files, nil
}

// Parse reads sources as one file. It returns a [*LoadError] with every mistake in them.
func Parse(sources ...Source) (*File, error) {
	if len(sources) == 0 {
		return nil, errors.New("load access file: no file is given")
	}
	l := &loader{principals: map[string]*named{}, clusters: map[string]*named{}, matched: map[string][]string{}}
	var files []string
	var documents []map[string]*yaml.Node
	for _, source := range sources {
		l.file = source.Name
		files, documents = append(files, source.Name), append(documents, l.read(source.Data))
	}
	// Clusters and rules use names that another file may define.
	for _, part := range []struct {
		key  string
		read func(*yaml.Node)
	}{{"principals", l.readPrincipals}, {"clusters", l.readClusters}, {"access", l.readRules}} {
		for i, document := range documents {
			if node := document[part.key]; node != nil {
				l.file = files[i]
				part.read(node)
			}
		}
	}
	if !l.partial {
		l.checkWhole(files[0])
	}
	if len(l.mistakes) > 0 {
		err := &LoadError{l.mistakes}
		err.sort(files)
		return nil, err
	}
	return &l.result, nil
}

// loader reads files into one result.
type loader struct {
	reader
	result     File
	principals map[string]*named
	clusters   map[string]*named
	matched    map[string][]string // clusters by pattern
	partial    bool                // a file could not be read, so it is not known which names there are
}

// named is a name that a file defines.
type named struct {
	at   position
	used bool
	nrns []string
}

// The keys of each mapping. The JSON Schema has the same; a test compares them.
var (
	fileKeys    = []string{"version", "principals", "clusters", "access"}
	clusterKeys = []string{"region", "profile", "others", "protect"}
	ruleKeys    = []string{"principal", "clusters", "groups", "policies", "absent"}
	policyKeys  = []string{"type", "scope", "namespaces", "unknown"}
)

// read returns the fields of a file.
func (l *loader) read(data []byte) map[string]*yaml.Node {
	var fields map[string]*yaml.Node
	document := l.document(data)
	if document != nil {
		fields = l.fields(document, "the file", fileKeys...)
	}
	if fields == nil {
		l.partial = true
		return nil
	}
	if version := fields["version"]; version == nil {
		l.wrong(l.at(document), "version is missing (want version: %d)", Version)
	} else if version.ShortTag() != "!!int" || version.Value != strconv.Itoa(Version) {
		l.wrong(l.at(version), "unknown version (want version: %d)", Version)
	}
	return fields
}

func (l *loader) readPrincipals(node *yaml.Node) {
	for _, p := range l.mapping(node, "principals") {
		var nrns []string
		for _, nrn := range l.oneOrMore(p.value, "principal "+strconv.Quote(p.key.text)) {
			if !isNRN(nrn.text) {
				l.wrong(nrn.at, "%q is not an NRN (want one such as %s)", nrn.text, exampleNRN)
				continue
			}
			nrns = append(nrns, nrn.text)
		}
		switch earlier := l.principals[p.key.text]; {
		case p.key.text == "" || strings.HasPrefix(p.key.text, "nrn:"):
			l.wrong(p.key.at, "%q is not a name for a principal (want a name such as platform)", p.key.text)
		case earlier != nil:
			l.unfit(p.key.at, "principal %q is there twice, first at %s", p.key.text, earlier.at)
		default:
			l.principals[p.key.text] = &named{at: p.key.at, nrns: nrns}
			l.result.Principals = append(l.result.Principals, Principal{p.key.text, nrns})
		}
	}
}

var regionPattern = regexp.MustCompile(`^[A-Za-z]{2,8}$`)

func (l *loader) readClusters(node *yaml.Node) {
	for _, p := range l.mapping(node, "clusters") {
		cluster := Cluster{Name: p.key.text, Others: KeepOthers}
		var fields map[string]*yaml.Node
		if p.value.ShortTag() != "!!null" {
			fields = l.fields(p.value, "cluster "+strconv.Quote(p.key.text), clusterKeys...)
		}
		if region, ok := l.field(fields, "region"); ok {
			cluster.Region = strings.ToUpper(region.text)
			if !regionPattern.MatchString(region.text) {
				l.wrong(region.at, "%q is not a region (want a code such as KR or SGN)", region.text)
			}
		}
		if profile, ok := l.field(fields, "profile"); ok {
			cluster.Profile = profile.text
			if profile.text == "" {
				l.wrong(profile.at, "profile must not be empty (leave it out for the default)")
			}
		}
		if others, ok := l.field(fields, "others"); ok {
			cluster.Others = Others(others.text)
			if cluster.Others != KeepOthers && cluster.Others != RemoveOthers {
				l.wrong(others.at, "unknown value %q of others (want %s or %s)", others.text, KeepOthers, RemoveOthers)
			}
		}
		if protect := fields["protect"]; protect != nil {
			cluster.Protect = l.nrns(protect, "protect")
		}
		switch earlier := l.clusters[p.key.text]; {
		case p.key.text == "":
			l.wrong(p.key.at, "the name of a cluster must not be empty")
		case earlier != nil:
			l.unfit(p.key.at, "cluster %q is there twice, first at %s", p.key.text, earlier.at)
		default:
			l.clusters[p.key.text] = &named{at: p.key.at}
			l.result.Clusters = append(l.result.Clusters, cluster)
		}
	}
}

func (l *loader) readRules(node *yaml.Node) {
	for _, item := range l.items(node, "access") {
		if fields := l.fields(item, "a rule", ruleKeys...); fields != nil {
			l.readRule(l.at(item), fields)
		}
	}
}

func (l *loader) readRule(at position, fields map[string]*yaml.Node) {
	rule := Rule{at: at}
	if principal := fields["principal"]; principal != nil {
		rule.Principals = l.nrns(principal, "principal")
	} else {
		l.wrong(at, "principal is missing in the rule")
	}
	if clusters := fields["clusters"]; clusters != nil {
		for i, pattern := range l.oneOrMore(clusters, "clusters") {
			if matched := l.match(pattern); i == 0 {
				rule.Clusters = slices.Clip(matched)
			} else {
				rule.Clusters = union(rule.Clusters, matched)
			}
		}
	} else {
		l.wrong(at, "clusters is missing in the rule")
	}
	groups, policies, absent := fields["groups"], fields["policies"], fields["absent"]
	if absent != nil {
		rule.Absent = l.boolean(absent, "absent")
	}
	switch {
	case rule.Absent && (groups != nil || policies != nil):
		l.wrong(l.at(absent), "a rule with absent: true has no groups and no policies")
	case groups == nil && policies == nil && absent == nil:
		l.wrong(at, "the rule grants nothing "+
			"(want policies, groups or absent: true; an entry without both takes policies: [])")
	case groups == nil && policies == nil && !rule.Absent:
		l.wrong(l.at(absent), "a rule with absent: false needs groups or policies")
	}
	if groups != nil {
		if texts := l.texts(groups, "groups"); len(texts) > maxGroups {
			l.wrong(l.at(groups), "%d groups (want at most %d)", len(texts), maxGroups)
		} else {
			for _, group := range texts {
				rule.Groups = union(rule.Groups, []string{group.text})
			}
		}
	}
	if policies != nil {
		for _, item := range l.items(policies, "policies") {
			if policy, ok := l.readPolicy(item); ok {
				rule.Policies = append(rule.Policies, policy)
			}
		}
		rule.Policies = join(rule.Policies)
	}
	l.result.Rules = append(l.result.Rules, rule)
}

// readPolicy reads a policy in the short form of the command line, or as the API has it.
func (l *loader) readPolicy(node *yaml.Node) (access.Policy, bool) {
	at := l.at(node)
	if node.Kind != yaml.MappingNode {
		text, ok := l.text(node, "each of policies")
		if !ok {
			return access.Policy{}, false
		}
		policy, err := access.ParsePolicy(text.text)
		if err != nil {
			l.wrong(at, "%s", policyMistake(err))
		}
		return policy, err == nil
	}
	fields := l.fields(node, "a policy", policyKeys...)
	if fields == nil {
		return access.Policy{}, false
	}
	var policy access.Policy
	before := len(l.mistakes)
	for key, into := range map[string]*string{"type": &policy.Type, "scope": &policy.Scope} {
		if fields[key] == nil {
			l.wrong(at, "%s is missing in the policy", key)
		} else if text, ok := l.field(fields, key); ok {
			*into = text.text
		}
	}
	if namespaces := fields["namespaces"]; namespaces != nil {
		for _, namespace := range l.texts(namespaces, "namespaces") {
			policy.Namespaces = append(policy.Namespaces, namespace.text)
		}
		if len(policy.Namespaces) > maxNamespaces {
			l.wrong(l.at(namespaces), "%d namespaces (want at most %d)", len(policy.Namespaces), maxNamespaces)
		}
	}
	if unknown := fields["unknown"]; unknown != nil && l.boolean(unknown, "unknown") {
		if policy.Type == "" || policy.Scope == "" {
			l.wrong(at, "type and scope of a policy must not be empty")
		}
		if lower := strings.ToLower(policy.Scope); lower == access.ClusterScope || lower == access.NamespaceScope {
			policy.Scope = lower
		}
		return policy, len(l.mistakes) == before
	}
	if len(l.mistakes) == before {
		if err := checkPolicy(&policy); err != nil {
			l.wrong(at, "%s", policyMistake(err))
		}
	}
	return policy, len(l.mistakes) == before
}

// checkPolicy checks a policy as a request would be, and spells its scope as requests do.
func checkPolicy(policy *access.Policy) error {
	policy.Scope = strings.ToLower(policy.Scope)
	entry := access.NewEntry{Principal: exampleNRN, Policies: []access.Policy{*policy}}
	return entry.Validate()
}

// policyMistake says what is wrong with one policy.
func policyMistake(err error) string {
	invalid := (*access.ValidationError)(nil)
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	words := make([]string, len(invalid.Problems))
	for i, p := range invalid.Problems {
		words[i] = strings.TrimPrefix(p.Field, "policies[0] ") + " " + p.Rule
	}
	return strings.Join(words, "; ")
}

const exampleNRN = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"

// isNRN reports whether the service would take s as the NRN of a principal.
func isNRN(s string) bool {
	invalid := (*access.ValidationError)(nil)
	if errors.As(access.NewEntry{Principal: s}.Validate(), &invalid) {
		return !slices.ContainsFunc(invalid.Problems, func(p access.Problem) bool { return p.Field == "principal" })
	}
	return true
}

// nrns returns the NRNs that a name or an NRN stands for, or a list of them.
func (l *loader) nrns(node *yaml.Node, what string) (nrns []string) {
	for _, p := range l.oneOrMore(node, what) {
		found := l.principals[p.text]
		switch {
		case strings.HasPrefix(p.text, "nrn:"):
			if !isNRN(p.text) {
				l.unfit(p.at, "%q is not an NRN (want one such as %s)", p.text, exampleNRN)
			}
			nrns = append(nrns, p.text)
		case found != nil:
			found.used = true
			nrns = append(nrns, found.nrns...)
		case !l.partial:
			known := oneOf(slices.Sorted(maps.Keys(l.principals)), "a name under principals")
			l.unfit(p.at, "unknown principal %q (want an NRN, or %s)", p.text, known)
		}
	}
	return nrns
}

// match returns the clusters of the file that a name or pattern stands for.
func (l *loader) match(pattern located) []string {
	if l.clusters[pattern.text] != nil {
		return []string{pattern.text}
	}
	if matched := l.matched[pattern.text]; len(matched) > 0 {
		return matched
	}
	var matched, all []string
	for _, cluster := range l.result.Clusters {
		all = append(all, cluster.Name)
		ok, err := path.Match(pattern.text, cluster.Name)
		if err != nil {
			l.unfit(pattern.at, "%q is not a pattern (want * for any text, ? for any character, [a-z] for some)", pattern.text)
			return nil
		}
		if ok {
			matched = append(matched, cluster.Name)
		}
	}
	if len(matched) == 0 && !l.partial {
		l.unfit(pattern.at, "no cluster of the file matches %q (want %s)", pattern.text, oneOf(all, "a name under clusters"))
	}
	l.matched[pattern.text] = matched
	return matched
}

// oneOf lists a few names, or says none in other words.
func oneOf(names []string, none string) string {
	const most = 10
	switch {
	case len(names) == 0:
		return none
	case len(names) > most:
		return fmt.Sprintf("%s, … (%d in all)", strings.Join(names[:most], ", "), len(names))
	}
	return strings.Join(names, ", ")
}

// checkWhole finds what only the whole of the files shows: names that are not used, rules that
// contradict each other, and entries that are too large when the rules add up.
func (l *loader) checkWhole(first string) {
	for _, name := range slices.Sorted(maps.Keys(l.principals)) {
		if principal := l.principals[name]; !principal.used {
			l.unfit(principal.at, "principal %q is not used in any rule", name)
		}
	}
	if len(l.clusters) == 0 && len(l.mistakes) == 0 {
		l.unfit(position{file: first}, "no clusters are listed (want clusters: with a name or UUID for each)")
	}
	said := map[position]bool{} // one mistake for each rule is enough
	say := func(at position, format string, args ...any) {
		if !said[at] {
			said[at] = true
			l.unfit(at, format, args...)
		}
	}
	wants := l.result.wants(func(rule *Rule, cluster string, earlier want) {
		say(rule.at, "the rule contradicts the rule at %s: one of them says absent: true for %s on cluster %q",
			earlier.at, earlier.principal, cluster)
	})
	for _, cluster := range l.result.Clusters {
		for _, w := range wants[cluster.Name] {
			if n := len(w.grants.Groups); n > maxGroups {
				say(w.at, "with this rule %s has %d groups on cluster %q (want at most %d)",
					w.principal, n, cluster.Name, maxGroups)
			}
			for _, policy := range w.grants.Policies {
				if n := len(policy.Namespaces); n > maxNamespaces {
					say(w.at, "with this rule %s has %s in %d namespaces on cluster %q (want at most %d)",
						w.principal, policy.Type, n, cluster.Name, maxNamespaces)
				}
			}
		}
	}
}
