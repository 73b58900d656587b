package cli

import (
	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// nothingGranted stands for the grants of an entry that has none.
const nothingGranted = "(no groups, no policies)"

// entryTable shows entries.
func entryTable(entries ...access.Entry) term.Table {
	table := term.Table{Header: []string{"PRINCIPAL", "POLICIES", "GROUPS", "UUID", "TYPE", "USERNAME"}, WideFrom: 3}
	for _, e := range entries {
		table.Rows = append(table.Rows, []string{
			term.Printable(string(e.Principal)), policiesText(e.Policies), groupsText(e.Groups),
			e.UUID, string(e.Principal.Type()), term.Printable(e.Username),
		})
	}
	return table
}

// policiesText is all policies on one line.
func policiesText(policies []access.Policy) string {
	var texts []string
	for _, policy := range policies {
		texts = append(texts, policy.String())
	}
	return term.PrintableList(texts)
}

// groupsText is all groups on one line.
func groupsText(groups []string) string { return term.PrintableGroups(groups) }

// principalText is a principal, with its names if it has any.
func principalText(name string, principal access.NRN) string {
	if name == "" {
		return term.Printable(string(principal))
	}
	return term.Printable(name) + " " + term.Printable(string(principal))
}
