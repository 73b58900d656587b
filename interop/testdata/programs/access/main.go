// Command access lists access entries with package access, which finds credentials, retries and
// validates.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/nks-access/nks-access/access"
)

func main() {
	client, err := access.NewClient()
	if err != nil {
		panic(err)
	}
	fmt.Println(client.List(context.Background(), os.Getenv("NKS_CLUSTER")))
}
