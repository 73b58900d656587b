package export

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// WriteYAML writes a file as YAML. Comments are written at the top, each on a line of its own. It
// returns the error of w.
func WriteYAML(w io.Writer, file *desired.File, comments ...string) error {
	y := yamlWriter{file: file, names: map[access.NRN]string{}}
	y.line("# yaml-language-server: $schema=%s", desired.SchemaURL)
	for _, comment := range comments {
		y.line("# %s", oneLine(comment))
	}
	y.line("version: %d", desired.FileVersion)
	y.section("principals", len(file.Principals))
	for _, principal := range file.Principals {
		y.principal(principal)
	}
	y.clusters(file.Clusters)
	y.line("access:") // also without rules, so that one can be added at the end
	for _, rule := range file.Rules {
		y.line("  - %s", y.rule(rule))
	}
	_, err := io.WriteString(w, y.text.String())
	return err
}

// yamlWriter writes the sections of a file.
type yamlWriter struct {
	file  *desired.File
	names map[access.NRN]string // names of single NRNs
	text  strings.Builder
}

func (y *yamlWriter) line(format string, args ...any) { fmt.Fprintf(&y.text, format+"\n", args...) }

// section begins a section, unless it is empty.
func (y *yamlWriter) section(key string, length int) {
	if length > 0 {
		y.line("%s:", key)
	}
}

func (y *yamlWriter) principal(principal desired.Principal) {
	var values []string
	for _, nrn := range principal.NRNs {
		values = append(values, flowNRN(nrn))
	}
	for _, name := range principal.Names {
		values = append(values, flowName(name))
	}
	value := flow(values)
	if len(values) == 1 {
		value = values[0]
	}
	if len(values) == 1 && len(principal.NRNs) == 1 {
		value = y.only(principal)
	}
	y.line("  %s: %s", scalar(principal.Name), value)
}

// only returns the value of a principal that is one NRN, and notes its name.
func (y *yamlWriter) only(principal desired.Principal) string {
	nrn := principal.NRNs[0]
	y.names[nrn] = principal.Name
	if principal.WriteAs != (desired.Name{}) {
		return flowName(principal.WriteAs)
	}
	value := flowNRN(nrn)
	if nrn.Known() && plainNRN.MatchString(string(nrn)) {
		value = string(nrn)
	}
	if principal.Comment != "" {
		value += " # " + oneLine(principal.Comment)
	}
	return value
}

// flowName writes {user: LOGIN_ID}, {role: NAME} or {group: NAME}.
func flowName(name desired.Name) string {
	var fields flowMap
	fields.add(string(name.Kind), scalar(name.Text))
	return fields.String()
}

// flowNRN writes an NRN for a place within brackets. One of an unknown form is written so that it
// loads.
func flowNRN(nrn access.NRN) string {
	if nrn.Known() {
		return scalar(string(nrn))
	}
	var fields flowMap
	fields.add("nrn", scalar(string(nrn)))
	fields.add("unchecked", "true")
	return fields.String()
}

// whom returns principals as the file writes them: by their names in the file, or by their NRNs if they
// have none of their own.
func (y *yamlWriter) whom(nrns []access.NRN, names []desired.Name) []string {
	var list []string
	for _, nrn := range nrns {
		list = append(list, scalar(cmp.Or(y.names[nrn], string(nrn))))
	}
	for _, name := range names {
		list = append(list, flowName(name))
	}
	return list
}

func (y *yamlWriter) rule(rule desired.Rule) flowMap {
	var fields flowMap
	whom := y.whom(rule.Principals, rule.Names)
	if len(whom) == 1 {
		fields.add("principal", whom[0])
	} else {
		fields.add("principal", flow(whom))
	}
	fields.add("clusters", flowList(y.patterns(rule.Clusters)))
	if rule.Absent {
		fields.add("absent", "true")
		return fields
	}
	if len(rule.Groups) > 0 {
		fields.add("groups", flowEach(rule.Groups, flowGroup))
	}
	if len(rule.Policies) > 0 || len(rule.Groups) == 0 {
		fields.add("policies", flowEach(rule.Policies, flowPolicy))
	}
	if !rule.Until.IsZero() {
		fields.add("until", scalar(rule.Until.Format(time.RFC3339)))
	}
	return fields
}

// patterns returns "*" for all clusters of the file, and the names otherwise.
func (y *yamlWriter) patterns(names []string) []string {
	isName := slices.ContainsFunc(y.file.Clusters, func(t desired.Target) bool { return t.Name == "*" })
	if len(names) == len(y.file.Clusters) && len(names) > 1 && !isName {
		return []string{"*"}
	}
	return names
}

// flowMap is a mapping in braces.
type flowMap []string

func (m *flowMap) add(key, value string) { *m = append(*m, key+": "+value) }

func (m flowMap) String() string { return "{" + strings.Join(m, ", ") + "}" }

// flowGroup writes the name of a group. One that a request does not accept is written so that it
// loads.
func flowGroup(group string) string {
	if access.NameProblem(group) == "" {
		return scalar(group)
	}
	var fields flowMap
	fields.add("name", scalar(group))
	fields.add("unchecked", "true")
	return fields.String()
}

// flowPolicy writes a policy in the short form if that says it all, and as the API has it otherwise.
func flowPolicy(policy access.Policy) string {
	parsed, err := access.ParsePolicy(policy.String())
	if err == nil && parsed.Equal(policy) {
		return scalar(policy.String())
	}
	var fields flowMap
	fields.add("type", scalar(string(policy.Type)))
	fields.add("scope", scalar(policy.Scope))
	if len(policy.Namespaces) > 0 {
		fields.add("namespaces", flowList(policy.Namespaces))
	}
	if policy.Validate() != nil {
		fields.add("unknown", "true")
	}
	return fields.String()
}

func flowList(texts []string) string { return flowEach(texts, scalar) }

func flowEach[T any](values []T, write func(T) string) string {
	list := make([]string, len(values))
	for i, value := range values {
		list[i] = write(value)
	}
	return flow(list)
}

// flow writes a list of what is written already.
func flow(values []string) string { return "[" + strings.Join(values, ", ") + "]" }

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
	isASCII := !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	if isASCII && !strings.ContainsAny(text, `'\`) {
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
