package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/internal/yamlfile"
)

// state holds the flags for groups and policies.
type state struct {
	policies []string
	groups   []string
	fromFile string
}

func (s *state) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&s.policies, "policy", nil,
		"access `POLICY`, as TYPE for the whole cluster or TYPE@NAMESPACE,NAMESPACE (repeatable); TYPE is one of "+
			strings.Join(access.PolicyTypes, ", "))
	complete(cmd, "policy",
		cobra.FixedCompletions(access.PolicyTypes, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	cmd.Flags().StringArrayVar(&s.groups, "group", nil, "Kubernetes `GROUP` (repeatable)")
	complete(cmd, "group", cobra.NoFileCompletions)
}

func (s *state) addFromFile(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&s.fromFile, "from-file", "f", "",
		"YAML or JSON `FILE` with the entry, as get -o yaml prints it; - for stdin")
}

func (s *state) parsePolicies() ([]access.Policy, error) {
	var policies []access.Policy
	for _, text := range s.policies {
		policy, err := access.ParsePolicy(text)
		if err != nil {
			return nil, err
		}
		policies = append(policies, policy)
	}
	return policies, nil
}

// wanted returns the groups and policies of the flags, nil without flags, or the entry of the file.
func (a *app) wanted(cmd *cobra.Command, s state) (entryFile, error) {
	err := errors.Join(
		exclusive(cmd, "from-file", "group", "no-groups"), exclusive(cmd, "from-file", "policy", "no-policies"))
	if err != nil {
		return entryFile{}, err
	}
	if s.fromFile == "" {
		policies, err := s.parsePolicies()
		return entryFile{Groups: s.groups, Policies: policies}, err
	}
	name, data, err := a.readFile(cmd.Context(), s.fromFile, 1<<20)
	if err != nil {
		return entryFile{}, err
	}
	var entry entryFile
	if err := yamlfile.Decode(name, data, &entry); err != nil {
		return entryFile{}, usagef("%v", err)
	}
	return entry, nil
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

// readFile reads a file of at most most bytes, or stdin if path is "-". It returns the name of the
// file for errors.
func (a *app) readFile(ctx context.Context, path string, most int64) (name string, data []byte, err error) {
	name, input := path, a.stdin
	if path == "-" {
		name = "stdin"
	} else {
		file, err := os.Open(path)
		if err != nil {
			return "", nil, usagef("%v", err)
		}
		defer func() { _ = file.Close() }()
		if info, err := file.Stat(); err == nil && info.IsDir() {
			return "", nil, usagef("%s: is a directory, want a file", path)
		}
		input = file
	}
	data, err = await(ctx, func() ([]byte, error) { return io.ReadAll(io.LimitReader(input, most+1)) })
	if err != nil {
		return "", nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > most {
		return "", nil, usagef("%s: is larger than %d bytes", name, most)
	}
	return name, data, nil
}
