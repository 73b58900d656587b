package nksaccess_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The Go programs in both READMEs are those in examples, which are compiled.
func TestReadmeShowsTheExamples(t *testing.T) {
	for _, readme := range []string{"README.md", "README.ko.md"} {
		for _, name := range []string{"examples/go/client/main.go", "examples/go/grant/main.go"} {
			example := read(t, name)
			program := example[strings.Index(example, "func main()"):]
			if !strings.Contains(read(t, readme), "```go\n"+program+"```\n") {
				t.Errorf("the Go program in %s is not that of %s", readme, name)
			}
		}
	}
}

// So is the test in the page about the emulator, which is run.
func TestEmulatorPageShowsTheExample(t *testing.T) {
	if !strings.Contains(read(t, "docs/emulator.md"), "```go\n"+read(t, "examples/go/test/access_test.go")+"```\n") {
		t.Error("the test in docs/emulator.md is not that of examples/go/test/access_test.go")
	}
}

// The Korean README has the blocks, the headings and the rows of the English one: who changes one changes both.
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
