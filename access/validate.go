package access

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// The limits of the service. Source: the provider's user guide on IAM access of a cluster.
const (
	maxGroups     = 30
	maxNamespaces = 50
)

// Problem is one broken rule.
type Problem struct {
	Field string // such as policies[0] namespaces
	Rule  string // such as "must name at least one when the scope is namespace"

	policy int // the index of the policy that it is about, or -1
}

func about(field, rule string) Problem { return Problem{field, rule, -1} }

// ValidationError lists what is wrong with a request, which was not sent. It is [ErrInvalid].
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
	Type      Type   // what the principal is; when empty as its NRN says
	Groups    []string
	Policies  []Policy
}

func (e NewEntry) kind() Type { return cmp.Or(e.Type, TypeOf(e.Principal)) }

// Validate returns a [*ValidationError] when the service would refuse the entry, as far as the contract says.
func (e NewEntry) Validate() error {
	var problems []Problem
	rule := nrnRule(e.Principal)
	if rule != "" {
		problems = append(problems, about("principal", rule))
	}
	switch kind := e.kind(); {
	case kind == "" && rule != "": // what is no NRN has no type
	case kind == "":
		problems = append(problems, about("type", "must be given, because the NRN is neither that of a SubAccount nor that of a Role"))
	case !kind.Valid():
		problems = append(problems, about("type", fmt.Sprintf("must be %s or %s, not %q", User, Role, kind)))
	case kind == User && strings.Contains(e.Principal, ":Role/"), kind == Role && strings.Contains(e.Principal, ":SubAccount/"):
		problems = append(problems, about("type", fmt.Sprintf("must fit the NRN, which is not that of a %s", kind)))
	}
	return problem(append(problems, stateProblems(e.Groups, e.Policies)...))
}

func problem(problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	return &ValidationError{problems}
}

// stateProblems checks what an update replaces.
func stateProblems(groups []string, policies []Policy) []Problem {
	var problems []Problem
	if len(groups) > maxGroups {
		problems = append(problems, about("groups", fmt.Sprintf("must be at most %d, not %d", maxGroups, len(groups))))
	}
	for i, group := range groups {
		if group == "" {
			problems = append(problems, about(fmt.Sprintf("groups[%d]", i), "must not be empty"))
		}
	}
	for i, policy := range policies {
		field := fmt.Sprintf("policies[%d]", i)
		problems = append(problems, policy.problems(field, i)...)
		for j, earlier := range policies[:i] {
			if earlier.Type == policy.Type && requestScope(earlier.Scope) == requestScope(policy.Scope) && slices.Equal(earlier.Namespaces, policy.Namespaces) {
				problems = append(problems, Problem{field, fmt.Sprintf("must not repeat policies[%d], %s", j, policy), i})
				break
			}
		}
	}
	return problems
}

func (p Policy) problems(field string, index int) []Problem {
	var problems []Problem
	if !slices.Contains(PolicyTypes, p.Type) {
		problems = append(problems, Problem{field + " type", fmt.Sprintf("must be one of %s, not %q", strings.Join(PolicyTypes, ", "), p.Type), index})
	}
	switch requestScope(p.Scope) {
	case ClusterScope:
		if len(p.Namespaces) > 0 {
			problems = append(problems, Problem{field + " namespaces", "must be empty when the scope is cluster", index})
		}
	case NamespaceScope:
		if len(p.Namespaces) == 0 {
			problems = append(problems, Problem{field + " namespaces", "must name at least one when the scope is namespace", index})
		}
	default:
		problems = append(problems, Problem{field + " scope", fmt.Sprintf("must be %s or %s, not %q", ClusterScope, NamespaceScope, p.Scope), index})
	}
	if len(p.Namespaces) > maxNamespaces {
		problems = append(problems, Problem{field + " namespaces", fmt.Sprintf("must be at most %d, not %d", maxNamespaces, len(p.Namespaces)), index})
	}
	for _, namespace := range p.Namespaces {
		if namespace == "" {
			problems = append(problems, Problem{field + " namespaces", "must not hold an empty name", index})
			break
		}
	}
	return problems
}

var uuidPattern = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)

// IsUUID reports whether s is a UUID in its usual form, which is the only one that becomes part of a path.
func IsUUID(s string) bool { return uuidPattern.MatchString(s) }

func parseUUID(field, s string) (uuid.UUID, error) {
	if !IsUUID(s) {
		return uuid.UUID{}, &ValidationError{[]Problem{about(field, fmt.Sprintf("must be a UUID, such as 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000, not %q", s))}}
	}
	return uuid.Parse(s)
}
