package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

type schemaCommand struct{ *app }

func newSchema(a *app) command { return &schemaCommand{app: a} }

func (c *schemaCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of access.yaml",
		Long: `Print the JSON Schema (draft 7) of access.yaml, the file for plan and apply. Editors use it to complete and
check the file. Those with the YAML language server find it by the first line of a file that export wrote.`,
		Example: "  nks-access schema > access.schema.json",
	}
}

func (c *schemaCommand) addFlags(*cobra.Command) {}

func (c *schemaCommand) run(context.Context, []string) error {
	_, err := c.stdout.Write(desired.Schema())
	return err
}
