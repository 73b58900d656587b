package desired_test

import (
	"context"
	"fmt"
	"log"

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
	plan := file.Plan(file.Read(ctx, clients, 16))
	if err := plan.Err(); err != nil {
		log.Fatal(err)
	}
	for _, step := range plan.Clusters[0].Steps {
		fmt.Println(step.Action, step.Name, step.Adds)
	}
	report, err := desired.Apply(ctx, plan, clients, desired.Options{Parallel: 16, MaxRemovals: 5})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Done, "made,", report.Left, "left")

	again := file.Plan(file.Read(ctx, clients, 16))
	fmt.Println(again.Summary.Steps(), "to make")
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
	// access.yaml:2:26: unknown value "delete" of others (want keep, ignore or remove)
	// access.yaml:4:17: unknown principal "platform" (want an NRN, or a name under principals)
	// access.yaml:4:38: no cluster of the file matches "prod" (want dev)
}

// Answer who may administer clusters.
func ExampleFile_Who() {
	file := &desired.File{Principals: []desired.Principal{{Name: "platform", NRNs: []access.NRN{platform}}}}
	admin := access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}
	view := access.Grants{Policies: []access.Policy{access.View.OnCluster()}}
	observed := []desired.Observed{{
		Spec:    desired.Target{Name: "prod"},
		Entries: []access.Entry{{Principal: platform, Grants: admin}, {Principal: backend1, Grants: view}},
	}}
	list, err := file.Who(observed, desired.Filter{Policy: string(access.ClusterAdmin)})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range list {
		fmt.Println(p.Name, p.Cluster, p.Grants)
	}
	// Output: platform prod NKSClusterAdminPolicy
}
