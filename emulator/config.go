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

// configFile is a configuration file.
type configFile struct {
	Keys []struct {
		AccessKey  string    `yaml:"accessKey"`
		SecretKey  string    `yaml:"secretKey"`
		Operations yaml.Node `yaml:"operations"`
	} `yaml:"keys"`
	Clusters []map[string]any  `yaml:"clusters"` // with any field of the service
	Faults   map[string]string `yaml:"faults"`
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
	options, err := file.options()
	if err != nil {
		return Options{}, fmt.Errorf("%s: %w", path, err)
	}
	return options, nil
}

func (file configFile) options() (options Options, err error) {
	for i, key := range file.Keys {
		if key.AccessKey == "" || key.SecretKey == "" {
			return Options{}, fmt.Errorf("keys[%d]: accessKey and secretKey are both required", i)
		}
		if slices.ContainsFunc(options.Keys, func(other Key) bool { return other.AccessKey == key.AccessKey }) {
			return Options{}, fmt.Errorf("keys[%d]: accessKey %s is there twice", i, key.AccessKey)
		}
		var operations []string
		// A missing list allows all. One that is there but empty must not.
		if there := key.Operations.Kind != 0; there && (key.Operations.Load(&operations) != nil || len(operations) == 0) {
			return Options{}, fmt.Errorf("keys[%d]: operations is empty or not a list; list some, or remove it to allow all", i)
		}
		for _, operation := range operations {
			if ids := contract.OperationIDs(); !slices.Contains(ids, operation) {
				return Options{}, fmt.Errorf("keys[%d]: unknown operation %q (want %s)", i, operation, strings.Join(ids, ", "))
			}
		}
		options.Keys = append(options.Keys, Key{signer.Credentials{AccessKey: key.AccessKey, SecretKey: key.SecretKey}, operations})
	}
	for i, fields := range file.Clusters {
		cluster, entries, err := configCluster(fmt.Sprintf("clusters[%d]", i), fields)
		if err != nil {
			return Options{}, err
		}
		if slices.ContainsFunc(options.Clusters, func(other nks.Cluster) bool { return other.UUID == cluster.UUID }) {
			return Options{}, fmt.Errorf("clusters[%d]: uuid %s is there twice", i, cluster.UUID)
		}
		options.Clusters = append(options.Clusters, cluster)
		if options.Entries == nil {
			options.Entries = map[string][]nks.CreateAccessEntryRequest{}
		}
		options.Entries[cluster.UUID] = entries
	}
	for name, value := range file.Faults {
		if err := options.Faults.Set(name, value); err != nil {
			return Options{}, fmt.Errorf("faults: %w", err)
		}
	}
	return options, nil
}

// configCluster returns a cluster and its first entries. Where is its place in the file.
func configCluster(where string, fields map[string]any) (nks.Cluster, []nks.CreateAccessEntryRequest, error) {
	var cluster nks.Cluster
	var entries []nks.CreateAccessEntryRequest
	fail := func(format string, args ...any) (nks.Cluster, []nks.CreateAccessEntryRequest, error) {
		return cluster, nil, fmt.Errorf(format, args...)
	}
	known := append(contract.Fields("Cluster"), "accessEntries")
	for name := range fields {
		i := slices.IndexFunc(known, func(field string) bool { return strings.EqualFold(field, name) && field != name })
		if i >= 0 {
			return fail("%s: unknown field %q (did you mean %s?)", where, name, known[i])
		}
	}
	id, _ := fields["uuid"].(string)
	if parsed, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return fail("%s: uuid %q is not a UUID", where, id)
	} else {
		fields["uuid"] = parsed.String()
	}
	if name, _ := fields["name"].(string); name == "" {
		return fail("%s: name is required", where)
	}
	given, _ := fields["accessEntries"].([]any)
	if fields["accessEntries"] != nil && given == nil {
		return fail("%s: accessEntries must be a list", where)
	}
	delete(fields, "accessEntries")
	if err := contract.Convert(where, "Cluster", fields, &cluster); err != nil {
		return fail("%w", err)
	}
	cluster.Status, cluster.AuthType = cmp.Or(cluster.Status, "RUNNING"), cmp.Or(cluster.AuthType, "API")
	cluster.RegionCode = cmp.Or(cluster.RegionCode, "KR")
	if cluster.AuthType == "CONFIG_MAP" && len(given) > 0 {
		return fail("%s: a cluster with authType CONFIG_MAP has no access entries", where)
	}
	for i, fields := range given {
		where := fmt.Sprintf("%s.accessEntries[%d]", where, i)
		var entry nks.CreateAccessEntryRequest
		if err := contract.Convert(where, "CreateAccessEntryRequest", fields, &entry); err != nil {
			return fail("%w", err)
		}
		if slices.ContainsFunc(entries, func(other nks.CreateAccessEntryRequest) bool { return other.Entry == entry.Entry }) {
			return fail("%s: %s has an entry already", where, entry.Entry)
		}
		entries = append(entries, entry)
	}
	return cluster, entries, nil
}
