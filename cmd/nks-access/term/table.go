package term

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Table is a result in rows. An empty cell is shown as "-". Names in cells are made by [Printable] and
// [PrintableList]; the table itself escapes only what cannot be seen.
type Table struct {
	Header []string // titles of the columns; nil for none
	Rows   [][]string
	// WideFrom is the first column that only WriteWide shows. Zero shows all columns.
	WideFrom int
}

// Write writes the table without its wide columns.
func (t Table) Write(w io.Writer) error {
	if t.WideFrom == 0 {
		return t.WriteWide(w)
	}
	var narrow [][]string
	for _, row := range t.lines() {
		narrow = append(narrow, row[:t.WideFrom])
	}
	return writeAligned(w, narrow)
}

// WriteWide writes the table with all columns.
func (t Table) WriteWide(w io.Writer) error { return writeAligned(w, t.lines()) }

// WriteNames writes the first column, without its title.
func (t Table) WriteNames(w io.Writer) error {
	var names [][]string
	for _, row := range t.Rows {
		names = append(names, row[:1])
	}
	return writeAligned(w, names)
}

// WriteCSV writes the table with all columns as CSV. Titles are in lower case, with _ for a blank, and
// empty cells stay empty.
func (t Table) WriteCSV(w io.Writer) error {
	var rows [][]string
	if t.Header != nil {
		rows = append(rows, ColumnNames(t.Header))
	}
	return WriteCSV(w, append(rows, t.Rows...))
}

// Column returns the index of the column with the name, which is its title as WriteCSV writes it. The
// case does not count. It returns -1 if there is none.
func (t Table) Column(name string) int {
	return slices.Index(ColumnNames(t.Header), columnName(name))
}

// ColumnNames returns titles of columns as WriteCSV writes them.
func ColumnNames(titles []string) []string {
	names := make([]string, len(titles))
	for i, title := range titles {
		names[i] = columnName(title)
	}
	return names
}

func columnName(title string) string { return strings.ReplaceAll(strings.ToLower(title), " ", "_") }

// lines returns the header, if there is one, and the rows.
func (t Table) lines() [][]string {
	if t.Header == nil {
		return t.Rows
	}
	return append([][]string{t.Header}, t.Rows...)
}

// writeAligned writes rows with aligned columns. It measures the width on a terminal, where a Korean
// letter takes two cells.
func writeAligned(w io.Writer, rows [][]string) error {
	var text [][]string
	width := map[int]int{} // by column
	for _, row := range rows {
		var cells []string
		for column, value := range row {
			cell := PrintableLine(cmp.Or(value, "-"))
			cells = append(cells, cell)
			width[column] = max(width[column], textWidth.StringWidth(cell))
		}
		text = append(text, cells)
	}
	for _, cells := range text {
		var line strings.Builder
		for column, cell := range cells {
			line.WriteString(textWidth.FillRight(cell, width[column]+columnGap))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// columnGap is the number of blanks between two columns.
const columnGap = 2

// textWidth does not depend on the locale.
var textWidth = &runewidth.Condition{StrictEmojiNeutral: true}
