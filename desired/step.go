package desired

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nks-access/nks-access/access"
)

// Action is what a step does to an entry.
type Action string

// The actions.
const (
	Add    Action = "add"
	Update Action = "change"
	Remove Action = "remove"
)

// Step is what a plan does to the entry of one principal.
type Step struct {
	Action     Action        `json:"action"`
	Principal  access.NRN    `json:"principal"`
	Name       string        `json:"name,omitempty"`       // of the principal in the file
	Label      string        `json:"label,omitempty"`      // all names, or which NRN of the name, where Name does not tell
	Unchecked  bool          `json:"unchecked,omitempty"`  // the file says that the NRN may be of an unknown form
	Entry      string        `json:"entry,omitempty"`      // UUID of the entry that is changed or removed
	Duplicates []string      `json:"duplicates,omitempty"` // UUIDs of more entries of the principal, which are removed
	Before     access.Grants `json:"before"`               // of all entries of the principal
	After      access.Grants `json:"after"`
	Adds       []string      `json:"adds"`            // what the principal gets
	Takes      []string      `json:"takes"`           // what the principal loses
	Rules      []string      `json:"rules,omitempty"` // where the rules are that say so, such as access.yaml:5:5

	Ended time.Time `json:"ended,omitzero"` // when the rules ended whose end takes access

	status Status // of the principal, as far as its directory was read

	PrincipalName string   `json:"principalName,omitempty"` // login ID or role name in the directory
	Through       []string `json:"through,omitempty"`       // groups that make it a principal, such as "backend (3 people)"
}

// Loses reports whether the step takes access from the principal: it removes the entry, or leaves
// grants that permit less. A policy that becomes one for the whole cluster takes nothing.
func (s *Step) Loses() bool {
	if s.Action == Remove {
		return true
	}
	return len(s.Takes) > 0 && s.After.Narrows(s.Before)
}

// String returns the step for a message, such as "add nrn:…".
func (s *Step) String() string { return fmt.Sprintf("%s %s", s.Action, s.Principal) }

// endsAsAdmin reports whether the principal is a cluster-wide administrator after the step.
func (s *Step) endsAsAdmin() bool {
	after := access.Entry{Principal: s.Principal, Grants: s.After}
	return s.Action != Remove && after.Administers()
}

func (s *Step) beginsAsAdmin() bool {
	before := access.Entry{Principal: s.Principal, Grants: s.Before}
	return before.Administers()
}

// makesAdmin reports whether the step gives the cluster an administrator.
func (s *Step) makesAdmin() bool { return s.endsAsAdmin() && !s.beginsAsAdmin() }

// entryIDs returns the UUIDs of the entries that the step changes or removes.
func (s *Step) entryIDs() []string {
	var ids []string
	if s.Entry != "" {
		ids = append(ids, sameID(s.Entry))
	}
	for _, duplicate := range s.Duplicates {
		ids = append(ids, sameID(duplicate))
	}
	return ids
}

// sameID returns a UUID in the spelling that comparisons use.
func sameID(id string) string { return strings.ToLower(id) }

// fill sets what follows from Before and After. Lists are never nil.
func (s *Step) fill() {
	s.Before = s.Before.Filled()
	s.After = s.After.Filled()
	s.Adds = append([]string{}, s.After.Beyond(s.Before)...)
	s.Takes = append([]string{}, s.Before.Beyond(s.After)...)
}

// validate returns why the service would refuse the step. Grants that the entry already has are not
// validated.
func (s *Step) validate() error {
	switch s.Action {
	case Remove:
		return nil
	case Update:
		return s.After.ValidateChange(s.Before)
	}
	if s.Unchecked && s.Principal.Type() == "" {
		return errors.New("the NRN is neither a SubAccount nor a Role; " +
			"create its entry with nks-access create --type, then the file can change it")
	}
	return s.newEntry().Validate()
}

// newEntry returns the entry that the step adds.
func (s *Step) newEntry() access.NewEntry {
	return access.NewEntry{Principal: s.Principal, Grants: s.After, Unchecked: s.Unchecked}
}

// sortSteps puts steps in the order in which they are made. Grants come before removals, so access
// can move from one principal to another without a gap.
func sortSteps(steps []Step) {
	slices.SortStableFunc(steps, func(a, b Step) int { return cmp.Compare(a.rank(), b.rank()) })
}

// rank is the place of a step in the order of a cluster:
//
//	0  new administrators
//	1  additions
//	2  changes that only widen
//	3  changes that take something
//	4  removals
func (s *Step) rank() int {
	if s.makesAdmin() {
		return 0
	}
	switch s.Action {
	case Add:
		return 1
	case Remove:
		return 4
	}
	if s.Loses() || len(s.Duplicates) > 0 {
		return 3
	}
	return 2
}
