package provider_test

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
)

// The command of the guide writes a configuration that imports everything and changes nothing.
func TestExportedConfigurationIsClean(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	s.grant(t, user, []string{"developers", `odd "name" ${x} %{y}`}, view,
		access.Edit.In("dev", "*-ns"))
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
	exportAsInGuide(t, session)
	// In place of the official provider's cluster, to which the exported resources refer.
	exported := mustRead(t, filepath.Join(session.dir, "entries.tf"))
	local := strings.ReplaceAll(exported, "ncloud_nks_cluster.main.uuid", "local.cluster")
	session.write("entries.tf", local+"\nlocals {\n  cluster = \""+cluster+"\"\n}\n")
	wantWords(t, session.must("plan", "-input=false"), "3 to import, 0 to add, 0 to change, 0 to destroy")
	wantWords(t, session.apply(), "3 imported, 0 added, 0 changed, 0 destroyed")
	session.settled()
}

// exportAsInGuide runs the command of the guide, which writes entries.tf.
func exportAsInGuide(t *testing.T, session *session) {
	t.Helper()
	commandLine := filepath.Join(t.TempDir(), "nks-access")
	build := exec.Command("go", "build", "-o", commandLine, "./cmd/nks-access")
	build.Dir = "../../.."
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	const guide = root + "/docs/guides/" + fromTheOfficialProvider
	command := regexp.MustCompile(`nks-access (export .* >entries\.tf)`).FindStringSubmatch(mustRead(t, guide))
	if command == nil {
		t.Fatal("the guide has no command")
	}
	export := exec.Command("sh", "-c", commandLine+" "+command[1])
	export.Dir, export.Env = session.dir, session.env
	if output, err := export.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}
