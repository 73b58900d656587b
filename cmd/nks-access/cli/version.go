package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

type versionCommand struct {
	*app
	output output
}

func newVersion(a *app) command { return &versionCommand{app: a} }

func (c *versionCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  nks-access version -o json",
	}
}

func (c *versionCommand) addFlags(cmd *cobra.Command) { c.output.addFlag(cmd, "text", "json", "yaml") }

func (c *versionCommand) run(context.Context, []string) error {
	if c.output.isData() {
		return c.output.writeData(c.stdout, buildVersion())
	}
	_, err := fmt.Fprintln(c.stdout, versionLine())
	return err
}
