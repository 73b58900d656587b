package emulator

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/google/uuid"
	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/internal/yamlfile"
	"github.com/nks-access/nks-access/signer"
)

type configFile struct {
	Keys []struct {
		AccessKey  string    `yaml:"accessKey"`
		SecretKey  string    `yaml:"secretKey"`
		Operations yaml.Node `yaml:"operations"`
	} `yaml:"keys"`
	Clusters []configCluster   `yaml:"clusters"`
	Faults   map[string]string `yaml:"faults"`
}

type configCluster struct {
	AccessEntries []any          `yaml:"accessEntries"`
	Fields        map[string]any `yaml:",inline"` // any field of the service
}

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
//	faults: {busy: 2s, fail: "503:0.05"}
//
// The defaults of a cluster are the status RUNNING, the authType API and the regionCode KR. An
// error names the line and column, or the field.
func LoadConfig(path string) (Options, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Options{}, fmt.Errorf("read configuration: %w", err)
	}
	var file configFile
	if err := yamlfile.Decode(path, data, &file); err != nil {
		return Options{}, err
	}
	options := Options{Entries: map[string][]nks.CreateAccessEntryRequest{}}
	if err := file.fill(&options); err != nil {
		return Options{}, fmt.Errorf("%s: %w", path, err)
	}
	return options, nil
}

func (file configFile) fill(options *Options) error {
	for i, k := range file.Keys {
		key := Key{Credentials: signer.Credentials{AccessKey: k.AccessKey, SecretKey: k.SecretKey}}
		if k.AccessKey == "" || k.SecretKey == "" {
			return fmt.Errorf("keys[%d]: accessKey and secretKey are both required", i)
		}
		if slices.ContainsFunc(options.Keys, func(other Key) bool { return other.AccessKey == k.AccessKey }) {
			return fmt.Errorf("keys[%d]: accessKey %s is there twice", i, k.AccessKey)
		}
		// A missing list allows all operations. An empty one must not.
		if there := k.Operations.Kind != 0; there && (k.Operations.Load(&key.Operations) != nil || len(key.Operations) == 0) {
			return fmt.Errorf("keys[%d]: operations is empty or not a list; list some, or remove it to allow all", i)
		}
		for _, operation := range key.Operations {
			if ids := contract.OperationIDs(); !slices.Contains(ids, operation) {
				return fmt.Errorf("keys[%d]: unknown operation %q (want %s)", i, operation, strings.Join(ids, ", "))
			}
		}
		options.Keys = append(options.Keys, key)
	}
	for i, c := range file.Clusters {
		where := fmt.Sprintf("clusters[%d]", i)
		cluster, err := c.cluster(where)
		if err != nil {
			return err
		}
		if _, twice := options.Entries[cluster.UUID]; twice {
			return fmt.Errorf("%s: uuid %s is there twice", where, cluster.UUID)
		}
		options.Clusters = append(options.Clusters, cluster)
		if options.Entries[cluster.UUID], err = c.entries(where); err != nil {
			return err
		}
		if cluster.AuthType == "CONFIG_MAP" && len(c.AccessEntries) > 0 {
			return fmt.Errorf("%s: a cluster with authType CONFIG_MAP has no access entries", where)
		}
	}
	for name, value := range file.Faults {
		if err := options.Faults.Set(name, value); err != nil {
			return fmt.Errorf("faults: %w", err)
		}
	}
	return nil
}

// cluster returns the cluster. Where is its place in the file.
func (c configCluster) cluster(where string) (cluster nks.Cluster, err error) {
	known := append(contract.Fields("Cluster"), "accessEntries")
	for name := range c.Fields {
		i := slices.IndexFunc(known, func(field string) bool { return strings.EqualFold(field, name) && field != name })
		if i >= 0 {
			return cluster, fmt.Errorf("%s: unknown field %q (did you mean %s?)", where, name, known[i])
		}
	}
	if err := contract.Convert(where, "Cluster", c.Fields, &cluster); err != nil {
		return cluster, err
	}
	id, err := uuid.Parse(cluster.UUID)
	if err != nil || len(cluster.UUID) != 36 {
		return cluster, fmt.Errorf("%s: uuid %q is not a UUID", where, cluster.UUID)
	}
	if cluster.Name == "" {
		return cluster, fmt.Errorf("%s: name is required", where)
	}
	cluster.UUID = id.String()
	cluster.Status = cmp.Or(cluster.Status, "RUNNING")
	cluster.AuthType = cmp.Or(cluster.AuthType, "API")
	cluster.RegionCode = cmp.Or(cluster.RegionCode, "KR")
	return cluster, nil
}

func (c configCluster) entries(where string) (entries []nks.CreateAccessEntryRequest, err error) {
	for i, fields := range c.AccessEntries {
		where := fmt.Sprintf("%s.accessEntries[%d]", where, i)
		var entry nks.CreateAccessEntryRequest
		if err := contract.Convert(where, "CreateAccessEntryRequest", fields, &entry); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(entries, func(other nks.CreateAccessEntryRequest) bool { return other.Entry == entry.Entry }) {
			return nil, fmt.Errorf("%s: %s has an entry already", where, entry.Entry)
		}
		entries = append(entries, entry)
	}
	return entries, nil
}
