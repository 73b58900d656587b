package term_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func ExampleTable() {
	table := term.Table{
		Header:   []string{"NAME", "STATUS", "UUID"},
		Rows:     [][]string{{"운영", "RUNNING", "1111"}, {"prod", "", "2222"}},
		WideFrom: 2,
	}
	_ = table.Write(os.Stdout)
	_ = table.WriteWide(os.Stdout)
	_ = table.WriteNames(os.Stdout)
	// Output:
	// NAME  STATUS
	// 운영  RUNNING
	// prod  -
	// NAME  STATUS   UUID
	// 운영  RUNNING  1111
	// prod  -        2222
	// 운영
	// prod
}

// Writing a table leaves it as it is, and shows no character that steers the terminal.
func TestTableIsWrittenTwiceAlike(t *testing.T) {
	table := term.Table{Header: []string{"A", "B"}, Rows: [][]string{{"", "x\x1by"}}, WideFrom: 1}
	var first, second bytes.Buffer
	if err := errors.Join(table.WriteWide(&first), table.Write(io.Discard), table.WriteWide(&second)); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() || bytes.ContainsRune(first.Bytes(), '\x1b') {
		t.Errorf("first %q, then %q", first.String(), second.String())
	}
}
