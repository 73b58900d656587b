package term_test

import (
	"fmt"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func ExampleMarkdownCode() {
	fmt.Println(term.MarkdownCode("<script>"))
	fmt.Println(term.MarkdownCode("`"))
	// Output:
	// `<script>`
	// `` ` ``
}

func ExampleMarkdownCells() {
	fmt.Println(term.MarkdownCells([]string{"group a|b", "NKSViewPolicy"}))
	// Output: `group a\|b`<br>`NKSViewPolicy`
}
