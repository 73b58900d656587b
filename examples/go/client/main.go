// Command client lists the access entries of a cluster with the generated client and the signer
// alone. It changes nothing.
//
//	nks-access emulator # in another terminal; paste the export lines it prints here
//	go run ./examples/go/client
//
// There is no default gateway: for the real service, set NCLOUD_API_GW=https://ncloud.apigw.ntruss.com.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

// run lists the entries of the cluster NKS_CLUSTER.
func run() error {
	for _, name := range []string{"NCLOUD_API_GW", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NKS_CLUSTER"} {
		if os.Getenv(name) == "" {
			return fmt.Errorf("not set: %s", name)
		}
	}
	server, err := baseURL(os.Getenv("NCLOUD_API_GW"), os.Getenv("NCLOUD_REGION"))
	if err != nil {
		return err
	}
	cluster, err := uuid.Parse(os.Getenv("NKS_CLUSTER"))
	if err != nil {
		return fmt.Errorf("NKS_CLUSTER must be the UUID of a cluster: %w", err)
	}
	sign := signer.New(signer.Static(os.Getenv("NCLOUD_ACCESS_KEY"), os.Getenv("NCLOUD_SECRET_KEY")))
	client, err := nks.NewClientWithResponses(server, nks.WithRequestEditorFn(sign.Sign),
		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
	if err != nil {
		return err
	}
	resp, err := client.ListAccessEntriesWithResponse(context.Background(), cluster)
	if err != nil {
		return err
	}
	if resp.JSON2XX == nil {
		return fmt.Errorf("%s %s", resp.Status(), resp.Body)
	}
	for _, entry := range resp.JSON2XX.AccessEntries {
		fmt.Println(entry.UUID, entry.Entry)
	}
	return nil
}
