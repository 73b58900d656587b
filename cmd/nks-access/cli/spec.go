package cli

import (
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/desired"
)

func (a *app) newSpec() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "spec",
		Short:   "Print the contract: the OpenAPI document of the API",
		Long:    "Print the contract that this program was built with: an OpenAPI 3.0.3 document, as YAML or JSON.",
		Example: "  nks-access spec -o json > openapi.json",
	}
	cmd.AddCommand(newSpecAccess())
	out := newOutput(cmd, "yaml", "json")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		contract, err := api.YAML(), error(nil)
		if out.format == "json" {
			contract, err = api.JSON()
		}
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(contract)
		return err
	}
	return cmd
}

func newSpecAccess() *cobra.Command {
	return &cobra.Command{
		Use:   "access",
		Short: "Print the JSON Schema of access.yaml",
		Long: `Print the JSON Schema (draft 7) of access.yaml, the file for plan and apply. Editors use it to complete and check the
file. Those with the YAML language server find it by the first line of a file that export wrote.`,
		Example:           "  nks-access spec access > access.schema.json",
		Args:              arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(desired.Schema())
			return err
		},
	}
}
