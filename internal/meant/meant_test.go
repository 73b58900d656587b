package meant_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/internal/meant"
)

func TestHint(t *testing.T) {
	types := []string{"NKSClusterAdminPolicy", "NKSAdminPolicy", "NKSEditPolicy", "NKSViewPolicy"}
	for _, test := range []struct {
		word  string
		known []string
		want  string
	}{
		{"NKSViewPolic", types, "did you mean NKSViewPolicy?"},
		{"NKSEditPolcy", types, "did you mean NKSEditPolicy?"},
		{"NKSVeiwPolicy", types, "did you mean NKSViewPolicy?"},
		{"nksviewpolicy", types, "did you mean NKSViewPolicy?"},
		{"polices", []string{"groups", "policies"}, "did you mean policies?"},
		{"principle", []string{"principal", "clusters"}, "did you mean principal?"},
		{"regoin", []string{"region", "profile"}, "did you mean region?"},
		{"KRR", []string{"KR", "SGN", "KRS"}, "did you mean KR or KRS?"},
		{"kr", []string{"KR", "SGN", "JPN"}, "did you mean KR?"},
		{" prod", []string{"prod", "demo"}, "did you mean prod?"},
		{"dev", []string{"prod", "demo"}, ""},
		{"x", []string{"a", "b"}, ""},
		{"", []string{"a", "b"}, ""},
		{"prod-9", []string{"prod-1", "prod-2", "prod-3", "prod-4"}, ""}, // any of them
		{"prod", []string{"prod"}, ""},                                   // is known
		{"개발팅", []string{"개발팀", "운영팀"}, "did you mean 개발팀?"},
		{strings.Repeat("a", 101), []string{strings.Repeat("a", 100)}, ""},
	} {
		if got := meant.Hint(test.word, test.known...); got != test.want {
			t.Errorf("Hint(%q, %q) = %q, want %q", test.word, test.known, got, test.want)
		}
	}
}

func TestWant(t *testing.T) {
	if got := meant.Want("jsno", "table", "json"); got != "did you mean json?" {
		t.Errorf("a near word: %q", got)
	}
	if got := meant.Want("xml", "table", "json"); got != "want table, json" {
		t.Errorf("no near word: %q", got)
	}
	if got := "unknown" + meant.Bracketed("jsno", "json"); got != "unknown (did you mean json?)" {
		t.Errorf("after a text: %q", got)
	}
}

// One slip in a word of five characters or more is found.
func TestHintFindsOneSlip(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		word := []rune(rapid.StringMatching(`[a-z]{5,20}`).Draw(rt, "word"))
		at := rapid.IntRange(0, len(word)-2).Draw(rt, "at")
		slips := map[string]string{
			"missing":  string(word[:at]) + string(word[at+1:]),
			"twice":    string(word[:at+1]) + string(word[at:]),
			"replaced": string(word[:at]) + "9" + string(word[at+1:]),
			"swapped":  string(word[:at]) + string(word[at+1]) + string(word[at]) + string(word[at+2:]),
		}
		for slip, misspelt := range slips {
			want := "did you mean " + string(word) + "?"
			if misspelt == string(word) {
				want = ""
			}
			if got := meant.Hint(misspelt, string(word), "0123456789"); got != want {
				rt.Errorf("%s in %s: Hint(%q) = %q", slip, string(word), misspelt, got)
			}
		}
	})
}
