package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/api"
)

type specCommand struct {
	*app
	output output
}

func newSpec(a *app) command { return &specCommand{app: a} }

func (c *specCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:     "spec",
		Short:   "Print the contract: the OpenAPI document of the API",
		Long:    "Print the contract that this program was built with: an OpenAPI 3.0.3 document, as YAML or JSON.",
		Example: "  nks-access spec -o json > openapi.json",
	}
}

func (c *specCommand) addFlags(cmd *cobra.Command) { c.output.addFlag(cmd, "yaml", "json") }

func (c *specCommand) run(context.Context, []string) error {
	if c.output.format == "yaml" {
		_, err := c.stdout.Write(api.YAML())
		return err
	}
	contract, err := api.JSON()
	if err != nil {
		return err
	}
	_, err = c.stdout.Write(contract)
	return err
}
