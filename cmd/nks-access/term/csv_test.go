package term_test

import (
	"os"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func ExampleWriteCSV() {
	_ = term.WriteCSV(os.Stdout, [][]string{
		{"principal", "groups"},
		{"kim", `qa "team", ops`},
		{"lee", "=1+1"},
		{"", "＝1+1"},
	})
	// Output:
	// principal,groups
	// kim,"qa ""team"", ops"
	// lee,'=1+1
	// ,'＝1+1
}
