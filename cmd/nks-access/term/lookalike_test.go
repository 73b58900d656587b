package term_test

import (
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// Two names that look alike are never shown alike.
func TestLookalikes(t *testing.T) {
	for name, twins := range map[string][]string{
		"admins":   {"admins ", " admins", "admins\u200b", "ad\u00admins", "\u0430dmins", "\uff41dmins", "admin\U000e0073"},
		"qa team":  {"qa\u00a0team", "qa  team", "qa\u2003team", "qa\u3000team", "qa team\u2060"},
		"dev-ns":   {"dev\u2010ns", "dev\u2011ns", "dev\u2212ns", "dev\u2013ns"},
		"cpa":      {"\u0441\u0440\u0430", "c\u0440a"},
		"가나":       {"\u1100\u1161나", "가나\u3164"},
		"KR":       {"\u212aR", "\U0001d40aR"},
		"<a|b>":    {"<a\u2028|b>", "\uff1ca|b\uff1e"},
		`"quoted"`: {"\"quoted\"\u200b"},
	} {
		shown := term.Printable(name)
		for _, twin := range twins {
			other := term.Printable(twin)
			plainOther := strings.Trim(other, `"`)
			if other == shown || plainOther == name {
				t.Errorf("%+q is shown as %s, and its twin %+q as %s", name, shown, twin, other)
			}
		}
	}
}
