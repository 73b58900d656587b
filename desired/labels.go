package desired

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// label is what a file calls an NRN.
type label struct {
	name  string
	place int // of the NRN in the principal, from 1
	of    int // NRNs of the principal
}

// String returns the name. For a name of several NRNs it says which of them this is.
func (l label) String() string {
	if l.of == 1 {
		return l.name
	}
	return fmt.Sprintf("%s (%d of %d)", l.name, l.place, l.of)
}

// labels are what a file calls an NRN, in the order of the file. The names of this NRN alone come
// first.
type labels []label

// name returns the first name, or "".
func (l labels) name() string {
	if len(l) == 0 {
		return ""
	}
	return l[0].name
}

// text returns what to show of the names if the first name alone does not tell NRNs apart, or "".
func (l labels) text() string {
	var texts []string
	for _, one := range l {
		isAlone := one.of == 1
		if len(texts) > 0 && !isAlone && l[0].of == 1 {
			continue // a name of this NRN alone tells more
		}
		texts = append(texts, one.String())
	}
	text := strings.Join(texts, ", ")
	if text == l.name() {
		return ""
	}
	return text
}

// labels returns what the file calls each NRN.
func (f *File) labels() map[access.NRN]labels {
	all := map[access.NRN]labels{}
	for _, principal := range f.Principals {
		nrns := f.nrnsOf(principal)
		for i, nrn := range nrns {
			all[nrn] = append(all[nrn], label{principal.Name, i + 1, len(nrns)})
		}
	}
	for _, list := range all {
		list.sort()
	}
	return all
}

// sort puts names of one NRN alone before the others.
func (l labels) sort() {
	isShared := func(one label) int { return min(one.of, 2) }
	slices.SortStableFunc(l, func(a, b label) int { return cmp.Compare(isShared(a), isShared(b)) })
}

// Shown returns the name of the principal for people: Label, or Name if that tells enough.
func (s *Step) Shown() string { return cmp.Or(s.Label, s.Name) }

// Shown returns the name of the principal for people: Label, or Name if that tells enough.
func (s *StaleEntry) Shown() string { return cmp.Or(s.Label, s.Name) }

// Shown returns the name of the principal for people: Label, or Name if that tells enough.
func (o *Other) Shown() string { return cmp.Or(o.Label, o.Name) }

// Shown returns the name of the principal for people: Label, or Name if that tells enough.
func (p *Permission) Shown() string { return cmp.Or(p.Label, p.Name) }
