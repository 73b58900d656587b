package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const outputsHead = `# Formats of the results

What -o takes, by command. The first format is the default. The commands with one format have no -o.

- **table** is for people, and **wide** has more columns. Names that a person could misread are in quotes, with escapes.
- **json** and **yaml** have the same fields.
- **csv** has the columns of wide, with titles in lower case. Several values of a cell are separated by blanks, and a value with a blank is in
  quotes. What a spreadsheet would run as a formula, at the start of a cell or after a semicolon, gets an apostrophe in front. Remove
  one to read it.
- **name** prints what the next command takes, a line each.

--sort COLUMN and --no-headers work with every command whose row says so. --sort orders json and yaml, too.

| command | -o | --sort, --no-headers |
|---|---|---|
`

const outputsFoot = `
What ` + "`migrate`" + ` and ` + "`export`" + ` print as yaml is an access.yaml, and ` + "`schema`" + ` prints a JSON Schema. A plan as json is what
` + "`plan --out`" + ` saves. The format none prints nothing. With --all-clusters and --stale, delete prints the same report as apply. With
--dry-run, commands that write print the requests: as json or yaml, or else as text.
`

// oneFormat has the commands whose result has only one format, so that they have no -o.
var oneFormat = map[string]string{"migrate": "yaml", "schema": "json"}

// outputsPage returns the page about the formats of all commands.
func outputsPage(root *cobra.Command) string {
	var page strings.Builder
	page.WriteString(outputsHead)
	writeOutputs(&page, root)
	page.WriteString(outputsFoot)
	return page.String()
}

// writeOutputs writes a row for each command that prints a result.
func writeOutputs(page *strings.Builder, cmd *cobra.Command) {
	for _, child := range cmd.Commands() {
		if !child.IsAvailableCommand() {
			continue
		}
		name := strings.TrimPrefix(child.CommandPath(), "nks-access ")
		formats := oneFormat[name]
		if flag := child.Flags().Lookup("output"); flag != nil {
			_, formats, _ = strings.Cut(flag.Usage, ": ")
		}
		if formats != "" {
			isList := ""
			if child.Flags().Lookup("sort") != nil {
				isList = "yes"
			}
			file := strings.ReplaceAll(child.CommandPath(), " ", "_") + ".md"
			fmt.Fprintf(page, "| [%s](%s) | %s | %s |\n", name, file, formats, isList)
		}
		writeOutputs(page, child)
	}
}
