package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	yamltoken "github.com/goccy/go-yaml/token"
	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

// state is what an entry is to grant, from flags.
type state struct {
	policies []string
	groups   []string
	fromFile string
}

func (s *state) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.policies, "policy", nil, "access `POLICY`, as TYPE for the whole cluster or TYPE@NAMESPACE,NAMESPACE (repeatable); TYPE is "+strings.Join(access.PolicyTypes, ", "))
	_ = cmd.RegisterFlagCompletionFunc("policy", cobra.FixedCompletions(access.PolicyTypes, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	cmd.Flags().StringArrayVar(&s.groups, "group", nil, "Kubernetes `GROUP` (repeatable)")
	_ = cmd.RegisterFlagCompletionFunc("group", cobra.NoFileCompletions)
}

func (s *state) addFromFile(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&s.fromFile, "from-file", "f", "", "YAML or JSON `FILE` with the entry, as get -o yaml prints it; - for stdin")
	cmd.MarkFlagsMutuallyExclusive("from-file", "policy")
	cmd.MarkFlagsMutuallyExclusive("from-file", "group")
}

func (s *state) parsePolicies() ([]access.Policy, error) {
	policies := make([]access.Policy, len(s.policies))
	for i, text := range s.policies {
		policy, err := access.ParsePolicy(text)
		if err != nil {
			return nil, err
		}
		policies[i] = policy
	}
	return policies, nil
}

// entryFile is an entry in a file. It has the fields that the API and get -o yaml have; those that the service gives are read
// over.
type entryFile struct {
	UUID        string           `yaml:"uuid"`
	ClusterUUID string           `yaml:"clusterUuid"`
	Username    string           `yaml:"username"`
	Type        access.Type      `yaml:"type"`
	Entry       string           `yaml:"entry"`
	Groups      *[]string        `yaml:"groups"`
	Policies    *[]access.Policy `yaml:"policies"`
}

const maxFileBytes = 1 << 20

// readEntry reads a file, or stdin when it is "-". Mistakes are reported with file, line and column.
func (a *app) readEntry(ctx context.Context, path string) (entryFile, error) {
	name, input := path, a.stdin
	if path == "-" {
		name = "stdin"
	} else {
		file, err := os.Open(path)
		if err != nil {
			return entryFile{}, usagef("%v", err)
		}
		defer func() { _ = file.Close() }()
		input = file
	}
	data, err := await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(input, maxFileBytes+1)) })
	if err != nil {
		return entryFile{}, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxFileBytes {
		return entryFile{}, usagef("%s: is larger than %d bytes", name, maxFileBytes)
	}
	return parseEntry(name, data)
}

func parseEntry(name string, data []byte) (entryFile, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return entryFile{}, usagef("%s: is empty", name)
	}
	// A few lines of anchors and aliases can stand for gigabytes, and an entry has no need of them.
	for _, token := range lexer.Tokenize(string(data)) {
		if token.Type == yamltoken.AnchorType || token.Type == yamltoken.AliasType {
			return entryFile{}, usagef("%s:%d:%d: anchors and aliases are not taken here", name, token.Position.Line, token.Position.Column)
		}
	}
	var entry entryFile
	decoder := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := decoder.Decode(&entry); err != nil {
		return entryFile{}, usagef("%s", yamlMistake(name, err))
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return entryFile{}, usagef("%s: holds more than one document; give one entry at a time", name)
	}
	return entry, nil
}

// yamlMistake turns "[3:5] message" and the lines that follow into "file:3:5: message".
func yamlMistake(name string, err error) string {
	position, message, ok := strings.Cut(strings.TrimPrefix(yaml.FormatError(err, false, false), "["), "] ")
	if !ok {
		return name + ": " + err.Error()
	}
	return name + ":" + position + ": " + message
}
