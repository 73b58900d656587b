// Package docs_test checks README.md and the pages in docs.
package docs_test

import (
	"os"
	"strings"
	"testing"
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

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
