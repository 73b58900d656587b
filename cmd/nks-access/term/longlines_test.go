package term_test

import (
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestShortLines(t *testing.T) {
	long := strings.Repeat("가", 1_000_000)
	for _, test := range []struct{ name, text, want string }{
		{"short", "a\nb\n", "a\nb\n"},
		{"as long as a line may be", long[:3*2000], long[:3*2000]},
		{
			"one long line of three", "first\na.yaml:1:2: " + long + " is no name\nlast",
			"first\na.yaml:1:2: " + long[:3*988] + "… (998023 characters left out) …" + long[:3*989] + " is no name\nlast",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := term.ShortLines(test.text); got != test.want {
				t.Errorf("got %d bytes %.60q…%q, want %d bytes", len(got), got, got[max(0, len(got)-60):], len(test.want))
			}
		})
	}
}
