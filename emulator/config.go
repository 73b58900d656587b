package emulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/goccy/go-yaml"
	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// configFile is a configuration file.
type configFile struct {
	Keys []struct {
		AccessKey  string   `yaml:"accessKey"`
		SecretKey  string   `yaml:"secretKey"`
		Operations []string `yaml:"operations"`
	} `yaml:"keys"`
	Clusters []struct {
		UUID       string                         `yaml:"uuid"`
		Name       string                         `yaml:"name"`
		Status     string                         `yaml:"status"`
		AuthType   string                         `yaml:"authType"`
		RegionCode string                         `yaml:"regionCode"`
		K8sVersion string                         `yaml:"k8sVersion"`
		Endpoint   string                         `yaml:"endpoint"`
		Entries    []nks.CreateAccessEntryRequest `yaml:"accessEntries"`
	} `yaml:"clusters"`
	Faults map[string]string `yaml:"faults"`
}

// LoadConfig reads options from a YAML file:
//
//	keys:
//	  - {accessKey: ADMIN, secretKey: admin-secret}
//	  - {accessKey: READER, secretKey: reader-secret, operations: [listAccessEntries, getAccessEntry]}
//	clusters:
//	  - name: production
//	    uuid: 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000
//	    accessEntries: # as requests create them
//	      - type: ROLE
//	        entry: nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
//	        policies: [{type: NKSViewPolicy, scope: cluster}]
//	faults: {busy: 2s, fail: "503:0.05"}
//
// A cluster without a status is RUNNING, without an authType API, without a regionCode in KR. What is wrong is said with file,
// line and column, or with the field.
func LoadConfig(path string) (Options, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Options{}, fmt.Errorf("read configuration: %w", err)
	}
	var file configFile
	if err := yaml.UnmarshalWithOptions(data, &file, yaml.Strict(), yaml.UseJSONUnmarshaler()); err != nil {
		return Options{}, configMistake(path, err)
	}
	options, err := file.options()
	if err != nil {
		return Options{}, fmt.Errorf("%s: %w", path, err)
	}
	return options, nil
}

// configMistake turns "[3:5] message" and the lines of the file after it, which may hold a secret, into "file:3:5: message".
func configMistake(path string, err error) error {
	message, _, _ := strings.Cut(yaml.FormatError(err, false, false), "\n")
	if position, rest, ok := strings.Cut(strings.TrimPrefix(message, "["), "] "); ok {
		return fmt.Errorf("%s:%s: %s", path, position, rest)
	}
	return fmt.Errorf("%s: %s", path, message)
}

func (file configFile) options() (Options, error) {
	contract := newContract()
	var options Options
	for i, key := range file.Keys {
		if key.AccessKey == "" || key.SecretKey == "" {
			return Options{}, fmt.Errorf("keys[%d]: accessKey and secretKey are both required", i)
		}
		if slices.ContainsFunc(options.Keys, func(other Key) bool { return other.AccessKey == key.AccessKey }) {
			return Options{}, fmt.Errorf("keys[%d]: accessKey %s is there twice", i, key.AccessKey)
		}
		for _, operation := range key.Operations {
			if ids := contract.operationIDs(); !slices.Contains(ids, operation) {
				return Options{}, fmt.Errorf("keys[%d]: there is no operation %q, only %s", i, operation, strings.Join(ids, ", "))
			}
		}
		options.Keys = append(options.Keys, Key{signer.Credentials{AccessKey: key.AccessKey, SecretKey: key.SecretKey}, key.Operations})
	}
	request := contract.doc.Components.Schemas["CreateAccessEntryRequest"].Value
	for i, c := range file.Clusters {
		id, err := uuid.Parse(c.UUID)
		if err != nil || len(c.UUID) != 36 {
			return Options{}, fmt.Errorf("clusters[%d]: uuid %q is not a UUID", i, c.UUID)
		}
		if c.Name == "" {
			return Options{}, fmt.Errorf("clusters[%d]: name is required", i)
		}
		cluster := nks.Cluster{
			UUID: id.String(), Name: c.Name, Status: cmp.Or(c.Status, "RUNNING"), AuthType: cmp.Or(c.AuthType, "API"),
			RegionCode: cmp.Or(c.RegionCode, "KR"), K8sVersion: c.K8sVersion, Endpoint: c.Endpoint,
		}
		if slices.ContainsFunc(options.Clusters, func(other nks.Cluster) bool { return other.UUID == cluster.UUID }) {
			return Options{}, fmt.Errorf("clusters[%d]: uuid %s is there twice", i, cluster.UUID)
		}
		options.Clusters = append(options.Clusters, cluster)
		if cluster.AuthType == "CONFIG_MAP" && len(c.Entries) > 0 {
			return Options{}, fmt.Errorf("clusters[%d]: a cluster with authType CONFIG_MAP has no access entries", i)
		}
		principals := map[string]bool{}
		for j, entry := range c.Entries {
			if principals[entry.Entry] {
				return Options{}, fmt.Errorf("clusters[%d].accessEntries[%d]: %s has an entry already", i, j, entry.Entry)
			}
			principals[entry.Entry] = true
			if err := checkEntry(request, fmt.Sprintf("clusters[%d].accessEntries[%d]", i, j), entry); err != nil {
				return Options{}, err
			}
			if options.Entries == nil {
				options.Entries = map[string][]nks.CreateAccessEntryRequest{}
			}
			options.Entries[cluster.UUID] = append(options.Entries[cluster.UUID], entry)
		}
	}
	for name, value := range file.Faults {
		if err := options.Faults.Set(name, value); err != nil {
			return Options{}, fmt.Errorf("faults: %w", err)
		}
	}
	return options, nil
}

// checkEntry holds an entry against the contract, as a request that creates it would be.
func checkEntry(schema *openapi3.Schema, where string, entry nks.CreateAccessEntryRequest) error {
	data, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	var body any
	if err := json.Unmarshal(data, &body); err != nil {
		return err
	}
	for _, v := range schemaViolations(where, schema.VisitJSON(body, openapi3.MultiErrors())) {
		for _, words := range v.Constraints {
			return fmt.Errorf("%s", words)
		}
	}
	return nil
}
