package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/internal/meant"
)

// output is the flag -o: the format of a result.
type output struct {
	format  string
	formats []string // the first is the default

	noHeaders bool
	sortBy    string // a column
}

// formatsOfLists are the formats of entries and clusters.
var formatsOfLists = []string{"table", "wide", "json", "yaml", "csv", "name"}

// addFlag adds -o with the formats that a command can write.
func (o *output) addFlag(cmd *cobra.Command, formats ...string) {
	o.formats = formats
	o.format = formats[0]
	cmd.Flags().VarP(o, "output", "o", "output `FORMAT`: "+strings.Join(formats, ", "))
	complete(cmd, "output", fixed(formats...))
}

// String returns the format.
func (o *output) String() string { return o.format }

// Type returns the type of the flag's value.
func (o *output) Type() string { return "string" }

// Set sets the format, or returns an error that lists the formats.
func (o *output) Set(format string) error {
	if !slices.Contains(o.formats, format) {
		kind, _, hasTemplate := strings.Cut(format, "=")
		if hasTemplate {
			return usagef("unknown output format %q (%s)", kind, chooseParts)
		}
		return usagef("unknown output format %q (%s)", format, meant.Want(format, o.formats...))
	}
	o.format = format
	return nil
}

// isData reports whether programs read the result.
func (o *output) isData() bool { return o.format == "json" || o.format == "yaml" }

// writeData writes a value as JSON or YAML.
func (o *output) writeData(w io.Writer, value any) error {
	if o.format == "yaml" {
		return term.WriteYAML(w, value)
	}
	return term.WriteJSON(w, value)
}

// write writes a result: value as JSON or YAML, or table in one of its forms. The format none
// writes nothing.
func (o *output) write(w io.Writer, value any, table term.Table) error {
	if o.noHeaders {
		table.Header = nil
	}
	switch o.format {
	case "none":
		return nil
	case "json", "yaml":
		return o.writeData(w, value)
	case "name":
		return table.WriteNames(w)
	case "csv":
		return table.WriteCSV(w)
	case "wide":
		return table.WriteWide(w)
	}
	return table.Write(w)
}
