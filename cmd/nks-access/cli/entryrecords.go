package cli

import (
	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// entryColumns are the columns of entries in CSV. Whether names were read makes no difference.
var entryColumns = []string{"PRINCIPAL", "NAME", "STATUS", "POLICIES", "GROUPS", "UUID", "TYPE", "USERNAME"}

// entryRecords are entries as CSV has them: a column for each thing.
func entryRecords(people *desired.People, entries ...access.Entry) term.Table {
	table := term.Table{Header: entryColumns}
	for _, e := range entries {
		table.Rows = append(table.Rows, []string{
			string(e.Principal), people.Name(e.Principal), string(people.Status(e.Principal)),
			policiesText(e.Policies), groupsText(e.Groups),
			e.UUID, string(e.Principal.Type()), e.Username,
		})
	}
	return table
}

// entries returns the table of entries for the format. people may be nil.
func (o *output) entries(people *desired.People, entries ...access.Entry) term.Table {
	if o.format == "csv" {
		return entryRecords(people, entries...)
	}
	return namedTable(people, entries...)
}
