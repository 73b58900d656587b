package cli

import (
	"github.com/nks-access/nks-access/cmd/nks-access/rbac"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// whoRow is what a principal may do on a cluster, as -o json prints it.
type whoRow struct {
	desired.Permission
	// Bindings are what the groups and the username are bound to. They are nil if --rbac has no file for
	// the cluster.
	Bindings []rbac.Binding `json:"bindings,omitzero"`
}

// newWhoRows returns the rows of permissions.
func newWhoRows(permissions []desired.Permission, known clusterBindings) []whoRow {
	rows := []whoRow{}
	for _, p := range permissions {
		rows = append(rows, whoRow{p, known.of(p.ClusterUUID, p.Username, p.Groups...)})
	}
	return rows
}

// whoColumns are the columns of CSV.
var whoColumns = []string{
	"PRINCIPAL", "NAME", "CLUSTER", "CLUSTER UUID", "ENTRY UUID", "POLICIES", "GROUPS",
	"PRINCIPAL NAME", "STATUS", "BOUND TO",
}

// whoRecords are the rows as CSV has them: a column for each thing.
func whoRecords(rows ...whoRow) term.Table {
	table := term.Table{Header: whoColumns}
	for _, r := range rows {
		table.Rows = append(table.Rows, []string{
			string(r.Principal), r.Shown(), r.Cluster, r.ClusterUUID, r.Entry, policiesText(r.Policies), groupsText(r.Groups),
			r.PrincipalName, string(r.Status), bindingsText(r.Bindings),
		})
	}
	return table
}

// whoNames has each principal once.
func whoNames(rows ...whoRow) term.Table {
	var table term.Table
	seen := map[string]bool{}
	for _, r := range rows {
		principal := string(r.Principal)
		if !seen[principal] {
			table.Rows = append(table.Rows, []string{term.Printable(principal)})
		}
		seen[principal] = true
	}
	return table
}

// whoTable is for people. It shows what groups and usernames are bound to if hasBindings.
func whoTable(hasBindings bool, rows ...whoRow) term.Table {
	table := term.Table{Header: []string{"PRINCIPAL", "CLUSTER", "POLICIES", "GROUPS"}}
	if hasBindings {
		table.Header = append(table.Header, "BOUND TO")
	}
	table.WideFrom = len(table.Header)
	table.Header = append(table.Header, "CLUSTER UUID", "ENTRY UUID", "TYPE")
	for _, r := range rows {
		row := []string{
			withStatus(principalText(bothNames(r.Name, r.Shown(), r.PrincipalName), r.Principal), r.Status),
			term.Printable(r.Cluster), policiesText(r.Policies), groupsText(r.Groups),
		}
		if hasBindings {
			row = append(row, boundText(r.Bindings))
		}
		table.Rows = append(table.Rows, append(row, r.ClusterUUID, r.Entry, string(r.Principal.Type())))
	}
	return table
}

// boundText is bindingsText that tells no bindings from bindings that are not known.
func boundText(bindings []rbac.Binding) string {
	if bindings == nil {
		return "not known"
	}
	return bindingsText(bindings)
}

// bindingsText is all roles on one line, each once.
func bindingsText(bindings []rbac.Binding) string {
	var roles []string
	seen := map[string]bool{}
	for _, b := range bindings {
		if role := b.String(); !seen[role] {
			roles = append(roles, role)
			seen[role] = true
		}
	}
	return term.PrintableList(roles)
}
