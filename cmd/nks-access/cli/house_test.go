package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Files know only the files below them: cli.go makes the commands, a command file uses shared files
// and no other command, and no shared file uses a command.
func TestFilesUseSharedFilesOnly(t *testing.T) {
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	declaredIn := map[string]string{} // what a command file declares: name to file
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = file
		if !makesCommand(file) {
			continue
		}
		for name := range file.Scope.Objects {
			declaredIn[name] = path
		}
	}
	if len(declaredIn) < 20 {
		t.Fatalf("only %d names are declared by commands", len(declaredIn))
	}
	for path, file := range files {
		if path == "cli.go" {
			continue
		}
		for _, name := range file.Unresolved {
			if owner := declaredIn[name.Name]; owner != "" && owner != path {
				t.Errorf("%s uses %s of the command in %s", path, name.Name, owner)
			}
		}
	}
}

// makesCommand reports whether a file has a function that returns a command.
func makesCommand(file *ast.File) bool {
	for _, declared := range file.Decls {
		function, ok := declared.(*ast.FuncDecl)
		if !ok || function.Type.Results == nil {
			continue
		}
		result, ok := function.Type.Results.List[0].Type.(*ast.Ident)
		if ok && result.Name == "command" {
			return true
		}
	}
	return false
}
