package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

func (a *app) newMigrate() *cobra.Command {
	var account desired.Account
	var name, region, profile string
	var quiet bool
	cmd := &cobra.Command{
		Use:   "migrate [FILE]",
		Short: "Write access.yaml for the users of an old ConfigMap",
		Long: `Write an access.yaml for the ConfigMap kube-system/ncp-auth of a cluster whose auth type is CONFIG_MAP. The input is a file
or stdin, as "kubectl get -o yaml" prints it. Nothing is sent.

The group system:masters becomes NKSClusterAdminPolicy on the cluster. Other groups stay groups, except those that begin
with system:. These, and user names, are reported and not carried over. RoleBindings may rely on them.`,
		Example: `  kubectl get configmap ncp-auth -n kube-system -o yaml | nks-access migrate --cluster prod --account 5000008 > access.yaml
  nks-access apply --switch-auth-type`,
		Args: arguments(0, 1),
	}
	cmd.Flags().StringVar(&name, "cluster", "", "`CLUSTER`, by UUID or name, for the file (environment: NKS_CLUSTER)")
	cmd.Flags().StringVar(&region, "region", "", "`REGION` of the cluster, for the file")
	cmd.Flags().StringVar(&profile, "profile", "", "`PROFILE` of the cluster, for the file")
	cmd.Flags().StringVar(&account.Number, "account", "", "`NUMBER` of the account, which NRNs hold, such as 5000008")
	cmd.Flags().StringVar(&account.Domain, "domain", "PUB", "`DOMAIN` of the NRNs: PUB, FIN or GOV")
	domains := []string{"PUB", "FIN", "GOV"}
	complete(cmd, "domain", fixed(domains...))
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "print nothing but the file and errors")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		cluster := desired.Cluster{Name: orEnv(name, "NKS_CLUSTER"), Region: region, Profile: profile}
		switch {
		case cluster.Name == "":
			return usagef("which cluster? Give --cluster, or set NKS_CLUSTER")
		case account.Number == "":
			return usagef("which account? Give --account with its number; the NRN of any of its sub accounts has it")
		case !slices.Contains(domains, account.Domain):
			return usagef("unknown domain %q (want PUB, FIN or GOV)", account.Domain)
		}
		path := "-"
		if len(args) == 1 {
			path = args[0]
		}
		source, data, err := a.readFile(cmd.Context(), path, 1<<20)
		if err != nil {
			return err
		}
		file, notes, err := desired.Migrate(data, cluster, account)
		if err != nil {
			return usagef("%s: %v", source, strings.TrimPrefix(err.Error(), "read ConfigMap: "))
		}
		if !quiet {
			for _, note := range notes {
				fmt.Fprintln(a.stderr, printable(note))
			}
		}
		var result bytes.Buffer
		if err := file.WriteYAML(&result, notes...); err != nil {
			return err
		}
		_, err = cmd.OutOrStdout().Write(result.Bytes())
		return err
	}
	return cmd
}
