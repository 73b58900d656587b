package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
)

type versionCommand struct{ *app }

func newVersion(a *app) command { return &versionCommand{app: a} }

func (c *versionCommand) words() *cobra.Command {
	return &cobra.Command{Use: "version", Short: "Print the version"}
}

func (c *versionCommand) addFlags(*cobra.Command) {}

func (c *versionCommand) run(context.Context, []string) error {
	_, err := fmt.Fprintln(c.stdout, versionLine())
	return err
}
