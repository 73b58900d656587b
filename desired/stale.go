package desired

import (
	"github.com/nks-access/nks-access/access"
)

// StaleEntry is an entry whose principal is gone or inactive.
type StaleEntry struct {
	UUID          string     `json:"uuid"`
	Principal     access.NRN `json:"principal"`
	Name          string     `json:"name,omitempty"`          // of the principal in the file
	Label         string     `json:"label,omitempty"`         // see Step
	PrincipalName string     `json:"principalName,omitempty"` // in the directory
	Status        Status     `json:"status"`
	access.Grants
}

// stale returns the entries that are stale after the steps.
func (p *planner) stale(entries []access.Entry, steps []Step) []StaleEntry {
	removed := map[string]bool{}
	for _, step := range steps {
		if step.Action != Remove {
			continue
		}
		for _, id := range step.entryIDs() {
			removed[id] = true
		}
	}
	var stale []StaleEntry
	for _, entry := range entries {
		status := p.file.people.Status(entry.Principal)
		if status == "" || removed[sameID(entry.UUID)] {
			continue
		}
		stale = append(stale, StaleEntry{
			UUID: entry.UUID, Principal: entry.Principal,
			Name: p.names[entry.Principal].name(), Label: p.names[entry.Principal].text(),
			PrincipalName: p.file.nameOf(entry.Principal), Status: status, Grants: entry.Grants.Filled(),
		})
	}
	return stale
}

// PlanStale returns a plan that removes the entries whose principals are gone, and says nothing of
// other entries. The file must know people; see [File.WithPeople].
func (f *File) PlanStale(observed []Observed) *Plan {
	all := *f
	all.Rules = nil
	var specs []Observed
	for _, o := range observed {
		gone := map[access.NRN]bool{}
		for _, entry := range o.Entries {
			if f.people.Status(entry.Principal) == Gone {
				gone[entry.Principal] = true
			}
		}
		if len(gone) > 0 {
			rule := Rule{Clusters: []string{o.Spec.Name}, Absent: true}
			for _, entry := range o.Entries {
				if gone[entry.Principal] {
					gone[entry.Principal] = false // once
					rule.Principals = append(rule.Principals, entry.Principal)
				}
			}
			all.Rules = append(all.Rules, rule)
		}
		o.Spec.Others = KeepOthers
		specs = append(specs, o)
	}
	plan := all.Plan(specs)
	for i := range plan.Clusters {
		plan.Clusters[i].Others = []Other{}
	}
	plan.Summary = plan.count()
	return plan
}
