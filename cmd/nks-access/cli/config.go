package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/credentials"
)

type configCommand struct {
	connection
	output output
	check  bool
}

func newConfig(a *app) command { return &configCommand{connection: newConnection(a)} }

func (c *configCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "config",
		Short: "Show which key, base URL and cluster would be used, and where they come from",
		Long: `Show which access key, base URL, region and cluster the other commands would use with the same flags and
environment, and where each comes from. It never shows a secret key. Without --check it sends nothing to NKS.

--check asks NKS once for the list of clusters, and says whether gateway, clock, key and permission are right, and
whether the cluster is there. If not, it exits as the other commands do: with 4 if the key is wrong or lacks the
permission, with 5 if the gateway cannot be reached.`,
		Example: `  nks-access config
  nks-access config --check --profile gov`,
	}
}

func (c *configCommand) addFlags(cmd *cobra.Command) {
	c.connection.addFlags(cmd, readLimit)
	c.addClusterFlag(cmd)
	cmd.Flags().BoolVar(&c.check, "check", false, "send one request that changes nothing, and say what is right and wrong")
	c.output.addFlag(cmd, "table", "json", "yaml")
}

// configuration is what the config command prints. It holds no secret.
type configuration struct {
	AccessKey         string `json:"accessKey"`
	CredentialsSource string `json:"credentialsSource"`
	BaseURL           string `json:"baseUrl"`
	BaseURLSource     string `json:"baseUrlSource"`
	Region            string `json:"region,omitempty"`
	Cluster           string `json:"cluster,omitempty"`

	Checks []check `json:"checks,omitempty"` // with --check
}

func (c *configCommand) run(ctx context.Context, _ []string) error {
	client, err := c.client()
	if err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	keys, missing := client.Credentials().Credentials(ctx) // without keys, the rest is still shown
	settings := client.Settings()
	config := configuration{
		AccessKey:     keys.AccessKey,
		BaseURL:       settings.BaseURL,
		BaseURLSource: settings.Source,
		Region:        settings.Region,
		Cluster:       orEnv(c.cluster, "NKS_CLUSTER"),
	}
	config.CredentialsSource = credentials.Source(client.Credentials())
	if !c.check {
		return errors.Join(c.output.write(c.stdout, config, config.table()), missing)
	}
	attempt := &trial{err: missing}
	if missing == nil {
		attempt = c.try(ctx)
	}
	checks, failed := attempt.checks(config.Cluster)
	config.Checks = checks
	return errors.Join(c.printChecked(config), failed)
}

// printChecked prints the configuration and what was checked.
func (c *configCommand) printChecked(config configuration) error {
	err := c.output.write(c.stdout, config, config.table())
	if c.output.isData() || err != nil {
		return err
	}
	if _, err := fmt.Fprintln(c.stdout); err != nil {
		return err
	}
	return checkTable(config.Checks).Write(c.stdout)
}

func (c configuration) table() term.Table {
	return term.Table{Rows: [][]string{
		{"access key", cmp.Or(c.AccessKey, "none")},
		{"  from", c.CredentialsSource},
		{"base URL", c.BaseURL},
		{"  from", c.BaseURLSource},
		{"region", cmp.Or(c.Region, "as the base URL says")},
		{"cluster", cmp.Or(c.Cluster, "none: give --cluster, or set NKS_CLUSTER")},
	}}
}
