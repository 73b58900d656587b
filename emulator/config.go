package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/internal/meant"
	"github.com/nks-access/nks-access/internal/textfile"
	"github.com/nks-access/nks-access/internal/yamlfile"
	"github.com/nks-access/nks-access/signer"
)

type configFile struct {
	Keys     []configKey       `yaml:"keys"`
	Clusters []configCluster   `yaml:"clusters"`
	Users    []configUser      `yaml:"users"`
	Roles    []configRole      `yaml:"roles"`
	Groups   []configGroup     `yaml:"groups"`
	Faults   map[string]string `yaml:"faults"`
}

type configKey struct {
	AccessKey  string    `yaml:"accessKey"`
	SecretKey  string    `yaml:"secretKey"`
	Operations yaml.Node `yaml:"operations"`
}

type configCluster struct {
	AccessEntries []any          `yaml:"accessEntries"`
	Fields        map[string]any `yaml:",inline"` // any field of the service
}

// maxConfig is the size of the largest configuration file.
const maxConfig = 2 << 20

// LoadConfig reads options from a YAML file:
//
//	keys:
//	  - {accessKey: ADMIN, secretKey: admin-secret}
//	  - {accessKey: READER, secretKey: reader-secret, operations: [listAccessEntries, getAccessEntry]}
//	clusters:
//	  - name: production
//	    uuid: 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000
//	    vpcNo: "1234" # responses have every further field as it is here
//	    accessEntries: # in the form of a create request
//	      - type: ROLE
//	        entry: nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
//	        policies: [{type: NKSViewPolicy, scope: cluster}]
//	users:
//	  - {loginId: kim@corp, subAccountId: 2b141960-0000-0000-0000-246e9659184c}
//	  - {loginId: lee@corp, active: false} # or deleted: true
//	roles: [{roleName: deployer, roleNo: 9ba09190-0000-0000-0000-246e966ebec4, roleType: Server}]
//	groups: [{groupName: backend, members: [kim@corp, lee@corp]}]
//	faults: {busy: 2s, fail: "503:0.05"}
//
// The defaults of a cluster are the status RUNNING, the authType API and the regionCode KR. Users,
// roles and groups without an ID or an NRN get one. A file without these three lists has those of
// the zero Options.
//
// LoadConfig returns an error for a file that cannot be read or has more than 2 MiB, and for every
// mistake that New would return. It names the line and column, or the field, and repeats no value
// that may be a secret.
func LoadConfig(path string) (Options, error) {
	data, err := readConfig(path)
	if err != nil {
		return Options{}, fmt.Errorf("read configuration: %w", err)
	}
	root, err := yamlfile.Parse(path, data)
	if err != nil {
		return Options{}, err
	}
	if mistakes := append(unknownFields(root), nullFaults(root)...); mistakes != nil {
		return Options{}, &yamlfile.Error{File: path, Mistakes: mistakes}
	}
	var file configFile
	if err := yamlfile.Decode(path, data, &file); err != nil {
		return Options{}, err
	}
	options, err := file.options()
	if err != nil {
		return Options{}, fmt.Errorf("%s: %w", textfile.Name(path), err)
	}
	return options, nil
}

// unknownFields finds fields that a configuration does not have. It does not repeat their names: a
// secret key whose field is missing looks like one.
func unknownFields(root *yaml.Node) []yamlfile.Mistake {
	mistakes := unknownFieldsOf(root, "keys", "clusters", "users", "roles", "groups", "faults")
	if keys := fieldOf(root, "keys"); keys != nil {
		for _, key := range keys.Content {
			mistakes = append(mistakes, unknownFieldsOf(key, "accessKey", "secretKey", "operations")...)
		}
	}
	return mistakes
}

// nullFaults finds faults with the value null of YAML. The fault lists takes the text.
func nullFaults(root *yaml.Node) []yamlfile.Mistake {
	faults := fieldOf(root, "faults")
	if faults == nil || faults.Kind != yaml.MappingNode {
		return nil
	}
	var mistakes []yamlfile.Mistake
	for i := 1; i < len(faults.Content); i += 2 {
		value := faults.Content[i]
		if value.ShortTag() == "!!null" && value.Value != "" {
			const reason = `write null in quotes, "null"; 0 turns a fault off`
			mistakes = append(mistakes, yamlfile.Mistake{Line: value.Line, Column: value.Column, Reason: reason})
		}
	}
	return mistakes
}

// fieldOf returns the value of a field, or nil.
func fieldOf(object *yaml.Node, name string) *yaml.Node {
	if object == nil || object.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(object.Content); i += 2 {
		if object.Content[i].Value == name {
			return object.Content[i+1]
		}
	}
	return nil
}

func unknownFieldsOf(object *yaml.Node, known ...string) []yamlfile.Mistake {
	if object == nil || object.Kind != yaml.MappingNode {
		return nil
	}
	var mistakes []yamlfile.Mistake
	for i := 0; i < len(object.Content); i += 2 {
		name := object.Content[i]
		if !slices.Contains(known, name.Value) {
			reason := "unknown field (" + meant.Want(name.Value, known...) + ")"
			mistakes = append(mistakes, yamlfile.Mistake{Line: name.Line, Column: name.Column, Reason: reason})
		}
	}
	return mistakes
}

// readConfig reads a file, but no more than is allowed: a device or a pipe may never end.
func readConfig(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, textfile.Named(err)
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxConfig+1))
	if err != nil {
		return nil, textfile.Named(err)
	}
	if len(data) > maxConfig {
		return nil, fmt.Errorf("%s has more than %d MiB", textfile.Name(path), maxConfig>>20)
	}
	return data, nil
}

func (file configFile) options() (Options, error) {
	var options Options
	var err error
	if options.Keys, err = file.keys(); err != nil {
		return Options{}, err
	}
	if options.Faults, err = file.faults(); err != nil {
		return Options{}, fmt.Errorf("faults: %w", err)
	}
	if err := file.addClusters(&options); err != nil {
		return Options{}, err
	}
	if options.Directory, err = file.directory(); err != nil {
		return Options{}, err
	}
	return options, nil
}

func (file configFile) faults() (Faults, error) {
	var faults Faults
	for _, name := range slices.Sorted(maps.Keys(file.Faults)) {
		if _, ok := faultKind(name); !ok {
			return Faults{}, fmt.Errorf("unknown fault (%s)", meant.Want(name, faultNames()...))
		}
		if err := faults.Set(name, file.Faults[name]); err != nil {
			return Faults{}, err
		}
	}
	return faults, nil
}

func (file configFile) keys() ([]Key, error) {
	var keys []Key
	places := map[string]int{} // by access key
	for i, k := range file.Keys {
		where := fmt.Sprintf("keys[%d]", i)
		if k.AccessKey == "" || k.SecretKey == "" {
			return nil, fmt.Errorf("%s: accessKey and secretKey are both required", where)
		}
		if first, duplicate := places[k.AccessKey]; duplicate {
			return nil, fmt.Errorf("%s: duplicate accessKey, first in keys[%d]", where, first)
		}
		places[k.AccessKey] = i
		operations, err := k.operations()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", where, err)
		}
		pair := signer.Credentials{AccessKey: k.AccessKey, SecretKey: k.SecretKey}
		keys = append(keys, Key{Credentials: pair, Operations: operations})
	}
	return keys, nil
}

// operations returns the operations of a key. A missing list allows all of them. An empty one must
// not.
func (k configKey) operations() ([]string, error) {
	if k.Operations.Kind == 0 {
		return nil, nil
	}
	var operations []string
	if err := k.Operations.Load(&operations); err != nil || len(operations) == 0 {
		return nil, errors.New("operations is empty or not a list; list some, or remove it to allow all")
	}
	known := append(contract.OperationIDs(), contract.NameOperationIDs()...)
	for i, operation := range operations {
		if !slices.Contains(known, operation) {
			return nil, fmt.Errorf("operations[%d] is unknown (%s)", i, meant.Want(operation, known...))
		}
	}
	return operations, nil
}

func (file configFile) addClusters(options *Options) error {
	places := map[string]int{} // by UUID
	for i, c := range file.Clusters {
		where := fmt.Sprintf("clusters[%d]", i)
		cluster, err := c.cluster(where)
		if err != nil {
			return err
		}
		if first, duplicate := places[cluster.UUID]; duplicate {
			return fmt.Errorf("%s: duplicate uuid, first in clusters[%d]", where, first)
		}
		places[cluster.UUID] = i
		entries, err := c.entries(where, options.Faults.Unknown)
		if err != nil {
			return err
		}
		if err := checkClusterEntries(cluster, entries, options.Faults.Unknown); err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		if options.Entries == nil {
			options.Entries = map[string][]nks.CreateAccessEntryRequest{}
		}
		options.Clusters = append(options.Clusters, cluster)
		options.Entries[cluster.UUID] = entries
	}
	return nil
}

// cluster returns the cluster. Where is its place in the file.
func (c configCluster) cluster(where string) (nks.Cluster, error) {
	known := append(contract.Fields("Cluster"), "accessEntries")
	for name := range c.Fields {
		misspelt := func(known string) bool { return strings.EqualFold(known, name) && known != name }
		if i := slices.IndexFunc(known, misspelt); i >= 0 {
			return nks.Cluster{}, fmt.Errorf("%s: unknown field %q (did you mean %s?)", where, name, known[i])
		}
	}
	var cluster nks.Cluster
	if err := contract.Convert(where, "Cluster", c.Fields, &cluster); err != nil {
		return nks.Cluster{}, err
	}
	id, err := parseUUID(cluster.UUID)
	if err != nil {
		return nks.Cluster{}, fmt.Errorf("%s: %w", where, err)
	}
	if cluster.Name == "" {
		return nks.Cluster{}, fmt.Errorf("%s: name is required", where)
	}
	cluster.UUID = id
	cluster.Status = cmp.Or(cluster.Status, "RUNNING")
	cluster.AuthType = cmp.Or(cluster.AuthType, "API")
	cluster.RegionCode = cmp.Or(cluster.RegionCode, "KR")
	return cluster, nil
}

func (c configCluster) entries(where string, anyPolicy bool) ([]nks.CreateAccessEntryRequest, error) {
	var entries []nks.CreateAccessEntryRequest
	for i, fields := range c.AccessEntries {
		var entry nks.CreateAccessEntryRequest
		place := fmt.Sprintf("%s.accessEntries[%d]", where, i)
		if err := contract.ConvertEntry(place, fields, &entry, anyPolicy); err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}
