package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
)

const root = "../.." // of the module

// Every example can be applied.
func TestExamples(t *testing.T) {
	t.Parallel()
	resource := mustRead(t, root+"/examples/resources/nks_access_entry/resource.tf")
	for _, folder := range []string{"data-sources", "resources"} {
		examples, err := filepath.Glob(root + "/examples/" + folder + "/*/*.tf")
		if err != nil || examples == nil {
			t.Fatal(folder, examples, err)
		}
		for _, example := range examples {
			if filepath.Base(example) == "identity.tf" {
				continue // for Terraform 1.12; TestIdentity has it
			}
			t.Run(filepath.Base(filepath.Dir(example))+"/"+filepath.Base(example), func(t *testing.T) {
				t.Parallel()
				s := newService(t, emulator.Options{})
				session := newSession(t, s, mustRead(t, root+"/examples/provider/provider.tf"))
				if err := os.Remove(session.dir + "/versions.tf"); err != nil {
					t.Fatal(err)
				}
				session.env = append(session.env, "NCLOUD_API_GW="+s.url) // it has no regions
				session.write("example.tf", mustRead(t, example))
				if strings.HasPrefix(filepath.Base(example), "import") {
					s.grant(t, role, nil, access.ClusterAdmin.OnCluster())
					session.write("resource.tf", resource)
				}
				session.apply()
				session.settled()
			})
		}
	}
}

// So can the command to import.
func TestImportCommandOfTheExample(t *testing.T) {
	t.Parallel()
	s := newService(t, emulator.Options{})
	s.grant(t, role, nil, access.ClusterAdmin.OnCluster())
	session := newSession(t, s, mustRead(t, root+"/examples/resources/nks_access_entry/resource.tf"))
	command := exec.Command("sh", "-e", "-c", mustRead(t, root+"/examples/resources/nks_access_entry/import.sh"))
	command.Dir, command.Env = session.dir, session.env
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	session.differs("1 to add, 0 to change, 0 to destroy")
}

// The lines of the README lead from nothing to an apply.
func TestReadme(t *testing.T) {
	t.Parallel()
	s := newService(t, emulator.Options{})
	readme := mustRead(t, root+"/README.md")
	block := regexp.MustCompile("(?s)\n```sh\n(.*?)```\n").FindStringSubmatch(readme)
	if block == nil {
		t.Fatal("the README has no commands")
	}
	if lines := strings.Count(block[1], "\n"); lines > 10 {
		t.Errorf("the README has %d lines", lines)
	}
	if !strings.Contains(readme, "$ terraform plan\n…No changes.…\n") {
		t.Error("the README does not show that nothing is left to change")
	}
	commands := strings.ReplaceAll(block[1]+"terraform plan\n", "http://127.0.0.1:8080", s.url)
	home, clone := t.TempDir(), t.TempDir()
	checkout, err := filepath.Abs(root + "/..")
	if err != nil {
		t.Fatal(err)
	}
	// A clone whose files are those of this one, so that nothing is left behind here.
	files, err := os.ReadDir(checkout)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file.Name() == "bin" || file.Name() == ".git" {
			continue
		}
		if err := os.Symlink(filepath.Join(checkout, file.Name()), filepath.Join(clone, file.Name())); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	caches := strings.Fields(string(out))
	command := exec.Command("sh", "-e", "-c", commands)
	command.Dir = clone
	command.Env = append(outerEnvironment(), "HOME="+home, "CHECKPOINT_DISABLE=1", "GOCACHE="+caches[0], "GOMODCACHE="+caches[1])
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	wantWords(t, string(output), "Apply complete! Resources: 2 added", "No changes.")
	if entries := s.entries(t, cluster); len(entries) != 2 {
		t.Errorf("the entries are %v", entries)
	}
}
