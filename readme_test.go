package nksaccess_test

import (
	"os"
	"strings"
	"testing"
)

// The Go programs in the README are those in examples, which are compiled.
func TestReadmeShowsTheExamples(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"examples/go/client/main.go", "examples/go/grant/main.go"} {
		example, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		program := string(example[strings.Index(string(example), "func main()"):])
		if !strings.Contains(string(readme), "```go\n"+program+"```\n") {
			t.Errorf("the Go program in README.md is not that of %s", name)
		}
	}
}
