package emulator

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// The key pair and the cluster of an emulator whose options have none.
const (
	DemoAccessKey   = "DEMOACCESSKEY0000001"
	DemoSecretKey   = "demo-secret-key-of-the-emulator-000000001"
	DemoClusterUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
	DemoClusterName = "demo"
)

// BasePaths returns the paths of all base URLs of the service. The API is served under each of them.
func BasePaths() []string {
	return []string{"/vnks/v2", "/vnks/sgn-v2", "/vnks/jpn-v2", "/vnks/krs-v2", "/nks/v2"}
}

// Options configure an emulator. The zero value is ready to use.
type Options struct {
	// Keys are the key pairs that may sign. Nil means the demo key.
	Keys []Key
	// Clusters are the clusters of the account. Nil means the demo cluster.
	Clusters []nks.Cluster
	// Entries are the initial entries, by the UUID of their cluster. They are created on clusters
	// without data, and after a reset.
	Entries map[string][]nks.CreateAccessEntryRequest
	// Directory has the users, roles and groups of the account. Nil means kim@corp, lee@corp and a few
	// more.
	Directory *Directory
	// DataFile is the path of the file that keeps entries and auth types. It is created if it does
	// not exist. A change is on the disk before its response is sent. The default is memory.
	DataFile string
	// TLS makes Start and Listen serve HTTPS with a new self-signed certificate for localhost,
	// 127.0.0.1 and ::1.
	TLS bool
	// Faults are the faults at the start.
	Faults Faults
	// Clock returns the time. The default is time.Now.
	Clock func() time.Time
	// Seed makes UUIDs and random faults the same in every run. 0 makes them different.
	Seed uint64
	// Logger gets a line for every request to the API, and for errors of the data file. The default
	// logs nothing.
	Logger *slog.Logger
	// OnRequest is called with every request to the API, in the order of their numbers. It must not
	// call the emulator.
	OnRequest func(Request)
}

// Key is a key pair that may sign.
type Key struct {
	signer.Credentials
	// Operations are the operationIds that the key may use; others are refused with 403. Nil allows
	// all.
	Operations []string
}

func (o Options) withDefaults() Options {
	if o.Keys == nil {
		demo := signer.Credentials{AccessKey: DemoAccessKey, SecretKey: DemoSecretKey}
		o.Keys = []Key{{Credentials: demo}}
	}
	if o.Clusters == nil {
		o.Clusters = []nks.Cluster{{
			UUID: DemoClusterUUID, Name: DemoClusterName, Status: "RUNNING", AuthType: "API", RegionCode: "KR",
			K8sVersion: "1.33.4", Endpoint: "https://kubernetes.example.com",
		}}
	}
	if o.Directory == nil {
		o.Directory = demoDirectory()
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	return o
}

// checkClusters returns the clusters with their UUIDs in lower case.
func checkClusters(clusters []nks.Cluster) ([]nks.Cluster, error) {
	var checked []nks.Cluster
	seen := map[string]bool{}
	for _, cluster := range clusters {
		id, err := parseUUID(cluster.UUID)
		if err != nil {
			return nil, fmt.Errorf("cluster %q: %w", cluster.Name, err)
		}
		if seen[id] {
			return nil, fmt.Errorf("more than one cluster has the UUID %s", id)
		}
		seen[id] = true
		cluster.UUID = id
		checked = append(checked, cluster)
	}
	return checked, nil
}

// parseUUID returns a UUID of 36 characters in lower case.
func parseUUID(text string) (string, error) {
	id, err := uuid.Parse(text)
	if err != nil || len(text) != 36 {
		return "", errors.New("uuid is not a UUID, such as " + DemoClusterUUID)
	}
	return id.String(), nil
}

// checkEntries returns the initial entries by the UUIDs of clusters in lower case. With anyPolicy their
// policies may have any type.
func checkEntries(entries map[string][]nks.CreateAccessEntryRequest, clusters []nks.Cluster, anyPolicy bool) (
	map[string][]nks.CreateAccessEntryRequest, error,
) {
	byUUID := map[string]nks.Cluster{}
	for _, cluster := range clusters {
		byUUID[cluster.UUID] = cluster
	}
	checked := map[string][]nks.CreateAccessEntryRequest{}
	for name, list := range entries {
		id := strings.ToLower(name)
		cluster, known := byUUID[id]
		if !known {
			return nil, fmt.Errorf("the initial entries of cluster %s: the emulator has no such cluster", name)
		}
		if err := checkClusterEntries(cluster, list, anyPolicy); err != nil {
			return nil, fmt.Errorf("the initial entries of cluster %s: %w", name, err)
		}
		checked[id] = append(checked[id], list...)
	}
	return checked, nil
}

// checkClusterEntries returns an error for initial entries that a cluster cannot have.
func checkClusterEntries(cluster nks.Cluster, entries []nks.CreateAccessEntryRequest, anyPolicy bool) error {
	if cluster.AuthType == configMap && len(entries) > 0 {
		return fmt.Errorf("a cluster with authType %s has no access entries", configMap)
	}
	owners := map[string]int{}
	for i, entry := range entries {
		where := fmt.Sprintf("accessEntries[%d]", i)
		if err := contract.CheckEntry(where, entry, anyPolicy); err != nil {
			return err
		}
		if first, duplicate := owners[entry.Entry]; duplicate {
			return fmt.Errorf("%s: the principal has an entry already, accessEntries[%d]", where, first)
		}
		owners[entry.Entry] = i
	}
	return nil
}
