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

// The limits of the service (user guide on IAM access of a cluster).
const (
	maxGroups     = 30
	maxNamespaces = 50
)

// Problem is one broken rule.
type Problem struct {
	Field string // such as "policies[0] namespaces"
	Rule  string // such as "must name at least one when the scope is namespace"

	policy int // the index of the policy, or -1
}

func about(field, rule string) Problem { return Problem{field, rule, -1} }

// ValidationError says that a request is invalid and was not sent. It is [ErrInvalid].
type ValidationError struct{ Problems []Problem }

func (e *ValidationError) Error() string {
	words := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		words[i] = p.Field + " " + p.Rule
	}
	return strings.Join(words, "; ")
}

// Is makes the error ErrInvalid.
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
	rule := nrnRule(e.Principal)
	if rule != "" {
		problems = append(problems, about("principal", rule))
	}
	switch kind := e.kind(); {
	case kind == "" && rule != "": // without an NRN there is no type
	case kind == "":
		problems = append(problems, about("type",
			fmt.Sprintf("must be given (%s or %s), because the NRN is neither a SubAccount nor a Role", TypeUser, TypeRole)))
	case !kind.Valid():
		problems = append(problems, about("type", fmt.Sprintf("must be %s or %s, not %q", TypeUser, TypeRole, kind)))
	case !e.SkipTypeCheck && TypeOf(e.Principal) != "" && TypeOf(e.Principal) != kind:
		problems = append(problems, about("type", fmt.Sprintf("must fit the NRN, which is a %s, not %s", TypeOf(e.Principal), kind)))
	}
	return problem(append(problems, stateProblems(e.Groups, e.Policies)...))
}

func problem(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ValidationError{problems}
}

// stateProblems checks groups and policies.
func stateProblems(groups []string, policies []Policy) []Problem {
	var problems []Problem
	if len(groups) > maxGroups {
		problems = append(problems, about("groups", fmt.Sprintf("must be at most %d, not %d", maxGroups, len(groups))))
	}
	for i, group := range groups {
		if rule := nameRule(group); rule != "" {
			problems = append(problems, about(fmt.Sprintf("groups[%d]", i), rule))
		}
	}
	for i, policy := range policies {
		problems = append(problems, policy.problems(fmt.Sprintf("policies[%d]", i), i)...)
	}
	return problems
}

func (p Policy) problems(field string, index int) []Problem {
	var problems []Problem
	broken := func(part, format string, args ...any) {
		problems = append(problems, Problem{field + " " + part, fmt.Sprintf(format, args...), index})
	}
	if !slices.Contains(PolicyTypes, p.Type) {
		broken("type", "must be one of %s, not %q", strings.Join(PolicyTypes, ", "), p.Type)
	}
	switch requestScope(p.Scope) {
	case ClusterScope:
		if len(p.Namespaces) > 0 {
			broken("namespaces", "must be empty when the scope is cluster")
		}
	case NamespaceScope:
		if len(p.Namespaces) == 0 {
			broken("namespaces", "must name at least one when the scope is namespace")
		}
	default:
		broken("scope", "must be %s or %s, not %q", ClusterScope, NamespaceScope, p.Scope)
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
	if name == "" {
		return "must not be empty"
	}
	for i, r := range name {
		if _, size := utf8.DecodeRuneInString(name[i:]); r == utf8.RuneError && size == 1 {
			return fmt.Sprintf("must be valid UTF-8, which byte %d of %q is not", i+1, name)
		}
		if unicode.IsControl(r) {
			return fmt.Sprintf("must not hold a control character, as byte %d of %q is", i+1, name)
		}
	}
	return ""
}

var uuidPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)

// IsUUID reports whether s is a UUID of 36 characters. Only those become part of a path.
func IsUUID(s string) bool { return uuidPattern.MatchString(s) }

func parseUUID(field, s string) (uuid.UUID, error) {
	if !IsUUID(s) {
		return uuid.UUID{}, &ValidationError{[]Problem{about(field, fmt.Sprintf("must be a UUID, such as 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000, not %q", s))}}
	}
	return uuid.Parse(s)
}
