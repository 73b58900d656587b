package cli

import (
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

func (a *app) newSpecAccess() *cobra.Command {
	return &cobra.Command{
		Use:   "access",
		Short: "Print the JSON Schema of access.yaml",
		Long: `Print the JSON Schema (draft 7) of access.yaml, the file for plan and apply. Editors use it to complete and check the
file. Those with the YAML language server find it by the first line of a file that export wrote.`,
		Example:           "  nks-access spec access > access.schema.json",
		Args:              arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: command(func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(desired.Schema())
			return err
		}),
	}
}
