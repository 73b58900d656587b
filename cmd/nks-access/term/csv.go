package term

import (
	"encoding/csv"
	"io"
	"regexp"
)

// WriteCSV writes rows as CSV. A spreadsheet runs nothing that others wrote into a name, also one that
// separates cells by semicolons.
func WriteCSV(w io.Writer, rows [][]string) error {
	c := csv.NewWriter(w)
	for _, row := range rows {
		var cells []string
		for _, text := range row {
			cells = append(cells, withoutFormulas(PrintableLine(text)))
		}
		if err := c.Write(cells); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

// formulaStart matches where a cell begins, and what makes it a formula. Quotes count as nothing,
// because a spreadsheet may remove them. Apostrophes before it belong to it, so that two texts never
// become the same.
var formulaStart = regexp.MustCompile(`(^|;)('*[\s"]*[=+\-@＝＋－＠])`)

// withoutFormulas puts an apostrophe before each formula, with which spreadsheets show it as text. To
// read a cell, remove one apostrophe there.
func withoutFormulas(text string) string { return formulaStart.ReplaceAllString(text, "${1}'${2}") }
