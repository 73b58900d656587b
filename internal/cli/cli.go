// Package cli is the command line of nks-access.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// The exit codes of the command line.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// Main runs the command line with args and returns its exit code. Results go to stdout, all else to stderr.
func Main(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "nks-access: %v\n", err)
	if failed := (*runError)(nil); errors.As(err, &failed) {
		return exitFailed
	}
	fmt.Fprintln(stderr, "Run nks-access --help, or nks-access COMMAND --help.")
	return exitUsage
}

// runError is an error of a command that was used rightly. Any other error is one of usage.
type runError struct{ error }

func (e *runError) Unwrap() error { return e.error }

// run makes a cobra RunE out of a command.
func run(f func(cmd *cobra.Command, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		err := f(cmd, args)
		if usage := (*usageError)(nil); err == nil || errors.As(err, &usage) {
			return err
		}
		return &runError{err}
	}
}

// usageError is a mistake in the flags or arguments that a command finds itself.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "nks-access",
		Short: "Manage who may enter the clusters of NAVER Cloud's Kubernetes service",
		Long: `Manage the access entries of NAVER Cloud's Kubernetes service (NKS): which IAM users and roles may enter
which cluster, in which Kubernetes groups and with which access policies.

The key pair comes from the environment: NCLOUD_ACCESS_KEY (or NCLOUD_ACCESS_KEY_ID) and
NCLOUD_SECRET_KEY (or NCLOUD_SECRET_ACCESS_KEY).

Without an account, "nks-access demo" shows how it works, and "nks-access emulator" is a service to try
everything on.`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	connection := &connection{}
	root.AddCommand(
		newCreate(connection), newGet(connection), newList(connection), newDelete(connection),
		newEmulator(), newDemo(), newVersion(),
	)
	return root
}
