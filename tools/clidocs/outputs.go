package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const outputsHead = `# Formats of the results

What -o takes, by command. The first format is the default.

- **table** is for people, and **wide** has more columns. Names that a person could misread are in quotes, with escapes.
- **json** and **yaml** have the same fields.
- **csv** has the columns of wide, with titles in lower case. Several values of a cell are separated by blanks, and a value with a blank is in
  quotes. A cell that a spreadsheet would run as a formula begins with an apostrophe.
- **name** prints what the next command takes, a line each.

--sort COLUMN and --no-headers work with every command whose row says so. --sort orders json and yaml, too.

| command | -o | --sort, --no-headers |
|---|---|---|
`

const outputsFoot = `
Other commands have one format: ` + "`migrate`" + ` writes an access.yaml, and ` + "`schema`" + ` a JSON Schema. The format ` + "`none`" + ` prints nothing.
`

// outputsPage returns the page about the formats of all commands.
func outputsPage(root *cobra.Command) string {
	var page strings.Builder
	page.WriteString(outputsHead)
	writeOutputs(&page, root)
	page.WriteString(outputsFoot)
	return page.String()
}

// writeOutputs writes a row for each command that has -o.
func writeOutputs(page *strings.Builder, cmd *cobra.Command) {
	for _, child := range cmd.Commands() {
		if !child.IsAvailableCommand() {
			continue
		}
		if flag := child.Flags().Lookup("output"); flag != nil {
			_, formats, _ := strings.Cut(flag.Usage, ": ")
			isList := ""
			if child.Flags().Lookup("sort") != nil {
				isList = "yes"
			}
			name := strings.TrimPrefix(child.CommandPath(), "nks-access ")
			file := strings.ReplaceAll(child.CommandPath(), " ", "_") + ".md"
			fmt.Fprintf(page, "| [%s](%s) | %s | %s |\n", name, file, formats, isList)
		}
		writeOutputs(page, child)
	}
}
