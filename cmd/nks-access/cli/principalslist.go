package cli

import (
	"context"
	"path"
	"slices"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// principalKinds are in the order of a list.
var principalKinds = []string{string(desired.KindUser), string(desired.KindRole), string(desired.KindGroup)}

// foundPrincipal is a user, a role or a group, as -o json prints it.
type foundPrincipal struct {
	Kind    string   `json:"kind"`
	Name    string   `json:"name"`
	NRN     string   `json:"nrn,omitempty"`
	ID      string   `json:"id"`
	Status  string   `json:"status,omitempty"` // inactive, or nothing
	Members []string `json:"members,omitempty"`
}

// principals lists the principals of some kinds, or of all kinds, whose names match the pattern.
func (a *account) principals(
	ctx context.Context, kinds []string, pattern string, withMembers bool,
) ([]foundPrincipal, error) {
	found := []foundPrincipal{}
	for _, kind := range principalKinds {
		if len(kinds) > 0 && !slices.Contains(kinds, kind) {
			continue
		}
		all, err := a.ofKind(ctx, desired.Kind(kind))
		if err != nil {
			return nil, err
		}
		for _, one := range all {
			if matchesName(pattern, one.Name) {
				found = append(found, one)
			}
		}
	}
	if withMembers {
		return found, a.addMembers(ctx, found)
	}
	return found, nil
}

// ofKind lists all users, all roles or all groups.
func (a *account) ofKind(ctx context.Context, kind desired.Kind) ([]foundPrincipal, error) {
	var found []foundPrincipal
	add := func(name, nrn, id string, isInactive bool) {
		one := foundPrincipal{Kind: string(kind), Name: name, NRN: nrn, ID: id}
		if isInactive {
			one.Status = string(desired.Inactive)
		}
		found = append(found, one)
	}
	switch kind {
	case desired.KindUser:
		users, err := a.names.Users(ctx)
		for _, user := range users {
			add(user.LoginID, user.NRN, user.ID, user.Inactive)
		}
		return found, err
	case desired.KindRole:
		roles, err := a.names.Roles(ctx)
		for _, role := range roles {
			add(role.Name, role.NRN, role.ID, role.Inactive)
		}
		return found, err
	}
	groups, err := a.names.Groups(ctx)
	for _, group := range groups {
		add(group.Name, group.NRN, group.ID, false)
	}
	return found, err
}

// addMembers fills in the members of groups.
func (a *account) addMembers(ctx context.Context, found []foundPrincipal) error {
	for i := range found {
		group := &found[i]
		if group.Kind != "group" {
			continue
		}
		members, err := a.names.Members(ctx, group.ID)
		if err != nil {
			return err
		}
		for _, member := range members {
			text := member.LoginID
			if member.Deleted {
				text += " (deleted)"
			} else if member.Inactive {
				text += " (inactive)"
			}
			group.Members = append(group.Members, text)
		}
	}
	return nil
}

// isPattern reports whether text is a well-formed pattern.
func isPattern(text string) bool {
	_, err := path.Match(text, "")
	return err == nil
}

// matchesName reports whether a name is the pattern or matches it. An empty pattern matches all.
func matchesName(pattern, name string) bool {
	fits, _ := path.Match(pattern, name)
	return pattern == "" || pattern == name || fits
}

func principalTable(found []foundPrincipal) term.Table {
	table := term.Table{Header: []string{"KIND", "NAME", "NRN", "STATUS"}}
	hasMembers := slices.ContainsFunc(found, func(p foundPrincipal) bool { return p.Members != nil })
	if hasMembers {
		table.Header = append(table.Header, "MEMBERS")
	}
	for _, p := range found {
		row := []string{p.Kind, term.Printable(p.Name), p.NRN, p.Status}
		if hasMembers {
			row = append(row, term.PrintableSeries(p.Members))
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// principalColumns are the columns of CSV.
var principalColumns = []string{"KIND", "NAME", "NRN", "ID", "STATUS", "MEMBERS"}

// principalRecords are principals as CSV has them.
func principalRecords(found ...foundPrincipal) term.Table {
	table := term.Table{Header: principalColumns}
	for _, p := range found {
		row := []string{p.Kind, p.Name, p.NRN, p.ID, p.Status, term.PrintableList(p.Members)}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// nrnTable has the NRNs alone.
func nrnTable(found []foundPrincipal) term.Table {
	var table term.Table
	for _, p := range found {
		if p.NRN != "" {
			table.Rows = append(table.Rows, []string{p.NRN})
		}
	}
	return table
}
