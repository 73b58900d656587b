package desired

import (
	"cmp"
	"slices"
	"time"

	"github.com/nks-access/nks-access/access"
)

// Ending says that a principal loses access on a cluster at a moment, because rules end.
type Ending struct {
	Principal access.NRN `json:"principal"`
	Name      string     `json:"name,omitempty"`  // of the principal in the file
	Label     string     `json:"label,omitempty"` // see Step
	At        time.Time  `json:"at"`
	Takes     []string   `json:"takes"`           // what the principal loses
	Entry     bool       `json:"entry,omitempty"` // it loses its entry
	Rules     []string   `json:"rules,omitempty"` // that end, such as access.yaml:5:5

	PrincipalName string `json:"principalName,omitempty"` // in the directory
}

// Shown returns the name of the principal for people.
func (e *Ending) Shown() string { return cmp.Or(e.Label, e.Name) }

// endings returns what ends on a cluster, by the rules that are active, in the order of time.
func (p *planner) endings(wants []want) []Ending {
	var endings []Ending
	for _, w := range wants {
		if !w.absent {
			endings = append(endings, p.endingsOf(w)...)
		}
	}
	slices.SortStableFunc(endings, func(a, b Ending) int { return a.At.Compare(b.At) })
	return endings
}

// endingsOf returns the moments at which a principal loses something, the first one first.
func (p *planner) endingsOf(w want) []Ending {
	rules := w.total.rules()
	var moments []time.Time
	for _, rule := range rules {
		if !rule.Until.IsZero() {
			moments = append(moments, rule.Until)
		}
	}
	slices.SortFunc(moments, time.Time.Compare)
	moments = slices.CompactFunc(moments, time.Time.Equal)
	var endings []Ending
	before := w.total
	for _, at := range moments {
		after := p.nothing
		var over []*Rule
		for _, rule := range before.rules() {
			if rule.Active(at) {
				after = after.plus(rule)
			} else {
				over = append(over, rule)
			}
		}
		ending := Ending{
			Principal: w.principal, Name: p.names[w.principal].name(), Label: p.names[w.principal].text(),
			PrincipalName: p.file.nameOf(w.principal), At: at, Entry: after.rule == nil,
			Takes: append([]string{}, before.sum().Beyond(after.sum())...), Rules: places(over),
		}
		if ending.Entry || len(ending.Takes) > 0 {
			endings = append(endings, ending)
		}
		before = after
	}
	return endings
}
