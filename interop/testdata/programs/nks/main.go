// Command nks lists access entries with the generated client.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

func main() {
	sign := signer.New(signer.Static(os.Getenv("NCLOUD_ACCESS_KEY"), os.Getenv("NCLOUD_SECRET_KEY")))
	client, err := nks.NewClientWithResponses(nks.ServerURLKR, nks.WithRequestEditorFn(sign.Sign))
	if err != nil {
		panic(err)
	}
	fmt.Println(client.ListAccessEntriesWithResponse(context.Background(), uuid.MustParse(os.Getenv("NKS_CLUSTER"))))
}
