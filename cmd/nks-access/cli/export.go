package cli

import (
	"bytes"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

func (a *app) newExport() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export [CLUSTER...]",
		Short: "Write access.yaml, or Terraform configuration, for existing entries",
		Long: `Read all clusters of the region, or those that are given by UUID or name. Write an access.yaml with their entries: a plan
with it changes nothing. With -o terraform, write resources of the provider nks-access/nks and their import blocks
instead.`,
		Example: `  nks-access export > access.yaml && nks-access plan
  nks-access export prod -o terraform > access.tf`,
		Args: arguments(0, 1<<30),
	}
	f := a.fleet(cmd)
	cmd.ValidArgsFunction = f.completeClusters
	out := newOutput(cmd, "yaml", "terraform")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		ctx, cancel := f.deadline(cmd.Context())
		defer cancel()
		file, err := f.region(ctx, args)
		if err != nil {
			return err
		}
		states := f.read(ctx, file.Clusters)
		var result bytes.Buffer
		var skipped []string
		if out.format == "terraform" {
			skipped, err = desired.WriteTerraform(&result, states)
		} else {
			var exported *desired.File
			if exported, skipped, err = desired.Export(file.Clusters, states); err == nil {
				err = exported.WriteYAML(&result, skipped...)
			}
		}
		if err != nil {
			return err
		}
		for _, reason := range skipped {
			f.say("%s", printable(reason))
		}
		_, err = cmd.OutOrStdout().Write(result.Bytes())
		return err
	}
	return cmd
}
