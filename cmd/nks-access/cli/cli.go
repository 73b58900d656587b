// Package cli is the command line of nks-access. How results are written is in output.go, how errors
// become words and exit codes in errors.go.
package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

// Main runs the command line with args, without the program's name, and returns its exit code.
// Results go to stdout, all else to stderr.
func Main(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // the next Ctrl-C ends the program at once
	return (&app{stdin: stdin, stdout: stdout, stderr: stderr}).run(ctx, args)
}

// Root returns the root command, to write documentation of.
func Root() *cobra.Command {
	return (&app{stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}).root()
}

// app is one run of the command line.
type app struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// transport, when there is one, sits between the client and the network. The demo shows there
	// what goes over the wire.
	transport http.RoundTripper
	accepted  bool // cobra accepted the flags and arguments
}

func (a *app) run(ctx context.Context, args []string) int {
	root := a.root()
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitOK
	}
	if !a.accepted { // cobra's own errors have no type
		err = usagef("%v", err)
	}
	code, hint := explain(cmd, err)
	message := printableLines(err.Error())
	if code == exitInterrupted {
		message = "interrupted"
	}
	fmt.Fprintf(a.stderr, "%s %s\n", paint(a.stderr, red, "nks-access:"), message)
	if hint != "" {
		fmt.Fprintln(a.stderr, hint)
	}
	return code
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "nks-access",
		Short: "Manage who may enter the clusters of NAVER Cloud's Kubernetes service",
		Long: `Manage the access entries of NAVER Cloud's Kubernetes service (NKS): which IAM users and roles may enter
which cluster, in which Kubernetes groups and with which access policies.

Name an entry by its UUID or by the NRN of its principal, and a cluster by its UUID or name.

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
  4    denied: wrong key, or no permission
  5    busy, throttled or not available: retry later
  9    outcome unknown: a change may have been made
  10   plan --check: there are changes
  130  interrupted`,
		Example: `  nks-access clusters
  nks-access list --cluster demo
  nks-access create nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --cluster demo --policy NKSViewPolicy
  nks-access grant  nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4 --cluster demo --policy 'NKSEditPolicy@dev,*-ns'`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		DisableAutoGenTag: true,
		Version:           versionLine(),
		PersistentPreRun:  func(*cobra.Command, []string) { a.accepted = true },
	}
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "print the version") // cobra's own would take -v, too
	root.SetFlagErrorFunc(flagError)
	root.AddCommand(
		a.newClusters(), a.newList(), a.newGet(), a.newCreate(), a.newUpdate(), a.newGrant(), a.newRevoke(), a.newDelete(),
		a.newPlan(), a.newApply(), a.newExport(), a.newWho(), a.newMigrate(),
		a.newConfig(), a.newSign(), a.newSpec(), a.newEmulator(), a.newDemo(), a.newVersion(),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		switch {
		case cmd.Name() == "help": // cobra's help exits with 0 for an unknown command
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if _, rest, err := root.Find(args); err != nil || len(rest) > 0 {
					return usagef("unknown command %q", strings.Join(args, " "))
				}
				return nil
			}
		case cmd.Name() == "completion": // cobra's completion exits with 0 for an unknown shell, and for none
			cmd.RunE = func(*cobra.Command, []string) error {
				return usagef("missing shell: bash, zsh, fish or powershell")
			}
		case cmd.Args == nil: // cobra would accept any
			cmd.Args, cmd.ValidArgsFunction = arguments(0, 0), cobra.NoFileCompletions
		}
	}
	return root
}

// await runs read, which may wait for a person or a pipe, and gives up when ctx ends. What it reads
// then is lost.
func await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	var value T
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		value, err = read()
	}()
	select {
	case <-done:
		return value, err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
}
