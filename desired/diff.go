package desired

import (
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// diff is what a plan of one cluster consists of.
type diff struct {
	steps     []Step
	others    []Other
	ignored   int
	unchanged int
}

// diff compares what the rules want with the entries of a cluster, principal by principal:
//
//	the rules      its entries          result
//	grant          none                 add
//	grant          one, the same        unchanged
//	grant          one                  change
//	grant          several              an error; with Repair, change one and remove the others
//	say absent     none                 nothing
//	say absent     any                  remove
//	say nothing    any, others: keep    listed under others
//	say nothing    any, others: ignore  counted
//	say nothing    any, others: remove  remove
func (p *planner) diff(wants []want, o Observed) (diff, error) {
	var d diff
	entries := byPrincipal(o.Entries)
	named := map[access.NRN]bool{}
	for _, w := range wants {
		named[w.principal] = true
		if err := p.compare(&d, w, entries[w.principal]); err != nil {
			return diff{}, fmt.Errorf("%s on cluster %s: %w", w.principal, o.Cluster.UUID, err)
		}
	}
	removed := map[access.NRN]bool{}
	for _, entry := range o.Entries {
		principal := entry.Principal
		if named[principal] || removed[principal] {
			continue
		}
		if o.Spec.Others == RemoveOthers {
			removed[principal] = true
			d.steps = append(d.steps, p.step(Remove, principal, entries[principal]))
			continue
		}
		if o.Spec.Others == IgnoreOthers {
			d.ignored++
			continue
		}
		d.others = append(d.others, Other{
			UUID: entry.UUID, Principal: principal, Name: p.names[principal].name(), Label: p.names[principal].text(),
			PrincipalName: p.file.nameOf(principal), Grants: entry.Grants.Filled(),
		})
	}
	for i := range d.steps {
		step := &d.steps[i]
		step.fill()
		if err := step.validate(); err != nil {
			return diff{}, fmt.Errorf("%s on cluster %s: %w", step.Principal, o.Cluster.UUID, err)
		}
	}
	sortSteps(d.steps)
	return d, nil
}

// compare adds to d what is to be done about one principal.
func (p *planner) compare(d *diff, w want, entries []access.Entry) error {
	if w.absent {
		if len(entries) > 0 {
			d.steps = append(d.steps, p.wantedStep(Remove, w, entries))
		}
		return nil
	}
	switch len(entries) {
	case 0:
		d.steps = append(d.steps, p.wantedStep(Add, w, nil))
	case 1:
		if entries[0].Same(w.grants()) {
			d.unchanged++
			return nil
		}
		d.steps = append(d.steps, p.wantedStep(Update, w, entries))
	default:
		if !p.options.repair {
			return &DuplicateEntryError{entryUUIDs(entries)}
		}
		d.steps = append(d.steps, p.wantedStep(Update, w, keptFirst(entries, w.grants())))
	}
	return nil
}

func (p *planner) wantedStep(action Action, w want, entries []access.Entry) Step {
	step := p.step(action, w.principal, entries)
	step.Rules = w.rows()
	step.Through = w.through()
	if action != Remove {
		step.After = w.grants()
	}
	return step
}

// step returns a step for the entries of a principal, of which all but the first are duplicates.
func (p *planner) step(action Action, principal access.NRN, entries []access.Entry) Step {
	step := Step{
		Action: action, Principal: principal, Name: p.names[principal].name(), Label: p.names[principal].text(),
		PrincipalName: p.file.nameOf(principal),
	}
	step.Unchecked = action == Add && p.unchecked[principal] && !principal.Known()
	for i, entry := range entries {
		if i == 0 {
			step.Entry = entry.UUID
			step.Before = entry.Grants
			continue
		}
		step.Duplicates = append(step.Duplicates, entry.UUID)
		step.Before = step.Before.With(entry.Grants)
	}
	return step
}

// keptFirst returns the entries with the one first that a repair keeps: one that grants what is
// wanted, or the first.
func keptFirst(entries []access.Entry, wanted access.Grants) []access.Entry {
	kept := 0
	for i, entry := range entries {
		if entry.Same(wanted) {
			kept = i
			break
		}
	}
	sorted := []access.Entry{entries[kept]}
	for i, entry := range entries {
		if i != kept {
			sorted = append(sorted, entry)
		}
	}
	return sorted
}

func byPrincipal(entries []access.Entry) map[access.NRN][]access.Entry {
	sorted := make(map[access.NRN][]access.Entry, len(entries))
	for _, entry := range entries {
		sorted[entry.Principal] = append(sorted[entry.Principal], entry)
	}
	return sorted
}

func entryUUIDs(entries []access.Entry) []string {
	ids := make([]string, len(entries))
	for i, entry := range entries {
		ids[i] = entry.UUID
	}
	return ids
}

// DuplicateEntryError says that a principal has several entries on a cluster, so that nobody can tell
// which counts. It is [access.ErrAmbiguous]. A plan with [Repair] keeps one.
type DuplicateEntryError struct{ UUIDs []string }

func (e *DuplicateEntryError) Error() string {
	return fmt.Sprintf("the principal has more than one entry (%s); delete all but one, or repair it: "+
		"a repair keeps one as the file says and removes the others", strings.Join(e.UUIDs, ", "))
}

// Is reports whether target is access.ErrAmbiguous.
func (e *DuplicateEntryError) Is(target error) bool { return target == access.ErrAmbiguous }
