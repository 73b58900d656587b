package cli

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
	"github.com/nks-access/nks-access/internal/meant"
)

type migrateCommand struct {
	voice
	cluster desired.Target
	account export.Account
	timeout time.Duration
	names   string
}

func newMigrate(a *app) command { return &migrateCommand{voice: voice{app: a}} }

func (c *migrateCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate [FILE]",
		Short: "Write access.yaml for the users of an old ConfigMap",
		Long: `Write an access.yaml for the ConfigMap kube-system/ncp-auth of a cluster whose auth type is CONFIG_MAP. The
input is a file or stdin, as "kubectl get -o yaml" prints it. Nothing is sent, except to read names with --names
always.

The group system:masters becomes NKSClusterAdminPolicy on the cluster. Other groups stay groups, except those that begin
with system:. These, and user names, are reported and not carried over. RoleBindings may rely on them.

With --names always it reads the users and groups of the account. Then login IDs are the names of principals, IDs that
no user has are reported and left out, --account is not needed, and it proposes rules for groups of the account that
the ConfigMap lets in.`,
		Example: `  kubectl get configmap ncp-auth -n kube-system -o yaml |
    nks-access migrate --cluster prod --account 5000008 > access.yaml
  nks-access apply --switch-auth-type`,
		Args: arguments(0, 1),
	}
}

// domains are the domains of NRNs.
var domains = []string{"PUB", "FIN", "GOV"}

func (c *migrateCommand) addFlags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVarP(&c.cluster.Name, "cluster", "c", "",
		"name or UUID of the `CLUSTER`, for the file (environment: NKS_CLUSTER)")
	flags.StringVar(&c.cluster.Region, "region", "", "code of the `REGION` of the cluster, for the file")
	flags.StringVar(&c.cluster.Profile, "profile", "",
		"keys of the cluster: a `PROFILE` of ~/.ncloud/configure, for the file")
	flags.StringVar(&c.account.Number, "account", "", "account `NUMBER`, which NRNs hold, such as 5000008")
	flags.StringVar(&c.account.Domain, "domain", "PUB", "NRN `DOMAIN`: PUB, FIN or GOV")
	complete(cmd, "domain", fixed(domains...))
	flags.DurationVar(&c.timeout, "timeout", readLimit.timeout, readLimit.usage)
	flags.StringVar(&c.names, "names", "",
		"read names of users and groups `WHEN`: always or never (environment: NKS_NAMES; default: never)")
	complete(cmd, "names", fixed(namesAlways, namesNever))
	c.addQuietFlag(cmd, "print nothing but the file and errors")
}

func (c *migrateCommand) run(ctx context.Context, args []string) error {
	if name := os.Getenv("NKS_CLUSTER"); c.cluster.Name == "" && name != "" {
		c.cluster.Name = name
		c.say("The rules are for cluster %s, which NKS_CLUSTER names.", term.Printable(c.cluster.Name))
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	options, err := c.options(ctx)
	if err != nil {
		return err
	}
	if err := c.check(); err != nil {
		return err
	}
	path := term.Stdin
	if len(args) == 1 {
		path = args[0]
	}
	name, data, err := term.ReadFile(ctx, path, c.stdin, maxConfigMapBytes)
	if err != nil {
		return err
	}
	migration, err := export.Migrate(data, c.cluster, c.account, options...)
	if err != nil {
		return usagef("%s: %v", name, strings.TrimPrefix(err.Error(), "read ConfigMap: "))
	}
	comments := migration.Comments()
	for _, comment := range comments {
		c.say("%s", comment)
	}
	var result bytes.Buffer
	if err := export.WriteYAML(&result, migration.File, comments...); err != nil {
		return err
	}
	_, err = c.stdout.Write(result.Bytes())
	return err
}

// maxConfigMapBytes is the limit of Kubernetes.
const maxConfigMapBytes = 1 << 20

// options reads names, with --names always. Without --account, the account is that of the names.
func (c *migrateCommand) options(ctx context.Context) ([]export.MigrateOption, error) {
	connected := connection{
		voice: c.voice, profile: c.cluster.Profile, region: c.cluster.Region, timeout: c.timeout, names: c.names,
	}
	mode, err := connected.namesMode()
	if err != nil || mode != namesAlways {
		return nil, err
	}
	client, err := connected.client()
	if err != nil {
		return nil, err
	}
	opened, err := accountOf(client)
	if err != nil {
		return nil, err
	}
	list, err := opened.Identities(ctx)
	if err != nil {
		return nil, err
	}
	people := desired.PeopleOf(list)
	c.account.Number = cmp.Or(c.account.Number, people.Account())
	readGroups := func() ([]export.Group, error) { return opened.groups(ctx) }
	return []export.MigrateOption{export.WithNames(people, readGroups)}, nil
}

func (c *migrateCommand) check() error {
	if c.cluster.Name == "" {
		return usagef("which cluster? Give --cluster, or set NKS_CLUSTER")
	}
	if c.account.Number == "" {
		return usagef("which account? Give --account with its number; the NRN of any of its sub accounts has it")
	}
	if !slices.Contains(domains, c.account.Domain) {
		return usagef("unknown domain %q (%s)", c.account.Domain, meant.Want(c.account.Domain, domains...))
	}
	return nil
}
