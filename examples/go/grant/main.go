// Command grant lets a role into a cluster and adds a policy to its entry.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/nks-access/nks-access/access"
)

func main() {
	ctx := context.Background()
	client, err := access.NewClient(access.WithRegion("KR"))
	if err != nil {
		log.Fatal(err)
	}
	cluster, err := client.Cluster(ctx, "demo")
	if err != nil {
		log.Fatal(err)
	}
	const principal = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	_, _, err = client.Create(ctx, cluster.UUID, access.NewEntry{
		Principal: principal,
		Policies:  []access.Policy{{Type: access.ViewPolicy, Scope: access.ClusterScope}},
	})
	if err != nil && !errors.Is(err, access.ErrExists) { // an entry that has more, as after the first run, stays as it is
		log.Fatal(err)
	}
	edit := access.Policy{Type: access.EditPolicy, Scope: access.NamespaceScope, Namespaces: []string{"dev"}}
	change, err := client.Grant(ctx, cluster.UUID, principal, []string{"developers"}, []access.Policy{edit})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(change.After.Groups, change.After.Policies)
}
