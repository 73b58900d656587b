package cli

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

//go:embed who.html
var whoPageText string

var whoPageTemplate = template.Must(template.New("who").Parse(whoPageText))

// whoPage is the page of who: a row for each principal and a column for each cluster.
type whoPage struct {
	Coverage whoCoverage
	Notes    []string
	Unread   string // why the page is not complete, or ""
	Clusters []string
	Rows     []*whoPageRow
}

type whoPageRow struct {
	Name, Principal string
	Cells           [][]string // what the principal has on each cluster, line by line
}

// writeWhoPage writes the page. It has a column for each cluster that was read, and says itself if
// others could not be, and if it is filtered.
func writeWhoPage(w io.Writer, result whoResult) error {
	page := whoPage{Coverage: result.coverage}
	for _, note := range result.notes {
		page.Notes = append(page.Notes, term.PrintableLine(note))
	}
	if result.unread != nil {
		page.Unread = errorText(result.unread)
	}
	columns := map[string]int{} // by the UUID of a cluster
	for i, observed := range result.read {
		columns[observed.Cluster.UUID] = i
		page.Clusters = append(page.Clusters, term.Printable(observed.Spec.Name))
	}
	rows := map[access.NRN]*whoPageRow{} // by principal
	for _, p := range result.rows {
		row := rows[p.Principal]
		if row == nil {
			row = &whoPageRow{
				Name:      withStatus(term.Printable(bothNames(p.Name, p.Shown(), p.PrincipalName)), p.Status),
				Principal: term.Printable(string(p.Principal)),
				Cells:     make([][]string, len(page.Clusters)),
			}
			rows[p.Principal] = row
			page.Rows = append(page.Rows, row)
		}
		column := columns[p.ClusterUUID]
		row.Cells[column] = append(row.Cells[column], whoPageLines(p)...)
	}
	return whoPageTemplate.Execute(w, page)
}

// whoPageLines returns what a principal has on a cluster.
func whoPageLines(p whoRow) []string {
	var lines []string
	for _, line := range p.Lines() {
		lines = append(lines, term.Printable(line))
	}
	if lines == nil {
		lines = []string{nothingGranted}
	}
	for _, b := range p.Bindings {
		lines = append(lines, fmt.Sprintf("%s is bound to %s", subjectText(b), term.Printable(b.String())))
	}
	return lines
}
