package desired

import (
	"cmp"
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

// Export makes a file of the states, so that a plan with it changes nothing. Clusters, in the order
// of states, give the regions and profiles. Export leaves out entries that do not fit into a file;
// skipped names them and says why. It returns the error of a cluster that could not be read.
func Export(clusters []Cluster, states []State) (file *File, skipped []string, err error) {
	file = &File{}
	e := &exporter{file: file, names: map[string]string{}, taken: taken{}, grants: map[string][]grant{}}
	for i, state := range withoutTwins(states) {
		if state.Err != nil {
			return nil, nil, fmt.Errorf("export cluster %q: %w", state.Name, state.Err)
		}
		file.Clusters = append(file.Clusters, clusters[i])
		for _, entry := range state.Entries {
			if reason := unwritable(state, entry); reason != "" {
				skipped = append(skipped, reason)
				continue
			}
			e.add(i, entry)
		}
	}
	e.rules()
	return file, skipped, nil
}

// unwritable says why a file cannot hold an entry, or "".
func unwritable(state State, entry access.Entry) string {
	double := 0
	for _, other := range state.Entries {
		if other.Principal == entry.Principal {
			double++
		}
	}
	reason := ""
	switch {
	case !isNRN(entry.Principal):
		reason = "the principal is not an NRN"
	case double > 1:
		reason = "the principal has more than one entry"
	case len(entry.Groups) > maxGroups:
		reason = fmt.Sprintf("it has more than %d groups", maxGroups)
	case slices.Contains(entry.Groups, ""):
		reason = "it has a group without a name"
	}
	for _, policy := range join(entry.Policies) {
		switch {
		case policy.Type == "" || policy.Scope == "":
			reason = "a policy has no type or no scope"
		case len(policy.Namespaces) > maxNamespaces:
			reason = fmt.Sprintf("it has %s in more than %d namespaces", policy.Type, maxNamespaces)
		case slices.Contains(policy.Namespaces, ""):
			reason = "a policy has a namespace without a name"
		}
	}
	if reason == "" {
		return ""
	}
	return fmt.Sprintf("cluster %q: the entry of %q is left out: %s", state.Name, entry.Principal, reason)
}

// exporter groups entries into rules.
type exporter struct {
	file       *File
	names      map[string]string // by NRN
	taken      taken
	principals []string // in the order in which they were seen
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
	short, long := kindAndID(entry)
	return e.taken.pick(entry.Username, short, long)
}

// kindAndID returns two names for the principal of an entry: the kind with the first part of the
// ID, and with all of it.
func kindAndID(entry access.Entry) (short, long string) {
	kind := strings.ToLower(cmp.Or(string(entry.Type()), "principal"))
	id := entry.Principal[strings.LastIndexAny(entry.Principal, ":/")+1:]
	first, _, _ := strings.Cut(id, "-")
	return kind + "-" + first, kind + "-" + id
}

// taken holds the names that are in use.
type taken map[string]bool

// pick returns the first name that is not taken, or the last with a number.
func (t taken) pick(names ...string) string {
	last := names[len(names)-1]
	for n := 2; ; n++ {
		for _, name := range names {
			if name != "" && !strings.HasPrefix(name, "nrn:") && !strings.HasSuffix(name, "-") && !t[name] {
				t[name] = true
				return name
			}
		}
		names = []string{fmt.Sprintf("%s-%d", last, n)}
	}
}

// WriteYAML writes the file as YAML. Comments are written at the top, each on a line of its own.
func (f *File) WriteYAML(w io.Writer, comments ...string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# yaml-language-server: $schema=%s\n", SchemaURL)
	for _, comment := range comments {
		fmt.Fprintf(&b, "# %s\n", oneLine(comment))
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
			list[i] = cmp.Or(names[nrn], nrn)
		}
		return list
	}
	if len(f.Clusters) > 0 {
		b.WriteString("clusters:\n")
	}
	for _, cluster := range f.Clusters {
		var fields flowMap
		fields.add(cluster.Region != "", "region", scalar(cluster.Region))
		fields.add(cluster.Profile != "", "profile", scalar(cluster.Profile))
		fields.add(cluster.Others == RemoveOthers, "others", string(RemoveOthers))
		fields.add(len(cluster.Protect) > 0, "protect", flowList(named(cluster.Protect)))
		fmt.Fprintf(&b, "  %s: %s\n", scalar(cluster.Name), fields)
	}
	if len(f.Rules) > 0 {
		b.WriteString("access:\n")
	}
	for _, rule := range f.Rules {
		policies := make([]string, len(rule.Policies))
		for i, policy := range rule.Policies {
			policies[i] = flowPolicy(policy)
		}
		var fields flowMap
		fields.add(true, "principal", flow(named(rule.Principals)))
		fields.add(true, "clusters", flowList(f.patterns(rule.Clusters)))
		fields.add(len(rule.Groups) > 0, "groups", flowList(rule.Groups))
		fields.add(rule.Absent, "absent", "true")
		empty := !rule.Absent && len(policies)+len(rule.Groups) == 0
		fields.add(empty || len(policies) > 0, "policies", "["+strings.Join(policies, ", ")+"]")
		fmt.Fprintf(&b, "  - %s\n", fields)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// flowMap is a mapping in braces.
type flowMap []string

func (m *flowMap) add(given bool, key, value string) {
	if given {
		*m = append(*m, key+": "+value)
	}
}

func (m flowMap) String() string { return "{" + strings.Join(m, ", ") + "}" }

// patterns is "*" for all clusters of the file, and the names otherwise.
func (f *File) patterns(names []string) []string {
	star := slices.ContainsFunc(f.Clusters, func(c Cluster) bool { return c.Name == "*" })
	if len(names) == len(f.Clusters) && len(names) > 1 && !star {
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
	var fields flowMap
	fields.add(true, "type", scalar(policy.Type))
	fields.add(true, "scope", scalar(policy.Scope))
	fields.add(len(policy.Namespaces) > 0, "namespaces", flowList(policy.Namespaces))
	fields.add(checkPolicy(&policy) != nil, "unknown", "true")
	return fields.String()
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

// oneLine puts text on one line, for a comment.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || !strconv.IsPrint(r) }), " ")
}
