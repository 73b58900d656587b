package term_test

import (
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// Characters of every kind that cannot be seen have an escape.
func TestHiddenCharacters(t *testing.T) {
	for kind, characters := range map[string]string{
		"control":             "\x00\x1b\x7f\u0080\u0085\u009b",
		"direction":           "\u061c\u200e\u202a\u202e\u2066\u2069",
		"no width":            "\u00ad\u034f\u180e\u200b\u200d\u2060\ufeff",
		"line and paragraph":  "\u2028\u2029",
		"blank":               "\u00a0\u1680\u2003\u202f\u3000",
		"filler":              "\u115f\u1160\u2800\u3164\uffa0",
		"variation selector":  "\ufe00\ufe0f\U000e0100",
		"tag":                 "\U000e0001\U000e0041\U000e007f",
		"private, unassigned": "\ue000\U000f0000\uffff",
	} {
		for _, character := range characters {
			if shown := term.PrintableLine("a" + string(character) + "b"); !strings.HasPrefix(shown, `a\`) {
				t.Errorf("%s: %U is shown as %+q", kind, character, shown)
			}
		}
	}
	if text := "가나 ABC ñ 東京 €  €"; term.PrintableLine(text) != text {
		t.Errorf("%q is shown as %q", text, term.PrintableLine(text))
	}
}
