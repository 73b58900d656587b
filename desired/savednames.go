package desired

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// CheckNames looks up the names of a saved plan again. It returns a [*ChangedNamesError] if one of
// them means somebody else now, or if the directory cannot tell. A plan without names asks nobody.
func (p *Plan) CheckNames(ctx context.Context, directories Directories, parallel int) error {
	lookups := make([]*lookup, len(p.Names))
	for i, saved := range p.Names {
		directory, err := directories(saved.Region, saved.Profile)
		if err != nil {
			return fmt.Errorf("check names of the plan: %w", err)
		}
		lookups[i] = &lookup{directory: directory, meaning: Meaning{Kind: saved.Kind, Name: saved.Name}}
	}
	each(parallel, len(lookups), func(i int) { lookups[i].find(ctx) })
	changed := &ChangedNamesError{}
	for i, now := range lookups {
		changed.compare(p.Names[i], now)
	}
	if len(changed.Changes) == 0 && len(changed.Unread) == 0 {
		return nil
	}
	return changed
}

// ChangedNamesError says which names of a saved plan mean somebody else than when it was made. It is
// [access.ErrConflict] if there is such a name.
type ChangedNamesError struct {
	Changes []string
	Unread  []error // why names cannot be looked up, each once
}

// Error lists the changes, one a line, and then why names cannot be looked up.
func (e *ChangedNamesError) Error() string {
	lines := slices.Clone(e.Changes)
	for _, err := range e.Unread {
		lines = append(lines, fmt.Sprintf("the names of the plan cannot be looked up: %s", err))
	}
	return strings.Join(lines, "\n")
}

// Is reports whether target is access.ErrConflict, and a name means somebody else.
func (e *ChangedNamesError) Is(target error) bool {
	return target == access.ErrConflict && len(e.Changes) > 0
}

// Unwrap returns why names cannot be looked up.
func (e *ChangedNamesError) Unwrap() []error { return e.Unread }

func (e *ChangedNamesError) compare(saved Meaning, now *lookup) {
	var unreadable *UnreadableError
	if errors.As(now.err, &unreadable) {
		isNew := !slices.ContainsFunc(e.Unread, func(err error) bool { return err.Error() == unreadable.Error() })
		if isNew {
			e.Unread = append(e.Unread, unreadable)
		}
		return
	}
	if now.err != nil {
		e.Changes = append(e.Changes, fmt.Sprintf("%s has changed since the plan was saved: %s", nameOf(saved), now.err))
		return
	}
	if saved.Kind != KindGroup {
		e.compareOne(saved, now.meaning)
		return
	}
	left := saved.without(now.meaning)
	joined := now.meaning.without(saved)
	if len(left) > 0 || len(joined) > 0 {
		e.Changes = append(e.Changes, fmt.Sprintf("%s has changed since the plan was saved: %s left, %s joined",
			nameOf(saved), orNobody(left), orNobody(joined)))
	}
}

func (e *ChangedNamesError) compareOne(saved, now Meaning) {
	if len(saved.without(now)) == 0 && len(now.without(saved)) == 0 {
		return
	}
	e.Changes = append(e.Changes, fmt.Sprintf("%s is %s now; when the plan was saved it was %s",
		nameOf(saved), orNobody(now.nrns()), orNobody(saved.nrns())))
}

func nameOf(m Meaning) Name { return Name{Kind: m.Kind, Text: m.Name} }

// without returns the principals that other has not.
func (m Meaning) without(other Meaning) []string {
	var missing []string
	for _, principal := range m.Principals {
		isSame := func(c Called) bool { return c.Principal == principal.Principal }
		if !slices.ContainsFunc(other.Principals, isSame) {
			missing = append(missing, fmt.Sprintf("%s (%s)", principal.Name, principal.Principal))
		}
	}
	return missing
}

func (m Meaning) nrns() []string {
	var nrns []string
	for _, principal := range m.Principals {
		nrns = append(nrns, string(principal.Principal))
	}
	return nrns
}

func orNobody(texts []string) string {
	if len(texts) == 0 {
		return "nobody"
	}
	return strings.Join(texts, ", ")
}

// readSaved checks a meaning of a saved plan.
func (m *Meaning) readSaved() error {
	if !slices.Contains(nameKeys, string(m.Kind)) {
		return fmt.Errorf("unknown kind %q (want %s)", m.Kind, strings.Join(nameKeys, ", "))
	}
	if m.Name == "" {
		return errors.New("name is missing")
	}
	for i := range m.Principals {
		m.Principals[i].Principal = access.AnyNRN(string(m.Principals[i].Principal))
	}
	return nil
}
