package nksaccess_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Who may depend on whom in this module, standard library and other modules aside. A client must not carry an OpenAPI parser,
// and what checks requests on the two sides must not share code, so that a slip in one is caught by the other.
func TestPackagesDependDownwards(t *testing.T) {
	const module = "github.com/nks-access/nks-access/"
	for name, allowed := range map[string][]string{
		"signer":        {},
		"gen/nks":       {},
		"gen/nksserver": {"gen/nks"},
		"api":           {},
		"credentials":   {"signer"},
		"access":        {"credentials", "signer", "gen/nks"},

		"emulator/internal/clinic":   {"signer", "gen/nks"},
		"emulator/internal/contract": {"api"},
		"emulator/internal/store":    {"gen/nks"},
		"emulator/internal/web":      {"api", "signer", "gen/nks", "emulator/internal/clinic"},
		"emulator": {"api", "signer", "gen/nks", "gen/nksserver", "emulator/internal/clinic", "emulator/internal/contract",
			"emulator/internal/store", "emulator/internal/web"},
	} {
		out, err := exec.Command("go", "list", "-deps", "./"+name).Output()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, dependency := range strings.Fields(string(out)) {
			own, isOwn := strings.CutPrefix(dependency, module)
			if isOwn && own != name && !slices.Contains(allowed, own) {
				t.Errorf("%s depends on %s", name, own)
			}
			if strings.Contains(dependency, "kin-openapi") && !slices.Contains([]string{"api", "emulator", "emulator/internal/contract", "emulator/internal/web"}, name) {
				t.Errorf("%s depends on an OpenAPI parser", name)
			}
		}
	}
}
