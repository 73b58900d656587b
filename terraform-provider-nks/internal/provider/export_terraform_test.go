package provider_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/nks-access/nks-access/access"
)

// nks-access export -o terraform writes a configuration that imports everything and changes
// nothing.
func TestExportedConfigurationIsClean(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	s.grant(t, user, []string{"developers", `odd "name" ${x} %{y}`}, view,
		access.Policy{Type: access.EditPolicy, Scope: access.NamespaceScope, Namespaces: []string{"dev", "*-ns"}})
	s.grant(t, role, nil)
	s.report(func(entries []map[string]any) []map[string]any {
		for _, e := range entries {
			if e["entry"] == role {
				e["policies"] = []any{map[string]any{"type": "NKSNewPolicy", "scope": "Namespace", "namespaces": []any{"a"}}}
			}
		}
		return entries
	})

	session := newSession(t, s, "")
	commandLine := filepath.Join(t.TempDir(), "nks-access")
	build := exec.Command("go", "build", "-o", commandLine, "./cmd/nks-access")
	build.Dir = "../../.."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	export := exec.Command(commandLine, "export", "demo", "-o", "terraform")
	export.Env = session.env
	var errors bytes.Buffer
	export.Stderr = &errors
	configuration, err := export.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &errors)
	}
	session.write("versions.tf", "") // the export says which provider it needs
	session.configure(string(configuration))
	wantWords(t, session.must("plan", "-input=false"), "3 to import, 0 to add, 0 to change, 0 to destroy")
	wantWords(t, session.apply(), "3 imported, 0 added, 0 changed, 0 destroyed")
	session.settled()
}
