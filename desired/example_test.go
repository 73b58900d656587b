package desired_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// Clients for an emulator. Without one, access.WithRegion and access.WithProfile are enough.
func exampleClients(server *emulator.Server) desired.Clients {
	return func(region, profile string) (*access.Client, error) {
		return access.NewClient(access.WithBaseURL(server.URL+"/vnks/v2"),
			access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)))
	}
}

const exampleFile = `
version: 1
principals:
  platform: nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
clusters:
  demo: {others: remove, protect: [platform]}
access:
  - {principal: platform, clusters: ['*'], policies: [NKSClusterAdminPolicy]}
`

// Load a file, plan, and apply the plan.
func Example() {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	ctx, clients := context.Background(), exampleClients(server)

	file, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(exampleFile)})
	if err != nil {
		log.Fatal(err)
	}
	plan := file.Plan(desired.Read(ctx, file.Clusters, clients, 16))
	if err := plan.Err(); err != nil {
		log.Fatal(err)
	}
	for _, change := range plan.Clusters[0].Changes {
		fmt.Println(change.Action, change.Name, change.Adds)
	}
	report, err := desired.Apply(ctx, plan, clients, desired.Options{Parallel: 16, MaxRemovals: 5})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Done, "made,", report.Left, "left")

	again := file.Plan(desired.Read(ctx, file.Clusters, clients, 16))
	fmt.Println(again.Summary.Changes(), "to make")
	// Output:
	// add platform [NKSClusterAdminPolicy]
	// 1 made, 0 left
	// 0 to make
}

// Every mistake in a file is reported at once, with its place and what would be right.
func ExampleParse_mistakes() {
	_, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(`version: 1
clusters: {dev: {others: delete}}
access:
  - {principal: platform, clusters: [prod], policies: []}
`)})
	fmt.Println(err)
	// Output:
	// access.yaml:2:26: unknown value "delete" of others (want keep or remove)
	// access.yaml:4:17: unknown principal "platform" (want an NRN, or a name under principals)
	// access.yaml:4:38: no cluster of the file matches "prod" (want dev)
}

// Write the file for a cluster as it is.
func ExampleExport() {
	clusters := []desired.Cluster{{Name: "demo", Region: "KR"}}
	states := []desired.State{{Name: "demo", Entries: []access.Entry{{
		Principal: "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c",
		Groups:    []string{"developers"},
		Policies:  []access.Policy{{Type: access.EditPolicy, Scope: access.NamespaceScope, Namespaces: []string{"dev", "*-ns"}}},
	}}}}
	file, _, err := desired.Export(clusters, states)
	if err != nil {
		log.Fatal(err)
	}
	if err := file.WriteYAML(os.Stdout); err != nil {
		log.Fatal(err)
	}
	// Output:
	// # yaml-language-server: $schema=https://raw.githubusercontent.com/nks-access/nks-access/main/desired/access.schema.json
	// version: 1
	// principals:
	//   user-2b141960: nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
	// clusters:
	//   demo: {region: KR}
	// access:
	//   - {principal: user-2b141960, clusters: [demo], groups: [developers], policies: ['NKSEditPolicy@dev,*-ns']}
}

// Migrate the users of an old ConfigMap.
func ExampleMigrate() {
	file, notes, err := desired.Migrate([]byte(`
kind: ConfigMap
data:
  mapSubAccounts: |
    - subAccountIdNo: 2b141960-0000-0000-0000-246e9659184c
      groups: [system:masters, system:nodes]
`), desired.Cluster{Name: "prod"}, desired.Account{Domain: "PUB", Number: "5000008"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(file.Rules[0].Grants)
	fmt.Println(notes[0])
	// Output:
	// NKSClusterAdminPolicy
	// nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c: the group "system:nodes" is not carried over; give a policy in its place, or add the group by hand
}

// Answer who may administer clusters.
func ExampleFile_Who() {
	file := &desired.File{Principals: []desired.Principal{{Name: "platform", NRNs: []string{platform}}}}
	states := []desired.State{{Name: "prod", Entries: []access.Entry{
		{Principal: platform, Policies: []access.Policy{{Type: access.ClusterAdminPolicy, Scope: access.ClusterScope}}},
		{Principal: backend1, Policies: []access.Policy{{Type: access.ViewPolicy, Scope: access.ClusterScope}}},
	}}}
	list, err := file.Who(states, desired.Filter{Policy: access.ClusterAdminPolicy})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range list {
		fmt.Println(p.Name, p.Cluster, p.Grants)
	}
	// Output: platform prod NKSClusterAdminPolicy
}
