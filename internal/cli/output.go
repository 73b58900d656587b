package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/gen/nks"
)

// output writes results in the format that -o names.
type output struct{ format string }

func (o *output) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.format, "output", "o", "table", "`FORMAT` of the result: table, json or yaml")
	cmd.PreRunE = func(*cobra.Command, []string) error {
		switch o.format {
		case "table", "json", "yaml":
			return nil
		}
		return usagef("output format %q is not table, json or yaml", o.format)
	}
}

func (o *output) entry(cmd *cobra.Command, entry nks.AccessEntry) error {
	if o.format == "table" {
		return o.entries(cmd, []nks.AccessEntry{entry})
	}
	return o.value(cmd.OutOrStdout(), entry)
}

func (o *output) entries(cmd *cobra.Command, entries []nks.AccessEntry) error {
	if o.format != "table" {
		return o.value(cmd.OutOrStdout(), entries)
	}
	rows := [][]string{{"UUID", "PRINCIPAL", "POLICIES", "GROUPS"}}
	for _, entry := range entries {
		rows = append(rows, []string{entry.UUID, entry.Entry, formatPolicies(entry.Policies), strings.Join(entry.Groups, " ")})
	}
	return writeTable(cmd.OutOrStdout(), rows)
}

func (o *output) value(w io.Writer, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	if o.format == "yaml" {
		if data, err = yaml.JSONToYAML(data); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(w, strings.TrimSuffix(string(data), "\n"))
	return err
}

// formatPolicies spells policies as flags take them.
func formatPolicies(policies []nks.AttachedPolicy) string {
	words := make([]string, len(policies))
	for i, policy := range policies {
		words[i] = policy.Type
		if len(policy.Namespaces) > 0 {
			words[i] += "@" + strings.Join(policy.Namespaces, ",")
		}
	}
	return strings.Join(words, " ")
}

// writeTable lines columns up by the width that the text takes on a terminal.
func writeTable(w io.Writer, rows [][]string) error {
	width := map[int]int{}
	for _, row := range rows {
		for i, cell := range row {
			width[i] = max(width[i], runewidth.StringWidth(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			if cell == "" {
				cell = "-"
			}
			line.WriteString(runewidth.FillRight(cell, width[i]+2))
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}
