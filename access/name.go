package access

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nks-access/nks-access/internal/unseen"
)

// NameProblem returns why name cannot be the name of a Kubernetes group in a request, or "". Blanks
// within a name are in use, so they are allowed. That a name is visible is our rule: the docs say
// nothing of it, and a name that looks like another one misleads whoever reads it.
func NameProblem(name string) string {
	switch {
	case name == "":
		return "must not be empty"
	case !utf8.ValidString(name): // JSON would silently change it
		return fmt.Sprintf("must be valid UTF-8, which %q is not", name)
	case strings.TrimFunc(name, neverSeenAlone) == "":
		return fmt.Sprintf("must have a character that can be seen, as %+q has not", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Sprintf("must not contain a control character, as %q does", name)
	case strings.ContainsFunc(name, unseen.Is):
		return fmt.Sprintf("must not contain a character that cannot be seen, as %+q does", name)
	case strings.TrimSpace(name) != name:
		return fmt.Sprintf("must not begin or end with a blank, as %q does", name)
	}
	return ""
}

// neverSeenAlone reports whether a character is blank, not seen, or an accent, which needs another
// character to stand on.
func neverSeenAlone(r rune) bool { return unicode.IsSpace(r) || unicode.Is(accents, r) || unseen.Is(r) }

// accents are the blocks of combining diacritical marks.
var accents = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x0300, Hi: 0x036f, Stride: 1},
	{Lo: 0x1ab0, Hi: 0x1aff, Stride: 1},
	{Lo: 0x1dc0, Hi: 0x1dff, Stride: 1},
	{Lo: 0x20d0, Hi: 0x20ff, Stride: 1},
	{Lo: 0xfe20, Hi: 0xfe2f, Stride: 1},
}}

// maxNamespace is the length of a label of RFC 1123.
const maxNamespace = 63

// A namespace is a label of RFC 1123 (Kubernetes). A pattern has *, ?, and sets such as [a-c] in place
// of some of its characters.
var (
	namespaceForm    = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	namespacePattern = regexp.MustCompile(
		`^([a-z0-9*?]|\[[!^]?[a-z0-9-]+\])(([a-z0-9*?-]|\[[!^]?[a-z0-9-]+\])*([a-z0-9*?]|\[[!^]?[a-z0-9-]+\]))?$`)
	onlyASet = regexp.MustCompile(`^\[[^\]]*\]$`)
)

// NamespaceProblem returns why name cannot be the name of a namespace, or a pattern of names, in a
// request, or "". The docs show only the pattern *-ns. What else the service takes as a pattern is not
// known, so text with * or ? or [ is taken for one. A pattern that matches no name that Kubernetes
// allows would grant nothing.
func NamespaceProblem(name string) string {
	if rule := NameProblem(name); rule != "" {
		return rule
	}
	if strings.ContainsAny(name, "*?[") {
		return patternProblem(name)
	}
	if !namespaceForm.MatchString(name) || len(name) > maxNamespace {
		return fmt.Sprintf("must be a name that a namespace can have (lower-case letters, digits and -, "+
			"at most %d) or a pattern with *, not %q", maxNamespace, name)
	}
	return ""
}

func patternProblem(name string) string {
	if strings.ContainsFunc(name, unicode.IsSpace) {
		return fmt.Sprintf("must not contain a blank, as %q does", name)
	}
	if !namespacePattern.MatchString(name) || len(name) > maxNamespace {
		return fmt.Sprintf("must be a pattern that a namespace can match (lower-case letters, digits, -, * and ?, "+
			"no - at the ends, at most %d), not %q", maxNamespace, name)
	}
	if onlyASet.MatchString(name) {
		return fmt.Sprintf("must not be in brackets, as %q is: they stand for one character", name)
	}
	return ""
}
