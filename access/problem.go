package access

import (
	"fmt"
	"strings"
)

// Path is where a value is, from the outside in: names of fields (string) and indexes (int).
type Path []any

// String returns the path as people write it, such as "policies[0].namespaces[1]".
func (p Path) String() string {
	var s strings.Builder
	for _, step := range p {
		switch step := step.(type) {
		case int:
			fmt.Fprintf(&s, "[%d]", step)
		default:
			if s.Len() > 0 {
				s.WriteByte('.')
			}
			fmt.Fprint(&s, step)
		}
	}
	return s.String()
}

// Problem is one broken rule.
type Problem struct {
	Path Path   // the value; empty for the value that was validated itself
	Rule string // such as "must name at least one namespace"
}

func (p Problem) String() string {
	if len(p.Path) == 0 {
		return p.Rule
	}
	return p.Path.String() + " " + p.Rule
}

// ValidationError says which rules a value breaks. A request with it is not sent. It is
// [ErrInvalid].
type ValidationError struct{ Problems []Problem }

func (e *ValidationError) Error() string {
	words := make([]string, len(e.Problems))
	for i, problem := range e.Problems {
		words[i] = problem.String()
	}
	return strings.Join(words, "; ")
}

// Is reports whether target is ErrInvalid.
func (e *ValidationError) Is(target error) bool { return target == ErrInvalid }

// problems collects broken rules.
type problems []Problem

func (p *problems) add(path Path, format string, args ...any) {
	*p = append(*p, Problem{path, fmt.Sprintf(format, args...)})
}

// within adds the problems of a part that is at path.
func (p *problems) within(path Path, part problems) {
	for _, problem := range part {
		full := append(append(Path{}, path...), problem.Path...)
		*p = append(*p, Problem{full, problem.Rule})
	}
}

// err returns a [*ValidationError], or nil without problems.
func (p problems) err() error {
	if len(p) == 0 {
		return nil
	}
	return &ValidationError{p}
}
