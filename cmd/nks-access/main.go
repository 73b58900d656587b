// Command nks-access manages who may enter the clusters of NAVER Cloud's Kubernetes service.
package main

import (
	"os"
	_ "time/tzdata" // time zones of access.yaml, for machines that have none

	"github.com/nks-access/nks-access/cmd/nks-access/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
