package access

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
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
	case strings.TrimFunc(name, blankOrUnseen) == "":
		return fmt.Sprintf("must have a character that can be seen, as %+q has not", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Sprintf("must not contain a control character, as %q does", name)
	case strings.ContainsFunc(name, unseen):
		return fmt.Sprintf("must not contain a character that cannot be seen, as %+q does", name)
	case strings.TrimSpace(name) != name:
		return fmt.Sprintf("must not begin or end with a blank, as %q does", name)
	}
	return ""
}

func blankOrUnseen(r rune) bool { return unicode.IsSpace(r) || unseen(r) }

// unseen reports whether a character has no width, changes the direction of text, or is shown as
// nothing.
func unseen(r rune) bool {
	if unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
		return true
	}
	return r == '\u2028' || r == '\u2029' || r == '\u2800'
}

// A namespace is a DNS label of RFC 1123 (Kubernetes).
var namespacePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// NamespaceProblem returns why name cannot be the name of a namespace, or a pattern of names, in a
// request, or "". The docs show only the pattern *-ns. What else the service takes as a pattern is not
// known, so text with * or ? or [ is taken for one.
func NamespaceProblem(name string) string {
	if rule := NameProblem(name); rule != "" {
		return rule
	}
	if strings.ContainsAny(name, "*?[") {
		if strings.ContainsFunc(name, unicode.IsSpace) {
			return fmt.Sprintf("must not contain a blank, as %q does", name)
		}
		return ""
	}
	if !namespacePattern.MatchString(name) {
		return fmt.Sprintf("must be a name that a namespace can have (lower-case letters, digits and -, "+
			"at most 63) or a pattern with *, not %q", name)
	}
	return ""
}
