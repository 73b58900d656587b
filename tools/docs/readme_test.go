// Package docs_test checks README.md and the pages in docs.
package docs_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMain runs the tests in the root of the repository.
func TestMain(m *testing.M) {
	if err := os.Chdir("../.."); err != nil {
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

// Both READMEs have the same code blocks, headings and table rows, so a change of one needs a
// change of the other.
func TestReadmesHaveTheSameParts(t *testing.T) {
	parts := func(readme string) (parts []string) {
		block := false
		for line := range strings.Lines(read(t, readme)) {
			switch {
			case strings.HasPrefix(line, "```"):
				block = !block
				parts = append(parts, line)
			case block:
				parts = append(parts, line)
			case strings.HasPrefix(line, "## "):
				parts = append(parts, "##")
			case strings.HasPrefix(line, "| "):
				parts = append(parts, "|")
			case strings.HasPrefix(line, "- "):
				parts = append(parts, "-")
			}
		}
		return parts
	}
	if diff := cmp.Diff(parts("README.md"), parts("README.ko.md")); diff != "" {
		t.Errorf("-README.md +README.ko.md:\n%s", diff)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
