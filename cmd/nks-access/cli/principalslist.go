package cli

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

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
func (a *account) principals(ctx context.Context, kinds []string, pattern string, withMembers bool) ([]foundPrincipal, error) {
	found := []foundPrincipal{}
	isWanted := func(kind desired.Kind) bool { return len(kinds) == 0 || slices.Contains(kinds, string(kind)) }
	if isWanted(desired.KindUser) {
		users, err := a.names.Users(ctx)
		if err != nil {
			return nil, err
		}
		for _, user := range users {
			found = append(found, foundPrincipal{Kind: "user", Name: user.LoginID, NRN: user.NRN, ID: user.ID, Status: statusText(user.Inactive)})
		}
	}
	if isWanted(desired.KindRole) {
		roles, err := a.names.Roles(ctx)
		if err != nil {
			return nil, err
		}
		for _, role := range roles {
			found = append(found, foundPrincipal{Kind: "role", Name: role.Name, NRN: role.NRN, ID: role.ID, Status: statusText(role.Inactive)})
		}
	}
	if isWanted(desired.KindGroup) {
		groups, err := a.names.Groups(ctx)
		if err != nil {
			return nil, err
		}
		for _, group := range groups {
			found = append(found, foundPrincipal{Kind: "group", Name: group.Name, NRN: group.NRN, ID: group.ID})
		}
	}
	found = slices.DeleteFunc(found, func(p foundPrincipal) bool { return !matchesName(pattern, p.Name) })
	if withMembers {
		return found, a.addMembers(ctx, found)
	}
	return found, nil
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

func statusText(isInactive bool) string {
	if isInactive {
		return string(desired.Inactive)
	}
	return ""
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

// principalRows are the rows of CSV, with a header.
func principalRows(found []foundPrincipal) [][]string {
	rows := [][]string{{"kind", "name", "nrn", "id", "status", "members"}}
	for _, p := range found {
		rows = append(rows, []string{p.Kind, p.Name, p.NRN, p.ID, p.Status, strings.Join(p.Members, " ")})
	}
	return rows
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
