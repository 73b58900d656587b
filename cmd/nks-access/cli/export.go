package cli

import (
	"bytes"
	"context"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

type exportCommand struct {
	fleet
	output output
}

func newExport(a *app) command { return &exportCommand{fleet: newFleet(a)} }

func (c *exportCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "export [CLUSTER...]",
		Short: "Write access.yaml, or Terraform configuration, for existing entries",
		Long: `Read all clusters of the region, or those that are given by UUID or name. Write an access.yaml with their entries. A plan
with this file is empty. With -o terraform, write resources of the provider nks-access/nks and their import blocks
instead.`,
		Example: `  nks-access export > access.yaml && nks-access plan
  nks-access export prod -o terraform > access.tf`,
		Args: arguments(0, anyNumber),
	}
}

func (c *exportCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, fleetLimit)
	c.output.addFlag(cmd, "yaml", "terraform")
	cmd.ValidArgsFunction = c.completeClusters
}

func (c *exportCommand) run(ctx context.Context, args []string) error {
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	file, err := c.regionFile(ctx, args)
	if err != nil {
		return err
	}
	states := c.read(ctx, file.Clusters)
	var result bytes.Buffer
	skipped, err := c.export(&result, file, states)
	if err != nil {
		return err
	}
	for _, reason := range skipped {
		c.say("%s", reason)
	}
	_, err = c.stdout.Write(result.Bytes())
	return err
}

// export writes the states in the format of -o, and returns what it left out.
func (c *exportCommand) export(
	w *bytes.Buffer, file *desired.File, states []desired.State,
) (skipped []string, err error) {
	if c.output.format == "terraform" {
		return desired.WriteTerraform(w, states)
	}
	exported, skipped, err := desired.Export(file.Clusters, states)
	if err != nil {
		return nil, err
	}
	return skipped, exported.WriteYAML(w, skipped...)
}
