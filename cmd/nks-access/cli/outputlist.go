package cli

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/internal/meant"
)

// addListFlags adds the flags of a command that reads: -o with the formats of lists and more, --sort by
// one of the columns, and --no-headers.
func (o *output) addListFlags(cmd *cobra.Command, columns []string, more ...string) {
	o.addFlag(cmd, append(slices.Clone(formatsOfLists), more...)...)
	flags := cmd.Flags()
	flags.BoolVar(&o.noHeaders, "no-headers", false, "print no titles of columns, with table, wide and csv")
	names := term.ColumnNames(columns)
	flags.StringVar(&o.sortBy, "sort", "",
		"sort by `COLUMN`, or COLUMN:desc for the last first: "+strings.Join(names, ", "))
	complete(cmd, "sort", fixed(names...))
}

// sorted returns a list as --sort says. tableOf makes its table, with a row for each item.
func sorted[T any](o *output, list []T, tableOf func(...T) term.Table) ([]T, error) {
	if o.sortBy == "" {
		return list, nil
	}
	table := tableOf(list...)
	if err := o.checkSort(table); err != nil {
		return nil, err
	}
	name, order, _ := strings.Cut(o.sortBy, ":")
	return inOrderOf(list, table, table.Column(name), order == "desc"), nil
}

// checkSort returns an error if --sort is not a column of the table, with or without an order.
func (o *output) checkSort(table term.Table) error {
	if o.sortBy == "" {
		return nil
	}
	name, order, hasOrder := strings.Cut(o.sortBy, ":")
	if hasOrder && order != "asc" && order != "desc" {
		return usagef("--sort %s: want COLUMN, COLUMN:asc or COLUMN:desc", term.ShellWord(o.sortBy))
	}
	if table.Column(name) < 0 {
		return usagef("--sort %s: there is no such column (%s)",
			term.ShellWord(o.sortBy), meant.Want(name, term.ColumnNames(table.Header)...))
	}
	return nil
}

// inOrderOf returns a list in the order of a column of its table. Equal cells keep their order.
func inOrderOf[T any](list []T, table term.Table, column int, isDescending bool) []T {
	indexes := make([]int, len(list))
	for i := range indexes {
		indexes[i] = i
	}
	slices.SortStableFunc(indexes, func(a, b int) int {
		order := cmp.Compare(table.Rows[a][column], table.Rows[b][column])
		if isDescending {
			return -order
		}
		return order
	})
	ordered := make([]T, len(list))
	for i, index := range indexes {
		ordered[i] = list[index]
	}
	return ordered
}

// writeOne writes an item of a list. Its own value is that for json and yaml.
func writeOne[T any](o *output, w io.Writer, item T, tableOf func(...T) term.Table) error {
	table := tableOf(item)
	if err := o.checkSort(table); err != nil {
		return err
	}
	return o.write(w, item, table)
}

// writeList writes a list in the order of --sort. It is its own value for json and yaml.
func writeList[T any](o *output, w io.Writer, list []T, tableOf func(...T) term.Table) error {
	ordered, err := sorted(o, list, tableOf)
	if err != nil {
		return err
	}
	return o.write(w, ordered, tableOf(ordered...))
}
