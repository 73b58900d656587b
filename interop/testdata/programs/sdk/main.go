// Command sdk lists access entries with the provider's SDK.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/ncloud"
	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/services/vnks"
)

func main() {
	key := &ncloud.APIKey{AccessKey: os.Getenv("NCLOUD_ACCESS_KEY"), SecretKey: os.Getenv("NCLOUD_SECRET_KEY")}
	client := vnks.NewAPIClient(vnks.NewConfiguration("KR", key))
	fmt.Println(client.V2Api.ClustersUuidAccessEntriesGet(context.Background(), ncloud.String(os.Getenv("NKS_CLUSTER"))))
}
