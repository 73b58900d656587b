package term_test

import (
	"bytes"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestProgressIsForTerminals(t *testing.T) {
	if term.NewProgress(new(bytes.Buffer), 3, "changes") != nil {
		t.Error("there is a bar without a terminal")
	}
	progress := term.NewProgress(terminal(t), 3, "changes")
	if progress == nil {
		t.Fatal("there is no bar on a terminal")
	}
	progress.Step()
	progress.Describe("1/2 clusters")
	progress.Clear()
}
