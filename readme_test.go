package nksaccess_test

import (
	"os"
	"strings"
	"testing"
)

// The Go program in the README is the one in examples, which is compiled.
func TestReadmeShowsTheExample(t *testing.T) {
	example, err := os.ReadFile("examples/go/client/main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	program := string(example[strings.Index(string(example), "func main()"):])
	if !strings.Contains(string(readme), "```go\n"+program+"```\n") {
		t.Error("the Go program in README.md is not that of examples/go/client/main.go")
	}
}
