package term_test

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func ExampleMarkdownCode() {
	fmt.Println(term.MarkdownCode("<script>"))
	fmt.Println(term.MarkdownCode("a`@b"))
	// Output:
	// `<script>`
	// <code>a&#96;&#64;b</code>
}

func ExampleMarkdownCells() {
	fmt.Println(term.MarkdownCells([]string{`group a\|b`, "NKSViewPolicy"}))
	// Output: <code>group a&#92;&#124;b</code><br>`NKSViewPolicy`
}

// Code is either between two backticks with nothing that ends it, or an element without any markup.
func TestMarkdownCodeIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strangeText().Draw(t, "text")
		code := term.MarkdownCode(text)
		if text == "" {
			return
		}
		if between, found := strings.CutPrefix(code, "`"); found {
			between = strings.TrimSuffix(between, "`")
			if strings.ContainsAny(between, "`|\n") || between != term.PrintableLine(text) {
				t.Fatalf("%q becomes %s", text, code)
			}
			return
		}
		within := strings.TrimSuffix(strings.TrimPrefix(code, "<code>"), "</code>")
		if strings.ContainsAny(within, "`|<>*_[]()~\\@:\n") || html.UnescapeString(within) != term.PrintableLine(text) {
			t.Fatalf("%q becomes %s", text, code)
		}
	})
}
