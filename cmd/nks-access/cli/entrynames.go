package cli

import (
	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// namedEntry is an entry as -o json and -o yaml print it.
type namedEntry struct {
	access.Entry
	PrincipalName string `json:"principalName,omitempty"`
}

func named(entry access.Entry, people *desired.People) namedEntry {
	return namedEntry{entry, people.Name(entry.Principal)}
}

func allNamed(entries []access.Entry, people *desired.People) []namedEntry {
	list := []namedEntry{}
	for _, entry := range entries {
		list = append(list, named(entry, people))
	}
	return list
}

// namedTable shows entries, with a column for names if there are any.
func namedTable(people *desired.People, entries ...access.Entry) term.Table {
	table := entryTable(entries...)
	isNamed := false
	for _, entry := range entries {
		isNamed = isNamed || people.Name(entry.Principal) != ""
	}
	if !isNamed {
		return table
	}
	table.Header = insertSecond(table.Header, "NAME")
	table.WideFrom++
	for i, entry := range entries {
		table.Rows[i] = insertSecond(table.Rows[i], nameText(people, entry.Principal))
	}
	return table
}

func insertSecond(row []string, cell string) []string {
	return append([]string{row[0], cell}, row[1:]...)
}

// nameText returns what a principal is called, and what is known against it.
func nameText(people *desired.People, principal access.NRN) string {
	return withStatus(term.Printable(people.Name(principal)), people.Status(principal))
}

// withStatus returns a text with a status behind it.
func withStatus(text string, status desired.Status) string {
	if status == "" {
		return text
	}
	if text == "" {
		return "(" + string(status) + ")"
	}
	return text + " (" + string(status) + ")"
}

// bothNames returns the name in the file with the name in the directory. Without the latter it returns
// label, which may tell more than the name.
func bothNames(name, label, principalName string) string {
	if principalName == "" {
		return label
	}
	if name == "" || name == principalName {
		return principalName
	}
	return name + " (" + principalName + ")"
}
