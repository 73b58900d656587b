package term_test

import (
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"개발자 a|b": "개발자 a|b", "a\x1b[2Jb": "a�[2Jb", "a\u009bb": "a�b", "a\nb\tc": "a�b�c", "a\u202eb\u2028c": "a�b�c",
	} {
		if got := term.Printable(text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	if got := term.PrintableLines("a\n\tb\r"); got != "a\n\tb�" {
		t.Errorf("lines become %q", got)
	}
}
