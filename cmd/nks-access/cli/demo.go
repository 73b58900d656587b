package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

const (
	demoPrincipal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	demoTampered  = "clusters " + emulator.DemoClusterUUID
)

// demoFile gives a role the cluster, and takes the sub account of the steps before back to reading.
const demoFile = `version: 1
principals:
  platform: nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
  backend: ` + demoPrincipal + `
clusters:
  demo: {protect: [platform]}
access:
  - {principal: platform, clusters: ['*'], policies: [NKSClusterAdminPolicy]}
  - {principal: backend, clusters: [demo], groups: [developers], policies: ['NKSEditPolicy@dev,*-ns']}
`

func (a *app) newDemo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show how it works, on an emulator",
		Long: `Start an emulator on a free port, then create an entry, grant it more, and read it back. Show each request, the string to
sign, and the response. Then send a changed request, which the emulator refuses. Last, plan and apply a file.`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := emulator.Start(emulator.Options{})
			if err != nil {
				return err
			}
			defer server.Close()
			file, err := writeTemporary("", "nks-access-demo-*.yaml", []byte(demoFile))
			if err != nil {
				return err
			}
			defer func() { _ = os.Remove(file) }()
			// The commands run in this process, and find the emulator as users do.
			for name, value := range emulatorEnvironment(server, emulator.Options{}) {
				_ = os.Setenv(name, value)
			}
			for _, name := range otherVariables {
				_ = os.Unsetenv(name)
			}
			d := &demo{out: a.stdout, file: file}
			fmt.Fprintf(d.out, "An emulator serves NKS at %s%s.\n", server.URL, emulator.BasePaths[0])
			return d.run(cmd.Context())
		},
	}
}

// demo runs commands and shows their requests and responses.
type demo struct {
	out    io.Writer
	file   string
	entry  string // UUID of the created entry, which stands for ENTRY in commands
	tamper bool   // change the request after it was signed
}

func (d *demo) run(ctx context.Context) error {
	for i, step := range []struct{ words, command string }{
		{"List the clusters.", "clusters"},
		{"Create an entry that lets a sub account read the whole cluster. The response does not hold the UUID of the entry, so\n" +
			"   the list is read before and after.", "create " + demoPrincipal + " --policy NKSViewPolicy -o json"},
		{"Grant it more: write in some namespaces, and a group.",
			"grant " + demoPrincipal + " --policy NKSEditPolicy@dev,*-ns --group developers"},
		{"Get the entry by its UUID.", "get ENTRY -o yaml"},
		{"Sign a GET, and change it into a DELETE on its way.", demoTampered},
		{"Say in a file who may enter which clusters, and see what would change.\n\n" +
			"   $ cat " + accessFile + "\n\n" + indent(demoFile), "plan"},
		{"Make the changes.", "apply --yes"},
		{"Check that nothing is left to change.", "plan --check"},
	} {
		fmt.Fprintf(d.out, "\n%d. %s\n", i+1, strings.TrimSpace(step.words))
		if err := d.command(ctx, step.command); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(d.out, "\nCreated, granted, read back. The changed request was refused. The file was applied.")
	return err
}

// command runs a command and shows its result, and its requests unless it reads the file.
func (d *demo) command(ctx context.Context, line string) error {
	line = strings.ReplaceAll(line, "ENTRY", d.entry)
	fmt.Fprintf(d.out, "\n   $ nks-access %s\n", line)
	var result bytes.Buffer
	a := &app{stdin: strings.NewReader(""), stdout: &result, stderr: &result}
	args, want := strings.Fields(line), exitOK
	if args[0] == "plan" || args[0] == "apply" {
		args = append(args, "--file", d.file)
	} else {
		a.transport, args = d, append(args, "--quiet")
	}
	if d.tamper = line == demoTampered; d.tamper {
		want = exitDenied
	}
	code := a.run(ctx, args)
	fmt.Fprintf(d.out, "\n%s", indent(result.String()))
	if code != want {
		return cmp.Or(ctx.Err(), fmt.Errorf("nks-access %s: exit code %d, not %d", args[0], code, want))
	}
	if created := (access.Entry{}); json.Unmarshal(result.Bytes(), &created) == nil { // only create prints JSON
		d.entry = created.UUID
	}
	return nil
}

// RoundTrip sends a request, which it may change after it was signed. It shows the request line, the
// string to sign, and the response.
func (d *demo) RoundTrip(r *http.Request) (*http.Response, error) {
	signed := signer.StringToSign(
		r.Method, r.URL.RequestURI(), r.Header.Get(signer.HeaderTimestamp), r.Header.Get(signer.HeaderAccessKey))
	if d.tamper {
		r = r.Clone(r.Context())
		r.Method = http.MethodDelete
	}
	fmt.Fprintf(d.out, "\n   > %s %s\n", r.Method, r.URL.RequestURI())
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(d.out, "   > %s\n", data)
		r.Body = io.NopCloser(bytes.NewReader(data))
	}
	fmt.Fprintf(d.out, "     signed    %q\n     signature %s\n", signed, r.Header.Get(signer.HeaderSignature))
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(data))
	fmt.Fprintf(d.out, "   < %s\n   < %s\n", resp.Status, bytes.TrimSpace(data))
	return resp, err
}

func indent(text string) string {
	var s strings.Builder
	for line := range strings.Lines(text) {
		s.WriteString("   " + line)
	}
	return s.String()
}
