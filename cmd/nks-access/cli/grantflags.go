package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/internal/yamlfile"
)

// grantFlags holds the flags for groups and policies.
type grantFlags struct {
	policies []string
	groups   []string
	fromFile string
	set      *pflag.FlagSet // all flags of the command
}

// addFlags adds --policy and --group.
func (g *grantFlags) addFlags(cmd *cobra.Command) {
	g.set = cmd.Flags()
	g.set.StringArrayVar(&g.policies, "policy", nil,
		"access `POLICY`, as TYPE for the whole cluster or TYPE@NAMESPACE,NAMESPACE (repeatable); TYPE is one of "+
			strings.Join(access.PolicyTypes, ", "))
	complete(cmd, "policy",
		cobra.FixedCompletions(access.PolicyTypes, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	g.set.StringArrayVar(&g.groups, "group", nil, "Kubernetes `GROUP` (repeatable)")
	complete(cmd, "group", cobra.NoFileCompletions)
}

// addFileFlag adds --from-file.
func (g *grantFlags) addFileFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&g.fromFile, "from-file", "f", "",
		"YAML or JSON `FILE` with the entry, as get -o yaml prints it; - for stdin")
}

// parsePolicies returns the policies of --policy.
func (g *grantFlags) parsePolicies() ([]access.Policy, error) {
	var policies []access.Policy
	for _, text := range g.policies {
		policy, err := access.ParsePolicy(text)
		if err != nil {
			return nil, err
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

// entryFile is an entry in a file, with the fields of the API and of get -o yaml. Fields set by the
// service are ignored.
type entryFile struct {
	UUID        string          `yaml:"uuid"`
	ClusterUUID string          `yaml:"clusterUuid"`
	Username    string          `yaml:"username"`
	Type        access.Type     `yaml:"type"`
	Entry       string          `yaml:"entry"`
	Groups      []string        `yaml:"groups"`
	Policies    []access.Policy `yaml:"policies"`
}

// maxEntryBytes limits the file of an entry.
const maxEntryBytes = 1 << 20

// readEntry reads --group and --policy, or --from-file. A list that was not given is nil.
func (g *grantFlags) readEntry(ctx context.Context, stdin io.Reader) (entryFile, error) {
	err := errors.Join(
		exclusive(g.set, "from-file", "group", "no-groups"),
		exclusive(g.set, "from-file", "policy", "no-policies"))
	if err != nil {
		return entryFile{}, err
	}
	if g.fromFile == "" {
		policies, err := g.parsePolicies()
		return entryFile{Groups: g.groups, Policies: policies}, err
	}
	name, data, err := term.ReadFile(ctx, g.fromFile, stdin, maxEntryBytes)
	if err != nil {
		return entryFile{}, err
	}
	var entry entryFile
	if err := yamlfile.Decode(name, data, &entry); err != nil {
		return entryFile{}, usagef("%v", err)
	}
	return entry, nil
}
