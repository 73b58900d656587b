// Command clidocs writes a Markdown page for every command of nks-access into an existing folder.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra/doc"

	"github.com/nks-access/nks-access/cmd/nks-access/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: clidocs FOLDER")
		os.Exit(2)
	}
	if err := doc.GenMarkdownTree(cli.Root(), os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
