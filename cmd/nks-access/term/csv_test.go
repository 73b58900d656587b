package term_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func ExampleWriteCSV() {
	_ = term.WriteCSV(os.Stdout, [][]string{
		{"principal", "groups"},
		{"kim", `qa "team", ops`},
		{"lee", "=1+1"},
		{"", "＝1+1"},
		{"park", "x;=1+1;y"},
	})
	// Output:
	// principal,groups
	// kim,"qa ""team"", ops"
	// lee,'=1+1
	// ,'＝1+1
	// park,x;'=1+1;y
}

// Whatever is in a name, no cell is a formula, by commas and by semicolons.
func TestCSVHasNoFormulas(t *testing.T) {
	formula := rapid.StringOf(
		rapid.SampledFrom([]rune{';', ',', '"', ' ', '\t', '\n', '\r', '=', '+', '-', '@', '＝', '\'', 'x'}),
	)
	rapid.Check(t, func(t *rapid.T) {
		row := rapid.SliceOfN(formula, 2, 3).Draw(t, "row")
		var out bytes.Buffer
		if err := term.WriteCSV(&out, [][]string{row}); err != nil {
			t.Fatal(err)
		}
		for _, separator := range []rune{',', ';'} {
			reader := csv.NewReader(bytes.NewReader(out.Bytes()))
			reader.Comma = separator
			reader.LazyQuotes = true
			reader.FieldsPerRecord = -1
			rows, err := reader.ReadAll()
			if err != nil {
				t.Fatalf("%q: %v", out.String(), err)
			}
			for _, cell := range rows[0] {
				if start := strings.TrimLeft(cell, " \t\""); start != "" && strings.ContainsAny(start[:1], "=+-@") ||
					strings.HasPrefix(start, "＝") {
					t.Fatalf("separated by %c, %q has the formula %q", separator, out.String(), cell)
				}
			}
		}
	})
}

// Two names never look alike in CSV, also where an apostrophe keeps one from being a formula.
func TestCSVTellsNamesApart(t *testing.T) {
	name := rapid.StringOfN(rapid.SampledFrom([]rune{';', '"', ' ', '=', '-', '\'', 'x'}), 0, 4, -1)
	rapid.Check(t, func(t *rapid.T) {
		a := name.Draw(t, "a")
		b := name.Draw(t, "b")
		written := func(text string) string {
			var out bytes.Buffer
			if err := term.WriteCSV(&out, [][]string{{text, ""}}); err != nil {
				t.Fatal(err)
			}
			return out.String()
		}
		if a != b && written(a) == written(b) {
			t.Fatalf("%q and %q are both written as %q", a, b, written(a))
		}
	})
}
