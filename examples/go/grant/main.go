// Command grant lets a role into a cluster and adds a policy to its entry.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/nks-access/nks-access/access"
)

func main() {
	if os.Getenv("NCLOUD_API_GW") == "" { // without it, the client would use the real service
		log.Fatal("set NCLOUD_API_GW; the real service is https://ncloud.apigw.ntruss.com")
	}
	ctx := context.Background()
	client, err := access.NewClient(access.WithRegion("KR"))
	if err != nil {
		log.Fatal(err)
	}
	cluster, err := client.Cluster(ctx, "demo")
	if err != nil {
		log.Fatal(err)
	}
	const principal = "nrn:PUB:IAM::5000008:Role/acb1a2a1-0000-0000-0000-357fa77fcfd5"
	_, _, err = client.Ensure(ctx, cluster.UUID, access.NewEntry{
		Principal: principal,
		Grants:    access.Grants{Policies: []access.Policy{access.View.OnCluster()}},
	})
	if err != nil && !errors.Is(err, access.ErrExists) { // if the entry grants something else, keep it
		log.Fatal(err)
	}
	change, err := client.Grant(ctx, cluster.UUID, principal, access.Grants{
		Groups:   []string{"developers"},
		Policies: []access.Policy{access.Edit.In("dev")},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(change.After.Groups, change.After.Policies)
}
