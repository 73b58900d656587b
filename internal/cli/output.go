package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"unicode"

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
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(formats, cobra.ShellCompDirectiveNoFileComp))
	cmd.PreRunE = func(*cobra.Command, []string) error {
		if !slices.Contains(formats, o.format) {
			return usagef("output format %q is not one of %s", o.format, strings.Join(formats, ", "))
		}
		return nil
	}
	return o
}

// result is one row of a table and its name for -o name.
type result struct {
	name string
	row  []string // the columns of a table, then those of a wide table
}

// write writes value as JSON or YAML, or results as names or as a table. The first narrow columns
// make a normal table.
func (o *output) write(w io.Writer, value any, results []result, columns []string, narrow int) error {
	switch o.format {
	case "json", "yaml":
		return o.encode(w, value)
	case "name":
		for _, r := range results {
			if _, err := fmt.Fprintln(w, printable(r.name)); err != nil {
				return err
			}
		}
		return nil
	}
	if o.format == "wide" {
		narrow = len(columns)
	}
	rows := [][]string{columns[:narrow]}
	for _, r := range results {
		rows = append(rows, r.row[:narrow])
	}
	return writeTable(w, rows)
}

func (o *output) encode(w io.Writer, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	data = escapeInvisible(data)
	if o.format == "yaml" {
		if data, err = toYAML(data); err != nil {
			return err
		}
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
	return yaml.Dump(&document, yaml.WithV3Defaults(), yaml.WithIndent(2))
}

// plain removes the quotes and brackets of JSON where YAML does not need them. The encoder does not
// quote line separators by itself.
func plain(node *yaml.Node) {
	node.Style = 0
	if node.Kind == yaml.ScalarNode && strings.ContainsFunc(node.Value, invisible) {
		node.Style = yaml.DoubleQuotedStyle
	}
	for _, child := range node.Content {
		plain(child)
	}
}

// escapeInvisible escapes characters that JSON allows and that steer a terminal: control characters
// beyond ASCII, and characters that change the direction of text.
func escapeInvisible(data []byte) []byte {
	var out bytes.Buffer
	for _, r := range string(data) {
		if r >= 0x7f && invisible(r) {
			fmt.Fprintf(&out, "\\u%04x", r)
			continue
		}
		out.WriteRune(r)
	}
	return out.Bytes()
}

var entryColumns = []string{"PRINCIPAL", "POLICIES", "GROUPS", "UUID", "TYPE", "USERNAME"}

func entryResult(e access.Entry) result {
	policies := make([]string, len(e.Policies))
	for i, policy := range e.Policies {
		policies[i] = policy.String()
	}
	return result{name: e.Principal, row: []string{
		e.Principal, strings.Join(policies, " "), strings.Join(e.Groups, " "), e.UUID, string(e.Type()), e.Username,
	}}
}

func (o *output) entry(cmd *cobra.Command, e access.Entry) error {
	return o.write(cmd.OutOrStdout(), e, []result{entryResult(e)}, entryColumns, 3)
}

func (o *output) entries(cmd *cobra.Command, entries []access.Entry) error {
	results := make([]result, len(entries))
	for i, e := range entries {
		results[i] = entryResult(e)
	}
	return o.write(cmd.OutOrStdout(), entries, results, entryColumns, 3)
}

// writeTable aligns columns by their width on a terminal, where a Korean letter takes two cells.
func writeTable(w io.Writer, rows [][]string) error {
	width := map[int]int{}
	cells := make([][]string, len(rows))
	for i, row := range rows {
		cells[i] = make([]string, len(row))
		for j, cell := range row {
			if cell == "" {
				cell = "-"
			}
			cells[i][j] = printable(cell)
			width[j] = max(width[j], textWidth.StringWidth(cells[i][j]))
		}
	}
	for _, row := range cells {
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

// printable replaces characters that steer a terminal. Names come from other people.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) {
			return '�'
		}
		return r
	}, s)
}

// printableLines calls printable for each line. Cobra indents its suggestions with tabs.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = printable(strings.ReplaceAll(line, "\t", "  "))
	}
	return strings.Join(lines, "\n")
}

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
