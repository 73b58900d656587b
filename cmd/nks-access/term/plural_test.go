package term_test

import (
	"fmt"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func ExamplePlural() {
	fmt.Println(term.Plural(0, "change"), "on", term.Plural(1, "cluster"))
	// Output: 0 changes on 1 cluster
}
