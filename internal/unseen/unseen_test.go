package unseen_test

import (
	"testing"

	"github.com/nks-access/nks-access/internal/unseen"
)

func TestIs(t *testing.T) {
	for r, want := range map[rune]bool{
		'a': false, '팀': false, '\u0301': false, ' ': false, '\u3000': false, '\n': false, '-': false,
		'\u200b': true, '\u202e': true, '\ufeff': true, '\u00ad': true, // format
		'\u2028': true, '\u2029': true, // line and paragraph
		'\ufe0f': true, '\u3164': true, '\u115f': true, // a variation, and fillers of Hangul
		'\u2800': true, '\U0001d159': true, '\U000e0041': true,
	} {
		if got := unseen.Is(r); got != want {
			t.Errorf("%U: got %t", r, got)
		}
	}
}
