// Command clidocs writes a Markdown page for every command of nks-access, and one about the formats of
// their results, into an existing folder.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra/doc"

	"github.com/nks-access/nks-access/cmd/nks-access/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: clidocs FOLDER")
		os.Exit(2)
	}
	root := cli.Root()
	folder := os.Args[1]
	err := errors.Join(
		doc.GenMarkdownTree(root, folder),
		os.WriteFile(filepath.Join(folder, "outputs.md"), []byte(outputsPage(root)), 0o644))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
