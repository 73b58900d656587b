// Package docs_test checks README.md and the pages in docs.
package docs_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the root of the repository, as an absolute path: the cache of "go test" does not see that the
// tests change their folder, and would not notice a file that has changed.
var root, rootError = filepath.Abs("../..")

// TestMain runs the tests in the root of the repository.
func TestMain(m *testing.M) {
	if err := errors.Join(rootError, os.Chdir(root)); err != nil {
		panic(err)
	}
	m.Run()
}

// Both READMEs show the whole Go program in examples, which is compiled and run.
func TestReadmeShowsTheExamples(t *testing.T) {
	for _, readme := range []string{"README.md", "README.ko.md"} {
		for _, name := range []string{"examples/go/grant/main.go"} {
			example := read(t, name)
			program := example[strings.Index(example, "package main"):]
			if !strings.Contains(read(t, readme), "```go\n"+program+"```\n") {
				t.Errorf("%s does not show the Go program of %s", readme, name)
			}
		}
	}
}

// The page about the emulator shows the test in examples, which is run.
func TestEmulatorPageShowsTheExample(t *testing.T) {
	if !strings.Contains(read(t, "docs/emulator.md"), "```go\n"+read(t, "examples/go/test/access_test.go")+"```\n") {
		t.Error("docs/emulator.md does not show examples/go/test/access_test.go")
	}
}

// The page about errors has the exit codes of the help.
func TestTroubleshootingHasTheExitCodes(t *testing.T) {
	_, help, found := strings.Cut(read(t, "docs/cli/nks-access.md"), "\nExit codes:\n")
	if !found {
		t.Fatal("docs/cli/nks-access.md has no exit codes")
	}
	help, _, _ = strings.Cut(help, "\n\n")
	var want []string
	for line := range strings.Lines(help) {
		want = append(want, strings.Fields(line)[0])
	}
	_, table, _ := strings.Cut(read(t, "docs/troubleshooting.md"), "\n## Exit codes\n")
	var got []string
	for _, row := range regexp.MustCompile(`(?m)^\| (\d+) \|`).FindAllStringSubmatch(table, -1) {
		got = append(got, row[1])
	}
	if !slices.Equal(got, want) {
		t.Errorf("docs/troubleshooting.md has the exit codes %q, and the help has %q", got, want)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
