package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"
	"golang.org/x/term"

	"github.com/nks-access/nks-access/access"
)

// output writes results in the format of -o. Every command uses it.
type output struct{ format string }

var listFormats = []string{"table", "wide", "json", "yaml", "name"}

func newOutput(cmd *cobra.Command, formats ...string) *output {
	o := &output{}
	cmd.Flags().StringVarP(&o.format, "output", "o", formats[0], "`FORMAT` of the result: "+strings.Join(formats, ", "))
	complete(cmd, "output", fixed(formats...))
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains(formats, o.format) {
			return usagef("unknown output format %q (want %s)", o.format, strings.Join(formats, ", "))
		}
		return nil
	}
	return o
}

// write writes value as JSON or YAML, or rows as a table or as names, which are in the first column.
// The first row has the titles of the columns. The first narrow columns make a normal table.
func (o *output) write(w io.Writer, value any, narrow int, rows [][]string) error {
	switch o.format {
	case "none":
		return nil
	case "json", "yaml":
		return o.encode(w, value)
	case "name":
		rows, narrow = rows[1:], 1
	case "wide":
		narrow = len(rows[0])
	}
	for i := range rows {
		rows[i] = rows[i][:narrow]
	}
	return writeTable(w, rows)
}

func (o *output) encode(w io.Writer, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	data = escapeInvisible(data)
	if err == nil && o.format == "yaml" {
		data, err = toYAML(data)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, strings.TrimSuffix(string(data), "\n"))
	return err
}

// toYAML converts JSON to YAML in the usual style. Reading the result returns the same text.
func toYAML(data []byte) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return nil, err
	}
	plain(&document)
	data, err := yaml.Dump(&document, yaml.WithV3Defaults(), yaml.WithIndent(2))
	return escapeInvisible(data), err
}

// plain removes the quotes and brackets of JSON where YAML does not need them. The encoder does not
// quote line separators by itself.
func plain(node *yaml.Node) {
	if !strings.ContainsFunc(node.Value, invisible) {
		node.Style = 0
	}
	for _, child := range node.Content {
		plain(child)
	}
}

// escapeInvisible escapes what json.Marshal leaves as it is, but steers a terminal.
func escapeInvisible(data []byte) []byte {
	var out []byte
	for _, r := range string(data) {
		if r >= 0x7f && invisible(r) {
			out = fmt.Appendf(out, "\\u%04x", r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// entries writes value, which is an entry or a list of entries, or the entries as a table.
func (o *output) entries(w io.Writer, value any, entries ...access.Entry) error {
	rows := [][]string{{"PRINCIPAL", "POLICIES", "GROUPS", "UUID", "TYPE", "USERNAME"}}
	for _, e := range entries {
		rows = append(rows, []string{
			e.Principal, policiesOf(e.Policies), strings.Join(e.Groups, " "), e.UUID, string(e.Type()), e.Username,
		})
	}
	return o.write(w, value, 3, rows)
}

// writeTable aligns columns by their width on a terminal, where a Korean letter takes two cells.
func writeTable(w io.Writer, rows [][]string) error {
	width := map[int]int{}
	for _, row := range rows {
		for j, cell := range row {
			row[j] = printable(cmp.Or(cell, "-"))
			width[j] = max(width[j], textWidth.StringWidth(row[j]))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for j, cell := range row {
			line.WriteString(textWidth.FillRight(cell, width[j]+2))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// textWidth does not depend on the locale.
var textWidth = &runewidth.Condition{StrictEmojiNeutral: true}

// printable replaces characters that steer a terminal, except those to keep. Names come from other
// people.
func printable(s string, keep ...rune) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) && !slices.Contains(keep, r) {
			return '�'
		}
		return r
	}, s)
}

// printableLines is printable for text of several lines. Cobra indents its suggestions with tabs.
func printableLines(s string) string { return printable(s, '\n', '\t') }

// invisible reports whether a character steers a terminal or changes the direction of text.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

type color string

const (
	red   color = "\x1b[31m"
	green color = "\x1b[32m"
)

// paint colours text if w is a terminal and NO_COLOR is not set (no-color.org).
func paint(w io.Writer, c color, text string) string {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" || !isTerminal(w) {
		return text
	}
	return string(c) + text + "\x1b[0m"
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
