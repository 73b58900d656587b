package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// demoFile gives a role the cluster, and takes the sub account of the steps before back to reading.
const demoFile = `version: 1
principals:
  platform: nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
  backend: nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
clusters:
  demo: {protect: [platform]}
access:
  - {principal: platform, clusters: ['*'], policies: [NKSClusterAdminPolicy]}
  - {principal: backend, clusters: [demo], groups: [developers], policies: ['NKSEditPolicy@dev,*-ns']}
`

// accessAsCode plans and applies a file.
func (d *demo) accessAsCode(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "nks-access-demo")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	file := filepath.Join(folder, accessFile)
	if err := os.WriteFile(file, []byte(demoFile), 0o600); err != nil {
		return err
	}
	d.step("Say in a file who may enter which clusters, and see what would change.")
	fmt.Fprintf(d.out, "\n   $ cat %s\n\n%s", accessFile, indent(demoFile))
	for _, args := range [][]string{{"plan"}, {"apply", "--yes"}, {"plan", "--check"}} {
		fmt.Fprintf(d.out, "\n   $ nks-access %s\n\n", strings.Join(args, " "))
		var result bytes.Buffer
		a := &app{stdin: strings.NewReader(""), stdout: &result, stderr: &result}
		code := a.run(ctx, append(args, "--file", file))
		fmt.Fprint(d.out, indent(result.String()))
		if code != exitOK {
			return fmt.Errorf("nks-access %s: exit code %d", args[0], code)
		}
	}
	return nil
}
