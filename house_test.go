package nksaccess_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nks-access/nks-access/"

// imports lists which packages of this module each package may import. Emulator and client share no
// code except the generated types and the signer: one checks requests by the contract, the other by
// its own rules, so a mistake in one is found by the other.
var imports = map[string][]string{
	"signer":         {},
	"gen/nks":        {},
	"gen/nksserver":  {"gen/nks"},
	"gen/subaccount": {},
	"api":            {"internal/yamlfile"},
	"credentials":    {"signer", "internal/meant", "internal/textfile"},
	"gateway":        {"credentials", "signer", "internal/jsonlimit", "internal/meant", "internal/unseen"},
	"access":         {"gateway", "credentials", "signer", "gen/nks", "internal/meant", "internal/unseen"},
	"directory":      {"gateway", "gen/subaccount", "internal/meant"},
	"desired":        {"access", "internal/jsonlimit", "internal/meant", "internal/textfile", "internal/yamlfile"},
	"desired/export": {"desired", "access", "internal/yamlfile"},
	"emulator": {
		"emulator/internal/clinic", "emulator/internal/contract", "emulator/internal/signature",
		"emulator/internal/store", "emulator/internal/web", "signer", "gen/nks", "gen/nksserver", "internal/meant", "internal/textfile",
		"internal/yamlfile",
	},
	"emulator/internal/web":       {"emulator/internal/clinic", "api", "signer", "gen/nks", "internal/loopback", "internal/unseen"},
	"emulator/internal/clinic":    {"emulator/internal/signature", "signer"},
	"emulator/internal/contract":  {"api", "internal/meant"},
	"emulator/internal/signature": {"signer"},
	"emulator/internal/store":     {"gen/nks"},
	"internal/jsonlimit":          {},
	"internal/loopback":           {"signer"},
	"internal/meant":              {},
	"internal/textfile":           {"internal/unseen"},
	"internal/unseen":             {},
	"internal/yamlfile":           {"internal/meant", "internal/textfile"},
	"cmd/nks-access/term":         {"internal/unseen"},
	"cmd/nks-access/proxy":        {"gateway", "signer", "internal/loopback"},
	"cmd/nks-access/rbac":         {"internal/jsonlimit", "internal/textfile"},
	"cmd/nks-access/speccheck":    {"access", "gateway"},
	"cmd/nks-access/cli": {
		"cmd/nks-access/term", "cmd/nks-access/proxy", "cmd/nks-access/rbac", "cmd/nks-access/speccheck", "desired", "desired/export", "directory",
		"access", "gateway", "credentials", "emulator", "api", "signer", "internal/meant", "internal/yamlfile",
	},
	"cmd/nks-access": {"cmd/nks-access/cli"},
}

// notShipped are packages that may import anything, and that no other package may import.
var notShipped = []string{"tools/", "examples/"}

func TestPackagesImportDownwards(t *testing.T) {
	for line := range strings.Lines(list(t, "{{.ImportPath}} {{join .Imports ` `}}", "./...")) {
		packages := strings.Fields(line)
		name := strings.TrimPrefix(packages[0], module)
		if name+"/" == module || slices.ContainsFunc(notShipped, func(folder string) bool { return strings.HasPrefix(name, folder) }) {
			continue
		}
		allowed, known := imports[name]
		if !known {
			t.Errorf("%s is not in the list of packages and their imports", name)
		}
		for _, imported := range packages[1:] {
			own, isOwn := strings.CutPrefix(imported, module)
			if isOwn && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s", name, own)
			}
		}
	}
}

// A program that imports the client needs only the generated client's runtime, and no OpenAPI
// parser.
func TestClientNeedsFewModules(t *testing.T) {
	runtime := []string{"github.com/oapi-codegen/runtime", "github.com/google/uuid", "github.com/apapsch/go-jsonmerge/v2"}
	client := append(slices.Clone(runtime), "gopkg.in/ini.v1", "golang.org/x/sync")
	names := append(slices.Clone(client), "golang.org/x/text")
	for name, allowed := range map[string][]string{
		"signer": nil, "gen/nks": runtime, "gen/subaccount": runtime, "access": client, "directory": names,
	} {
		for dependency := range strings.Lines(list(t, "{{with .Module}}{{.Path}}{{end}}", "-deps", "./"+name)) {
			dependency = strings.TrimSpace(dependency)
			if dependency+"/" != module && !slices.Contains(allowed, dependency) {
				t.Errorf("%s depends on module %s", name, dependency)
			}
		}
	}
}

// Dates of access.yaml have a time zone, also on a machine that knows none.
func TestProgramKnowsTimeZones(t *testing.T) {
	if !strings.Contains(list(t, "{{.ImportPath}}", "-deps", "./cmd/nks-access"), "time/tzdata\n") {
		t.Error("cmd/nks-access does not embed time zones")
	}
}

func list(t *testing.T, format string, arguments ...string) string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list", "-f", format}, arguments...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
