// Command client lists the access entries of a cluster with the generated client and the signer
// alone.
//
//	nks-access emulator # in another terminal; paste the export lines it prints here
//	NKS_BASE_URL=$NCLOUD_API_GW/vnks/v2 go run ./examples/go/client
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

func main() {
	sign := signer.New(signer.Static(os.Getenv("NCLOUD_ACCESS_KEY"), os.Getenv("NCLOUD_SECRET_KEY")))
	client, err := nks.NewClientWithResponses(cmp.Or(os.Getenv("NKS_BASE_URL"), nks.ServerURLKR),
		nks.WithRequestEditorFn(sign.Sign),
		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
	if err != nil {
		log.Fatal(err)
	}
	resp, err := client.ListAccessEntriesWithResponse(context.Background(), uuid.MustParse(os.Getenv("NKS_CLUSTER")))
	if err != nil {
		log.Fatal(err)
	}
	if resp.JSON2XX == nil {
		log.Fatal(resp.Status(), " ", string(resp.Body))
	}
	for _, entry := range resp.JSON2XX.AccessEntries {
		fmt.Println(entry.UUID, entry.Entry)
	}
}
