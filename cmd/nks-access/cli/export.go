package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
)

type exportCommand struct {
	fleet
	output output
	out    string // path
	// clusterReference is how Terraform resources refer to the cluster.
	clusterReference string
}

func newExport(a *app) command { return &exportCommand{fleet: newFleet(a)} }

func (c *exportCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "export [CLUSTER...]",
		Short: "Write access.yaml, or Terraform configuration, for existing entries",
		Long: `Read all clusters of the region, or those that are given by UUID or name, or with --all-regions those of all
regions. Write an access.yaml with their entries. A plan with this file is empty. The file names the regions. With -o
terraform, write resources of the provider nks-access/nks and their import blocks instead.

With --names always, access.yaml names users and roles: {user: kim@corp}. With --names auto, on a terminal, it has
NRNs, with login IDs and role names as names.`,
		Example: `  nks-access export --out access.yaml && nks-access plan
  nks-access export prod -o terraform > access.tf
  nks-access export prod -o terraform --cluster-reference ncloud_nks_cluster.prod.uuid > access.tf`,
		Args: arguments(0, anyNumber),
	}
}

func (c *exportCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, fleetLimit)
	c.addNamesFlag(cmd)
	c.addRegionsFlag(cmd)
	c.output.addFlag(cmd, "yaml", "terraform")
	cmd.Flags().StringVar(&c.clusterReference, "cluster-reference", "",
		"with -o terraform, refer to the cluster by `REFERENCE`, such as ncloud_nks_cluster.main.uuid")
	cmd.Flags().StringVar(&c.out, "out", "", "write to `FILE`, which stays as it is if the export fails")
	cmd.ValidArgsFunction = c.completeClusters
}

func (c *exportCommand) run(ctx context.Context, args []string) error {
	if err := c.checkReference(); err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	file, err := c.regionFile(ctx, args)
	if err != nil {
		return err
	}
	shown, err := c.readNames(ctx, c.useOfNames(), c.readPeople(file))
	if err != nil {
		return err
	}
	observed := c.read(ctx, file)
	if err := c.nameRegions(observed); err != nil {
		return err
	}
	people, err := shown.people()
	if err != nil {
		return err
	}
	var result bytes.Buffer
	notes, err := c.export(&result, observed, people)
	if err != nil {
		return err
	}
	for _, note := range notes {
		c.say("%s", note)
	}
	if c.out != "" {
		return term.WriteFile(ctx, c.out, result.Bytes())
	}
	_, err = c.stdout.Write(result.Bytes())
	return err
}

// checkReference checks --cluster-reference before anything is read.
func (c *exportCommand) checkReference() error {
	if c.clusterReference == "" {
		return nil
	}
	if c.output.format != "terraform" {
		return usagef("--cluster-reference goes with -o terraform")
	}
	if err := export.CheckClusterReference(c.clusterReference, 1); err != nil {
		return usagef("--cluster-reference: %v", err)
	}
	return nil
}

// useOfNames is that of a file that goes to a person: the result itself mostly goes into a file.
func (c *exportCommand) useOfNames() nameUse {
	if c.output.format == "yaml" && term.IsTerminal(c.stderr) {
		return namesUsed
	}
	return namesShown
}

// export writes what was observed in the format of -o. It returns notes: what it left out, and for an
// access.yaml which clusters do not go by their entries.
func (c *exportCommand) export(
	w io.Writer, observed []desired.Observed, people *desired.People,
) (notes []string, err error) {
	if c.output.format == "terraform" {
		skipped, err := export.WriteTerraform(w, observed, c.clusterReference)
		return skippedNotes(skipped), err
	}
	byName := export.Called(people)
	if mode, _ := c.namesMode(); mode == namesAlways {
		byName = export.ByName(people)
	}
	file, skipped, err := export.File(observed, byName)
	if err != nil {
		return nil, err
	}
	notes = append(skippedNotes(skipped), configMapNotes(observed)...)
	return notes, export.WriteYAML(w, file, notes...)
}

func skippedNotes(skipped []export.Skipped) []string {
	var notes []string
	for _, s := range skipped {
		notes = append(notes, s.String())
	}
	return notes
}

// configMapNotes says which clusters do not go by their entries. apply changes nothing there.
func configMapNotes(observed []desired.Observed) []string {
	var notes []string
	for _, o := range observed {
		if o.Cluster.AuthType == access.AuthTypeConfigMap {
			notes = append(notes, fmt.Sprintf("cluster %q has the auth type CONFIG_MAP, so its entries let nobody in, "+
				"and apply does not change it. A rule for all clusters would include it; "+
				"remove it from the file until it is switched.", o.Spec.Name))
		}
	}
	return notes
}
