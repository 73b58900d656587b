// Package cli is the command line of nks-access. Each command has a file: its words, its flags, and
// what it does. What commands share is in the other files, and in package term. Command files use
// those, and no other command file.
//
// failures.go turns errors into exit codes and hints.
package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// Main runs the command line with args, without the program's name, and returns its exit code.
// Results go to stdout, all else to stderr.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the next Ctrl-C ends the program at once
	return newApp(stdin, stdout, stderr).run(ctx, args)
}

// Root returns the root command, to write documentation of.
func Root() *cobra.Command { return newApp(os.Stdin, os.Stdout, os.Stderr).root() }

// app is one run of the command line.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	questions      *term.Questions
	// transport, when there is one, sits between the client and the network. The demo shows there
	// what goes over the wire.
	transport http.RoundTripper
	called    callings
	accepted  bool // cobra accepted the flags and arguments
	attended  bool // stdout is a terminal
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{
		stdin: stdin, stdout: stdout, stderr: stderr, called: callings{},
		questions: term.NewQuestions(stdin, stderr), attended: term.IsTerminal(stdout),
	}
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if !a.accepted { // cobra's own errors have no type
		err = unknownCommand(cmd, args, err)
	}
	code, hint := explain(cmd, err)
	message := term.ShortLines(a.called.inError(errorText(err)))
	if code == exitInterrupted {
		message = "interrupted"
	}
	fmt.Fprintf(a.stderr, "%s %s\n", term.Paint(a.stderr, term.Red, "nks-access:"), message)
	if hint != "" {
		fmt.Fprintln(a.stderr, hint)
	}
	return code
}

// commands makes each command.
var commands = []func(*app) command{
	newClusters, newList, newGet, newCreate, newUpdate, newEdit, newGrant, newRevoke, newDelete,
	newPlan, newApply, newExport, newWho, newPrincipals, newMigrate,
	newConfig, newSign, newProxy, newSpec, newSchema, newEmulator, newDemo, newVersion,
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "nks-access",
		Short: "Manage who may enter the clusters of NAVER Cloud's Kubernetes service",
		Long: `Manage the access entries of NAVER Cloud's Kubernetes service (NKS): which IAM users and roles may enter
which cluster, in which Kubernetes groups and with which access policies.

Name an entry by its UUID, by the NRN of its principal, or by the principal's name: user:kim@corp, role:deployer, or
kim@corp alone. Name a cluster by its UUID or name.

The key pair comes from the environment (NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY, or NCLOUD_ACCESS_KEY_ID and
NCLOUD_SECRET_ACCESS_KEY), else from ~/.ncloud/configure, else from the role of the server. "nks-access config"
shows what would be used.

You need no account to try it: "nks-access demo" shows how it works, and "nks-access emulator" runs an
emulator of the service.

Exit codes:
  0    success
  1    failure
  2    wrong use: unknown flag, invalid file or argument
  3    not found: no such cluster or entry
  4    denied: no key, a wrong key, or no permission
  5    busy, throttled or not available: retry later
  6    revoke: the principal keeps a policy that permits what was revoked
  9    outcome unknown: a change may have been made
  10   plan --check: the clusters differ from the file; spec check: the service differs from the contract
  130  interrupted`,
		Example: `  nks-access clusters
  nks-access list --cluster demo
  nks-access principals
  nks-access create user:kim@corp --cluster demo --policy NKSViewPolicy
  nks-access grant  user:kim@corp --cluster demo --policy 'NKSEditPolicy@dev,*-ns'`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,

		DisableSuggestions: true, // unknownCommand has its own
		Version:            versionLine(),
		PersistentPreRun:   func(*cobra.Command, []string) { a.accepted = true },
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "print the version") // cobra's own would take -v, too
	root.SetFlagErrorFunc(flagError)
	for _, newCommand := range commands {
		root.AddCommand(build(newCommand(a)))
	}
	addBelow(root, a)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	refuseUnknownNames(root)
	return root
}

// addBelow adds what is below the command spec: check, and the schema by the name that it had before,
// which is not shown.
func addBelow(root *cobra.Command, a *app) {
	for _, cmd := range root.Commands() {
		if cmd.Name() != "spec" {
			continue
		}
		schema := build(newSchema(a))
		schema.Use = "access"
		schema.Hidden = true
		cmd.AddCommand(build(newSpecCheck(a)), schema)
	}
}
