package access

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"
)

// The limits of the service (docs).
const (
	maxGroups     = 30
	maxNamespaces = 50
	maxNRNLength  = 128
)

// Problem is one broken rule.
type Problem struct {
	Field string // such as "policies[0] namespaces"
	Rule  string // such as "must name at least one when the scope is namespace"
}

// ValidationError says that a request is invalid and was not sent. It is [ErrInvalid].
type ValidationError struct{ Problems []Problem }

func (e *ValidationError) Error() string {
	words := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		words[i] = p.Field + " " + p.Rule
	}
	return strings.Join(words, "; ")
}

// Is reports whether target is ErrInvalid.
func (e *ValidationError) Is(target error) bool { return target == ErrInvalid }

// NewEntry is an entry to create.
type NewEntry struct {
	Principal string // NRN
	Type      Type   // TypeOf(Principal) if empty
	Groups    []string
	Policies  []Policy
	// SkipTypeCheck allows a Type that does not fit the NRN. No docs page says that it must fit.
	SkipTypeCheck bool
}

func (e NewEntry) kind() Type { return cmp.Or(e.Type, TypeOf(e.Principal)) }

// Validate returns a [*ValidationError] if the contract does not allow the entry, or if its type
// does not fit its NRN.
func (e NewEntry) Validate() error {
	var problems []Problem
	nrn := nrnRule(e.Principal)
	if nrn != "" {
		problems = append(problems, Problem{"principal", nrn})
	}
	if rule := e.typeRule(); rule != "" && (nrn == "" || e.Type != "") { // without an NRN there is no type
		problems = append(problems, Problem{"type", rule})
	}
	return problem(append(problems, stateProblems(e.Groups, e.Policies, nil)...))
}

func (e NewEntry) typeRule() string {
	switch kind, want := e.kind(), TypeOf(e.Principal); {
	case kind == "":
		return fmt.Sprintf("must be given (%s or %s), because the NRN is neither a SubAccount nor a Role", TypeUser, TypeRole)
	case !kind.Valid():
		return fmt.Sprintf("must be %s or %s, not %q", TypeUser, TypeRole, kind)
	case !e.SkipTypeCheck && want != "" && want != kind:
		return fmt.Sprintf("must fit the NRN, which is a %s, not %s", want, kind)
	}
	return ""
}

func problem(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ValidationError{problems}
}

func violation(field, rule string) error { return problem([]Problem{{field, rule}}) }

// stateProblems checks groups and policies. It skips policies that are among the known ones.
func stateProblems(groups []string, policies, known []Policy) []Problem {
	var problems []Problem
	if len(groups) > maxGroups {
		problems = append(problems, Problem{"groups", fmt.Sprintf("must be at most %d, not %d", maxGroups, len(groups))})
	}
	for i, group := range groups {
		if rule := nameRule(group); rule != "" {
			problems = append(problems, Problem{fmt.Sprintf("groups[%d]", i), rule})
		}
	}
	for i, policy := range policies {
		if !slices.ContainsFunc(known, policy.Equal) {
			problems = append(problems, policy.problems(fmt.Sprintf("policies[%d]", i))...)
		}
	}
	return problems
}

func (p Policy) problems(field string) []Problem {
	var problems []Problem
	broken := func(part, format string, args ...any) {
		problems = append(problems, Problem{field + " " + part, fmt.Sprintf(format, args...)})
	}
	if !slices.Contains(PolicyTypes, p.Type) {
		broken("type", "must be one of %s, not %q", strings.Join(PolicyTypes, ", "), p.Type)
	}
	switch scope := requestScope(p.Scope); {
	case scope != ClusterScope && scope != NamespaceScope:
		broken("scope", "must be %s or %s, not %q", ClusterScope, NamespaceScope, p.Scope)
	case scope == ClusterScope && len(p.Namespaces) > 0:
		broken("namespaces", "must be empty when the scope is cluster")
	case scope == NamespaceScope && len(p.Namespaces) == 0:
		broken("namespaces", "must name at least one when the scope is namespace")
	}
	if len(p.Namespaces) > maxNamespaces {
		broken("namespaces", "must be at most %d, not %d", maxNamespaces, len(p.Namespaces))
	}
	for i, namespace := range p.Namespaces {
		if rule := nameRule(namespace); rule != "" {
			broken(fmt.Sprintf("namespaces[%d]", i), "%s", rule)
		}
	}
	return problems
}

// nameRule returns the rule that the name of a group or a namespace breaks, or "". JSON would
// silently change invalid UTF-8.
func nameRule(name string) string {
	switch {
	case name == "":
		return "must not be empty"
	case !utf8.ValidString(name):
		return fmt.Sprintf("must be valid UTF-8, which %q is not", name)
	case strings.ContainsFunc(name, unicode.IsControl):
		return fmt.Sprintf("must not contain a control character, as %q does", name)
	}
	return ""
}

// IsUUID reports whether s is a UUID of 36 characters. No other text becomes part of a path.
func IsUUID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }

// nrnPattern follows nrn:domainCode:productName:regionCode:memberNo:resourceType/resourceId, as the
// contract has it. Domain code and region code are optional. No source shows the end of a main
// account's NRN.
var nrnPattern = regexp.MustCompile(`^nrn:(?:(?:PUB|FIN|GOV)?:)?[\w./=-]+:[\w./=-]*:[\w./=-]+(?::[\w./=:-]+)?$`)

func nrnRule(s string) string {
	switch {
	case len(s) > maxNRNLength:
		return fmt.Sprintf("must be at most %d characters long, not %d", maxNRNLength, len(s))
	case !nrnPattern.MatchString(s):
		const example = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
		return fmt.Sprintf("must be an NRN, such as %s, not %q", example, s)
	}
	return ""
}

// TypeOf returns the type of a principal by its NRN: TypeUser for a sub account, TypeRole for a
// role, "" for anything else. No docs page states this rule; the provider's Terraform provider
// follows it.
func TypeOf(principal string) Type {
	switch {
	case strings.Contains(principal, ":SubAccount/"):
		return TypeUser
	case strings.Contains(principal, ":Role/"):
		return TypeRole
	}
	return ""
}
