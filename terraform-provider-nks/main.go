// Command terraform-provider-nks is a Terraform provider for access entries of NAVER Cloud's
// Kubernetes service (NKS). Terraform starts it.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/nks-access/nks-access/terraform-provider-nks/internal/provider"
)

// version is set by the linker.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger, and print how Terraform finds this process")
	flag.Parse()
	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/nks-access/nks",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
