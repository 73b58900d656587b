package cli

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

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
			strings.Join(policyTypes(), ", "))
	complete(cmd, "policy",
		cobra.FixedCompletions(policyTypes(), cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	g.set.StringArrayVar(&g.groups, "group", nil, "Kubernetes `GROUP` (repeatable)")
	complete(cmd, "group", cobra.NoFileCompletions)
}

func policyTypes() []string {
	var types []string
	for _, policyType := range access.PolicyTypes() {
		types = append(types, string(policyType))
	}
	return types
}

// addFileFlag adds --from-file.
func (g *grantFlags) addFileFlag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&g.fromFile, "from-file", "f", "",
		"YAML or JSON `FILE` with the entry, as get -o yaml prints it; - for stdin")
}

// fileName is the name of the file in messages.
func (g *grantFlags) fileName() string {
	if g.fromFile == term.Stdin {
		return "stdin"
	}
	return g.fromFile
}

// grants returns what --policy and --group name.
func (g *grantFlags) grants() (access.Grants, error) {
	grants := access.Grants{Groups: g.groups}
	for _, text := range g.policies {
		policy, err := access.ParsePolicy(text)
		if before, _, _ := strings.Cut(text, "@"); err != nil && strings.Contains(before, ",") {
			return access.Grants{}, usagef("policy %q: repeat --policy for each type", text)
		}
		if err != nil {
			return access.Grants{}, err
		}
		grants.Policies = append(grants.Policies, policy)
	}
	return grants, nil
}

// entryFile is an entry in a file, with the fields of the API and of get -o yaml. Fields set by the
// service are ignored.
type entryFile struct {
	UUID        string       `yaml:"uuid"`
	ClusterUUID string       `yaml:"clusterUuid"`
	Username    string       `yaml:"username"`
	Name        string       `yaml:"principalName"`
	Type        string       `yaml:"type"`
	Entry       string       `yaml:"entry"`
	Groups      []string     `yaml:"groups"`
	Policies    []filePolicy `yaml:"policies"`
}

func (e entryFile) grants() access.Grants {
	grants := access.Grants{Groups: e.Groups}
	if e.Policies != nil {
		grants.Policies = []access.Policy{}
	}
	for _, policy := range e.Policies {
		grants.Policies = append(grants.Policies, policy.Policy)
	}
	return grants
}

// filePolicy is a policy as get -o yaml prints it, or as access.yaml has it: TYPE@NAMESPACE.
type filePolicy struct{ access.Policy }

// UnmarshalYAML reads both forms.
func (p *filePolicy) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind != yaml.ScalarNode {
		return node.Load(&p.Policy, yaml.WithKnownFields(true))
	}
	policy, err := access.ParsePolicy(node.Value)
	p.Policy = policy
	return err
}

// maxEntryBytes limits the file of an entry.
const maxEntryBytes = 1 << 20

// givenEntry is what flags or a file say about an entry. A list that was not given is nil.
type givenEntry struct {
	principal     string // empty if only flags were given
	principalType access.PrincipalType
	grants        access.Grants
}

// read reads --group and --policy, or --from-file.
func (g *grantFlags) read(ctx context.Context, stdin io.Reader) (givenEntry, error) {
	err := errors.Join(
		exclusive(g.set, "from-file", "group", "no-groups"),
		exclusive(g.set, "from-file", "policy", "no-policies"))
	if err != nil {
		return givenEntry{}, err
	}
	if g.fromFile == "" {
		grants, err := g.grants()
		return givenEntry{grants: grants}, err
	}
	name, data, err := term.ReadFile(ctx, g.fromFile, stdin, maxEntryBytes)
	if err != nil {
		return givenEntry{}, err
	}
	var file entryFile
	if err := yamlfile.Decode(name, data, &file); err != nil {
		return givenEntry{}, usagef("%v", err)
	}
	return givenEntry{file.Entry, access.PrincipalType(file.Type), file.grants()}, nil
}
