package cli

import (
	"cmp"
	"errors"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/credentials"
)

// configuration is what the config command prints. It holds no secret.
type configuration struct {
	AccessKey         string `json:"accessKey"`
	CredentialsSource string `json:"credentialsSource"`
	BaseURL           string `json:"baseUrl"`
	BaseURLSource     string `json:"baseUrlSource"`
	Region            string `json:"region,omitempty"`
	Cluster           string `json:"cluster,omitempty"`
}

func (a *app) newConfig() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Show which key, base URL and cluster would be used, and where they come from",
		Long: `Show which access key, base URL, region and cluster the other commands would use with the same flags and environment,
and where each comes from. It never shows a secret key, and sends nothing to NKS.`,
	}
	c := a.connect(cmd, true)
	out := newOutput(cmd, "table", "json", "yaml")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		client, err := c.client()
		if err != nil {
			return err
		}
		ctx, cancel := c.deadline(cmd.Context())
		defer cancel()
		pair, missing := client.Provider().Credentials(ctx) // without keys, the rest is still shown
		settings := client.Settings()
		config := configuration{
			AccessKey: pair.AccessKey, CredentialsSource: credentials.Source(client.Provider()),
			BaseURL: settings.BaseURL, BaseURLSource: settings.BaseURLSource, Region: settings.Region,
			Cluster: orEnv(c.cluster, "NKS_CLUSTER"),
		}
		err = out.write(cmd.OutOrStdout(), config, 2, [][]string{
			{"access key", cmp.Or(config.AccessKey, "none")},
			{"  from", config.CredentialsSource},
			{"base URL", config.BaseURL},
			{"  from", config.BaseURLSource},
			{"region", cmp.Or(config.Region, "as the base URL says")},
			{"cluster", cmp.Or(config.Cluster, "none: give --cluster, or set NKS_CLUSTER")},
		})
		return errors.Join(err, missing)
	}
	return cmd
}
