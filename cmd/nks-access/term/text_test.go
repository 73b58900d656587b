package term_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestPrintable(t *testing.T) {
	for name, want := range map[string]string{
		"":                    "",
		"developers":          "developers",
		"qa team":             "qa team",
		"개발자 a|b <script>":    "개발자 a|b <script>",
		`CORP\kim`:            `CORP\kim`,
		`it's "quoted"`:       `it's "quoted"`,
		"東京 ㈜ ナ":              "東京 ㈜ ナ",
		"разработка":          "разработка",
		`"developers\u200b"`:  `"\"developers\\u200b\""`,
		"developers ":         `"developers "`,
		" developers":         `" developers"`,
		"a  b":                `"a \u0020b"`,
		"developers\u200b":    `"developers\u200b"`,
		"a\u00a0b\u3000c":     `"a\u00a0b\u3000c"`,
		"a\x1b[2Jb":           `"a\x1b[2Jb"`,
		"a\u009bb":            `"a\u009bb"`,
		"a\nb\tc":             `"a\nb\tc"`,
		"a\u202eb\u2028c":     `"a\u202eb\u2028c"`,
		"a\U000e0041":         `"a\U000e0041"`,
		"a\xffb":              `"a\xffb"`,
		"개발\u3164":            `"개발\u3164"`,
		"a\u034f\ufe0f\u2800": `"a\u034f\ufe0f\u2800"`,
		"\u1100\u1161":        `"\u1100\u1161"`, // 가, decomposed
		"\u0430dmins":         `"\u0430dmins"`,  // a Cyrillic a
		"\u0430\u0441\u0440":  `"\u0430\u0441\u0440"`,
		"ｄev":                 `"\uff44ev"`,
		"dev\u2010ns":         `"dev\u2010ns"`,
		"\u212a8s":            `"\u212a8s"`, // the sign for Kelvin
	} {
		if got := term.Printable(name); got != want {
			t.Errorf("%+q becomes %s, want %s", name, got, want)
		}
	}
}

func TestPrintableList(t *testing.T) {
	for want, names := range map[string][]string{
		``:                     nil,
		`dev ops`:              {"dev", "ops"},
		`"qa team" b`:          {"qa team", "b"},
		`"" "a\u200b" 운영`:      {"", "a\u200b", "운영"},
		`"\"a" "b \\\" c" d\e`: {`"a`, `b \" c`, `d\e`},
	} {
		if got := term.PrintableList(names); got != want {
			t.Errorf("%q becomes %s, want %s", names, got, want)
		}
	}
}

func ExamplePrintableSeries() {
	fmt.Println(term.PrintableSeries([]string{"group qa team", "group a, b", "NKSViewPolicy"}))
	// Output: group qa team, "group a, b", NKSViewPolicy
}

func TestPrintableLines(t *testing.T) {
	if got := term.PrintableLine("a\n  b\t\x1b\u200b"); got != `a\n  b\t\x1b\u200b` {
		t.Errorf("a line becomes %s", got)
	}
	if got := term.PrintableLines("a\n\tb\r"); got != "a\n\tb\\r" {
		t.Errorf("lines become %q", got)
	}
}

// strangeText draws text with characters that are seldom in texts.
func strangeText() *rapid.Generator[string] {
	strange := []rune{
		0, '\n', '\t', '\x1b', ' ', '"', '\\', '|', '`', '\'', ';', '=', 'a', 'u', '<', '\u0085', '\u009b', '\u00a0',
		'\u00ad',
		'\u034f', '\u0430', '\u061c', '\u115f', '\u180e', '\u200b', '\u200d', '\u2028', '\u202e', '\u2066', '\u2800',
		'\u3000',
		'\u3164', '\ufe0f', '\ufeff', '\uff1d', '가', '\U000e0041', '\U000e0100', unicode.MaxRune,
	}
	return rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom(strange)))
}

// No two names are shown alike, and what is shown can be seen.
func TestPrintableTellsNamesApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := strangeText().Draw(t, "name")
		shown := term.Printable(name)
		if back := unquoted(t, shown); back != name {
			t.Fatalf("%+q is shown as %s, which reads as %+q", name, shown, back)
		}
		for _, text := range []string{shown, term.PrintableLine(name), term.PrintableList([]string{name, name})} {
			if term.PrintableLine(text) != text || strings.ContainsFunc(text, unseen) {
				t.Fatalf("%+q is shown with characters that cannot be seen: %+q", name, text)
			}
		}
	})
}

func unquoted(t *rapid.T, shown string) string {
	if !strings.HasPrefix(shown, `"`) {
		return shown
	}
	name, err := strconv.Unquote(shown)
	if err != nil {
		t.Fatalf("%s: %v", shown, err)
	}
	return name
}

func unseen(r rune) bool { return !unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) }

// Lists of names are told apart, too.
func TestPrintableGroups(t *testing.T) {
	got := term.PrintableGroups([]string{"dev", "a,b", "x;y", "team b"})
	if want := `dev "a,b" "x;y" "team b"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestPrintableListTellsListsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOf(strangeText()).Draw(t, "names")
		shown := term.PrintableList(names)
		var back []string
		for rest := shown; rest != ""; {
			word, err := strconv.QuotedPrefix(rest)
			if err != nil || !strings.HasPrefix(rest, `"`) {
				word, _, _ = strings.Cut(rest, " ")
			}
			back = append(back, unquoted(t, word))
			rest = strings.TrimPrefix(rest[len(word):], " ")
		}
		if strings.Join(back, "\x00,") != strings.Join(names, "\x00,") || len(back) != len(names) {
			t.Fatalf("%+q is shown as %s, which reads as %+q", names, shown, back)
		}
	})
}
