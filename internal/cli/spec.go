package cli

import (
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/api"
)

func (a *app) newSpec() *cobra.Command {
	cmd := &cobra.Command{
		Use:               "spec",
		Short:             "Print the contract: the OpenAPI document of the API",
		Long:              "Print the contract that this program was built with: an OpenAPI 3.0.3 document, as YAML or JSON.",
		Example:           "  nks-access spec -o json > openapi.json",
		Args:              arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
	}
	cmd.AddCommand(a.newSpecAccess())
	out := newOutput(cmd, "yaml", "json")
	cmd.RunE = command(func(cmd *cobra.Command, _ []string) error {
		contract, err := api.YAML(), error(nil)
		if out.format == "json" {
			contract, err = api.JSON()
		}
		if err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(contract)
		return err
	})
	return cmd
}
