package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/cmd/nks-access/speccheck"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

type specCheckCommand struct {
	connection
	output                    output
	write, principal, confirm string
}

func newSpecCheck(a *app) command { return &specCheckCommand{connection: newConnection(a)} }

func (c *specCheckCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Compare the service with the contract",
		Long: `Compare the service with the contract, and answer what the contract leaves open: statuses, headers and bodies
of real responses. It reads the clusters and some of their entries, and writes nothing.

With --write it also makes one entry on a cluster, for a principal that has none there: it creates it, creates it
again, reads it, updates it with each list left out and with empty lists, deletes it, and deletes it again. The entry
has a group and a namespace whose names nobody uses, so it lets nobody in. The check removes what it made at the end,
also after Ctrl-C and errors, and changes no other entry. Each change makes the cluster busy, so it can take an hour.

The report has no UUIDs, names, NRNs, keys and account numbers, so that it can be published: see docs/contract.md.

Exit code 10 says that the service differs from the contract.`,
		Example: `  nks-access spec check
  nks-access spec check --write demo --principal nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4`,
	}
}

// checkLimit includes the waits for a busy cluster.
var checkLimit = limit{2 * time.Hour, "limit of `TIME` for the check, without the removal of what it made"}

func (c *specCheckCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, checkLimit)
	c.addClusterFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&c.write, "write", "", "make, change and delete an entry on `CLUSTER`, by name or UUID")
	complete(cmd, "write", c.completeClusters)
	flags.StringVar(&c.principal, "principal", "",
		"with --write: `NRN` of a sub account or role that has no entry on the cluster")
	flags.StringVar(&c.confirm, "confirm", "", "with --write: `NAME` of the cluster, in place of the question")
	c.output.addFlag(cmd, "markdown", "json", "yaml")
}

func (c *specCheckCommand) run(ctx context.Context, _ []string) error {
	options, err := c.options()
	if err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	report, err := speccheck.Run(ctx, options)
	if report == nil {
		return err
	}
	if printErr := c.print(report); printErr != nil && err == nil {
		err = printErr
	}
	if err == nil && !report.Fits() {
		return &differsError{len(report.Differences)}
	}
	return err
}

func (c *specCheckCommand) options() (speccheck.Options, error) {
	if (c.write == "") != (c.principal == "") {
		return speccheck.Options{}, usagef("--write and --principal need each other")
	}
	if c.confirm != "" && c.write == "" {
		return speccheck.Options{}, usagef("--confirm needs --write")
	}
	if c.write != "" && c.cluster != "" {
		return speccheck.Options{}, usagef("--cluster and --write exclude each other")
	}
	client, err := c.client()
	if err != nil {
		return speccheck.Options{}, err
	}
	contract, err := api.Document()
	if err != nil {
		return speccheck.Options{}, err
	}
	options := speccheck.Options{
		Gateway:  client.Gateway(),
		Contract: contract,
		Program:  "nks-access " + versionString(),
		Cluster:  orEnv(c.cluster, "NKS_CLUSTER"),
		Progress: func(sentence string) { c.say("%s", sentence) },
	}
	if c.write == "" {
		return options, nil
	}
	principal, err := access.ParseNRN(c.principal)
	if err != nil {
		return speccheck.Options{}, err
	}
	options.Cluster = c.write
	options.Life = &speccheck.Life{Principal: principal, Confirm: c.ask}
	return options, nil
}

// ask lets a person type the name of the cluster.
func (c *specCheckCommand) ask(ctx context.Context, clusterName string) error {
	if c.confirm != "" {
		if c.confirm != clusterName {
			return usagef("--confirm %s is not the name of the cluster, which is %s", c.confirm, clusterName)
		}
		return nil
	}
	if !c.questions.Possible() {
		return usagef("there is no terminal to ask; confirm with the name of the cluster: --confirm NAME")
	}
	prompt := fmt.Sprintf("The check makes, changes and deletes an entry of %s on cluster %s.\n"+
		"Type the name of the cluster to go on: ",
		c.principal, clusterName)
	typed, err := c.questions.Ask(ctx, term.PrintableLines(prompt))
	if err != nil {
		return err
	}
	if typed != clusterName {
		return term.ErrDeclined
	}
	return nil
}

func (c *specCheckCommand) print(report *speccheck.Report) error {
	if c.output.isData() {
		return c.output.writeData(c.stdout, report)
	}
	_, err := fmt.Fprint(c.stdout, report.Markdown())
	return err
}
