package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/emulator"
)

type demoCommand struct{ *app }

func newDemo(a *app) command { return &demoCommand{app: a} }

func (c *demoCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show how it works, on an emulator",
		Long: `Start an emulator on a free port, then create an entry, grant it more, and read it back. Show each request,
the string to sign, and the response. Then send a changed request, which the emulator refuses. Last, plan and apply a
file.`,
	}
}

func (c *demoCommand) addFlags(*cobra.Command) {}

func (c *demoCommand) run(ctx context.Context, _ []string) error {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		return err
	}
	defer server.Close()
	file, err := term.WriteTemporary("", "nks-access-demo-*.yaml", []byte(demoFile))
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file) }()
	// The commands run in this process, and find the emulator as users do.
	for name, value := range emulatorVariables(server, emulator.Options{}) {
		_ = os.Setenv(name, value)
	}
	for _, name := range overridingVariables {
		_ = os.Unsetenv(name)
	}
	fmt.Fprintf(c.stdout, "An emulator serves NKS at %s.\n", server.BaseURL())
	d := &demo{out: c.stdout, file: file}
	return d.run(ctx)
}

const demoPrincipal = "kim@corp"

// demoFile lets a role administer the cluster, and gives the people of a group NKSEditPolicy in two
// namespaces and a Kubernetes group. The sub account of the steps before is one of them.
const demoFile = `version: 1
principals:
  platform: {role: deployer}
  backend: {group: backend}
clusters:
  demo: {protect: [platform]}
access:
  - {principal: platform, clusters: ['*'], policies: [NKSClusterAdminPolicy]}
  - {principal: backend, clusters: [demo], groups: [developers], policies: ['NKSEditPolicy@dev,*-ns']}
`

// demoStep is a command of the demo, and the words before it.
type demoStep struct {
	words, command string
	usesFile       bool // the step shows no requests
	tampered       bool // the request is changed after it was signed, and refused
}

var demoSteps = []demoStep{
	{words: "List the clusters.", command: "clusters"},
	{
		words: "Let kim@corp read the whole cluster. The list of users has the NRN that the entry needs. " +
			"The response does not hold the\n" +
			"   UUID of the entry, so the list of entries is read before and after.",
		command: "create " + demoPrincipal + " --policy NKSViewPolicy -o json",
	},
	{
		words:   "Grant it more: write in some namespaces, and a group.",
		command: "grant " + demoPrincipal + " --policy NKSEditPolicy@dev,*-ns --group developers",
	},
	{words: "Get the entry by its UUID.", command: "get ENTRY -o yaml"},
	{
		words:    "Sign a GET, and change it into a DELETE on its way.",
		command:  "clusters " + emulator.DemoClusterUUID,
		tampered: true,
	},
	{
		words: "Say in a file who may enter which clusters, and see what would change.\n\n" +
			"   $ cat " + accessFile + "\n\n" + indented(demoFile),
		command:  "plan",
		usesFile: true,
	},
	{words: "Make the changes.", command: "apply --yes", usesFile: true},
	{words: "Check that nothing is left to change.", command: "plan --check", usesFile: true},
}

// demo runs commands, and shows their requests and responses.
type demo struct {
	out   io.Writer
	file  string
	entry string // UUID of the created entry, which stands for ENTRY in commands
}

func (d *demo) run(ctx context.Context) error {
	for i, step := range demoSteps {
		fmt.Fprintf(d.out, "\n%d. %s\n", i+1, strings.TrimSpace(step.words))
		if err := d.step(ctx, step); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(d.out, "\nCreated, granted, read back. The changed request was refused. The file was applied.")
	return err
}

// step runs a command and shows its result.
func (d *demo) step(ctx context.Context, step demoStep) error {
	line := strings.ReplaceAll(step.command, "ENTRY", d.entry)
	fmt.Fprintf(d.out, "\n   $ nks-access %s\n", line)
	var result bytes.Buffer
	a := newApp(strings.NewReader(""), &result, &result)
	args := strings.Fields(line)
	if step.usesFile {
		args = append(args, "--file", d.file)
	} else {
		args = append(args, "--quiet")
		a.transport = &shownRequests{out: d.out, tamper: step.tampered}
	}
	want := exitOK
	if step.tampered {
		want = exitDenied
	}
	code := a.run(ctx, args)
	fmt.Fprintf(d.out, "\n%s", indented(result.String()))
	if code != want {
		return cmp.Or(ctx.Err(), fmt.Errorf("nks-access %s: exit code %d, not %d", args[0], code, want))
	}
	created := access.Entry{}
	if json.Unmarshal(result.Bytes(), &created) == nil { // only create prints JSON
		d.entry = created.UUID
	}
	return nil
}

func indented(text string) string {
	var s strings.Builder
	for line := range strings.Lines(text) {
		s.WriteString("   " + line)
	}
	return s.String()
}
