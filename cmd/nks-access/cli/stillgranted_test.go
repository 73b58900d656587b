package cli

import (
	"strings"
	"testing"
)

func TestMeet(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"dev", "dev", true},
		{"dev", "dev-1", false},
		{"dev-*", "dev-1", true},
		{"dev-*", "*-qa", true}, // dev-qa
		{"dev-*", "qa-*", false},
		{"*", "*", true},
		{"*-ns", "prod-n?", true},
		{"team-[ab]", "team-*", true},
		{"team-[ab]", "team-ab", false},
		{"a*b", "a", false},
		{"a*", "a", true},
		{strings.Repeat("a*", 60) + "b", strings.Repeat("*a", 60) + "c", false},
		{"[ab", "[ab", true}, // no set, but only the service could have it
	} {
		if got := meet(c.a, c.b); got != c.want {
			t.Errorf("%q and %q: got %t", c.a, c.b, got)
		}
		if got := meet(c.b, c.a); got != c.want {
			t.Errorf("%q and %q: got %t", c.b, c.a, got)
		}
	}
}
