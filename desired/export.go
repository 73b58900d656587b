package desired

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// SchemaURL is where editors find the JSON Schema of the file.
const SchemaURL = "https://raw.githubusercontent.com/nks-access/nks-access/main/desired/access.schema.json"

// Export makes a file of what was read, so that a plan with it changes nothing. Region and profile
// of the clusters are taken from clusters, which has the order of states. An entry that a file
// cannot say is left out; skipped says which, and why. The error is that of a cluster that could
// not be read.
func Export(clusters []Cluster, states []State) (file *File, skipped []string, err error) {
	file = &File{}
	e := &exporter{file: file, names: map[string]string{}, taken: map[string]bool{}, grants: map[string][]grant{}}
	for i, state := range withoutTwins(states) {
		if state.Err != nil {
			return nil, nil, fmt.Errorf("export cluster %q: %w", state.Name, state.Err)
		}
		file.Clusters = append(file.Clusters, clusters[i])
		for _, entry := range state.Entries {
			if reason := unwritable(entry, state.Entries); reason != "" {
				skipped = append(skipped, fmt.Sprintf("cluster %q: the entry of %q is left out: %s", state.Name, entry.Principal, reason))
				continue
			}
			e.add(i, entry)
		}
	}
	e.rules()
	return file, skipped, nil
}

// unwritable says why a file cannot hold an entry, or "".
func unwritable(entry access.Entry, all []access.Entry) string {
	double := 0
	for _, other := range all {
		if other.Principal == entry.Principal {
			double++
		}
	}
	sum := grantsOf(entry)
	sum.Policies = join(sum.Policies)
	switch {
	case !isNRN(entry.Principal):
		return "the principal is not an NRN"
	case double > 1:
		return "the principal has more than one entry"
	case len(sum.Groups) > maxGroups:
		return fmt.Sprintf("it has more than %d groups", maxGroups)
	case slices.Contains(sum.Groups, ""):
		return "it has a group without a name"
	}
	for _, policy := range sum.Policies {
		switch {
		case policy.Type == "" || policy.Scope == "":
			return "a policy has no type or no scope"
		case len(policy.Namespaces) > maxNamespaces:
			return fmt.Sprintf("it has %s in more than %d namespaces", policy.Type, maxNamespaces)
		case slices.Contains(policy.Namespaces, ""):
			return "a policy has a namespace without a name"
		}
	}
	return ""
}

// exporter groups entries into rules.
type exporter struct {
	file       *File
	names      map[string]string // by NRN
	taken      map[string]bool   // names
	principals []string          // in the order in which they were seen
	grants     map[string][]grant
}

// grant is what a principal has on some clusters.
type grant struct {
	key      string // the same for the same grants
	grants   Grants
	clusters []int
}

func (e *exporter) add(cluster int, entry access.Entry) {
	principal := entry.Principal
	if e.names[principal] == "" {
		e.names[principal] = e.name(entry)
		e.principals = append(e.principals, principal)
		e.file.Principals = append(e.file.Principals, Principal{e.names[principal], []string{principal}})
	}
	g := Grants{Groups: slices.Compact(slices.Sorted(slices.Values(entry.Groups))), Policies: join(entry.Policies)}
	key := g.key()
	list := e.grants[principal]
	i := slices.IndexFunc(list, func(g grant) bool { return g.key == key })
	if i < 0 {
		e.grants[principal] = append(list, grant{key, g, []int{cluster}})
		return
	}
	list[i].clusters = append(list[i].clusters, cluster)
}

// rules makes a rule for all principals that have the same grants on the same clusters.
func (e *exporter) rules() {
	index := map[string]int{}
	for _, principal := range e.principals {
		for _, g := range e.grants[principal] {
			key := fmt.Sprint(g.clusters, g.key)
			if i, ok := index[key]; ok {
				e.file.Rules[i].Principals = append(e.file.Rules[i].Principals, principal)
				continue
			}
			index[key] = len(e.file.Rules)
			rule := Rule{Principals: []string{principal}, Grants: g.grants}
			for _, cluster := range g.clusters {
				rule.Clusters = append(rule.Clusters, e.file.Clusters[cluster].Name)
			}
			e.file.Rules = append(e.file.Rules, rule)
		}
	}
}

// name is a name for the principal of an entry: the user name that the service reports, or the kind
// and the first part of the ID, such as role-9ba09190.
func (e *exporter) name(entry access.Entry) string {
	kind := "principal"
	if t := entry.Type(); t != "" {
		kind = strings.ToLower(string(t))
	}
	id := entry.Principal[strings.LastIndexAny(entry.Principal, ":/")+1:]
	first, _, _ := strings.Cut(id, "-")
	for _, name := range []string{entry.Username, kind + "-" + first, kind + "-" + id} {
		if e.free(name) {
			return name
		}
	}
	for n := 2; ; n++ {
		if name := fmt.Sprintf("%s-%s-%d", kind, id, n); e.free(name) {
			return name
		}
	}
}

func (e *exporter) free(name string) bool {
	if name == "" || strings.HasPrefix(name, "nrn:") || strings.HasSuffix(name, "-") || e.taken[name] {
		return false
	}
	e.taken[name] = true
	return true
}

// WriteYAML writes the file as YAML. Comments are written at the top, each on a line of its own.
func (f *File) WriteYAML(w io.Writer, comments ...string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# yaml-language-server: $schema=%s\n", SchemaURL)
	for _, comment := range comments {
		fmt.Fprintf(&b, "# %s\n", strings.Join(strings.Fields(printable(comment)), " "))
	}
	fmt.Fprintf(&b, "version: %d\n", Version)
	if len(f.Principals) > 0 {
		b.WriteString("principals:\n")
	}
	names := map[string]string{} // by NRN, of names for it alone
	for _, principal := range f.Principals {
		nrns := flow(principal.NRNs)
		if len(principal.NRNs) == 1 {
			names[principal.NRNs[0]] = principal.Name
			if plainNRN.MatchString(principal.NRNs[0]) {
				nrns = principal.NRNs[0]
			}
		}
		fmt.Fprintf(&b, "  %s: %s\n", scalar(principal.Name), nrns)
	}
	named := func(nrns []string) []string {
		list := make([]string, len(nrns))
		for i, nrn := range nrns {
			list[i] = nrn
			if name, ok := names[nrn]; ok {
				list[i] = name
			}
		}
		return list
	}
	if len(f.Clusters) > 0 {
		b.WriteString("clusters:\n")
	}
	for _, cluster := range f.Clusters {
		var fields []string
		if cluster.Region != "" {
			fields = append(fields, "region: "+scalar(cluster.Region))
		}
		if cluster.Profile != "" {
			fields = append(fields, "profile: "+scalar(cluster.Profile))
		}
		if cluster.Others != "" && cluster.Others != KeepOthers {
			fields = append(fields, "others: "+scalar(string(cluster.Others)))
		}
		if len(cluster.Protect) > 0 {
			fields = append(fields, "protect: "+flowList(named(cluster.Protect)))
		}
		fmt.Fprintf(&b, "  %s: {%s}\n", scalar(cluster.Name), strings.Join(fields, ", "))
	}
	if len(f.Rules) > 0 {
		b.WriteString("access:\n")
	}
	for _, rule := range f.Rules {
		fields := []string{"principal: " + flow(named(rule.Principals)), "clusters: " + flowList(f.patterns(rule.Clusters))}
		if len(rule.Groups) > 0 {
			fields = append(fields, "groups: "+flowList(rule.Groups))
		}
		switch {
		case rule.Absent:
			fields = append(fields, "absent: true")
		case len(rule.Policies) > 0 || len(rule.Groups) == 0:
			policies := make([]string, len(rule.Policies))
			for i, policy := range rule.Policies {
				policies[i] = flowPolicy(policy)
			}
			fields = append(fields, "policies: ["+strings.Join(policies, ", ")+"]")
		}
		fmt.Fprintf(&b, "  - {%s}\n", strings.Join(fields, ", "))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// patterns is "*" for all clusters of the file, and the names otherwise.
func (f *File) patterns(names []string) []string {
	if len(names) == len(f.Clusters) && len(names) > 1 && !slices.ContainsFunc(f.Clusters, func(c Cluster) bool { return c.Name == "*" }) {
		return []string{"*"}
	}
	return names
}

// flowPolicy writes a policy in the short form where that says it all, and as the API has it
// otherwise.
func flowPolicy(policy access.Policy) string {
	if parsed, err := access.ParsePolicy(policy.String()); err == nil && parsed.Equal(policy) {
		return scalar(policy.String())
	}
	fields := []string{"type: " + scalar(policy.Type), "scope: " + scalar(policy.Scope)}
	if len(policy.Namespaces) > 0 {
		fields = append(fields, "namespaces: "+flowList(policy.Namespaces))
	}
	if checkPolicy(&policy) != nil {
		fields = append(fields, "unknown: true")
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

// flow writes one text as it is, and more than one as a list.
func flow(texts []string) string {
	if len(texts) == 1 {
		return scalar(texts[0])
	}
	return flowList(texts)
}

func flowList(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = scalar(text)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

var (
	// plainScalar is text that YAML readers take for text without quotes, also within brackets.
	plainScalar = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_./@-]*$`)
	reserved    = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|nan|inf)$`)
	// plainNRN is an NRN that YAML readers take for text without quotes, outside of brackets.
	plainNRN = regexp.MustCompile(`^nrn:[A-Za-z0-9_./=:-]*[A-Za-z0-9]$`)
)

// scalar writes text so that it reads back as the same text.
func scalar(text string) string {
	if plainScalar.MatchString(text) && !reserved.MatchString(text) {
		return text
	}
	if !strings.ContainsAny(text, "'\\") && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		return "'" + text + "'"
	}
	return quoted(text)
}

// quoted writes text in double quotes, with the escapes that YAML and JSON share.
func quoted(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case strconv.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u2028' || r == '\u2029' || r == '\ufeff' {
			return ' '
		}
		return r
	}, text)
}
