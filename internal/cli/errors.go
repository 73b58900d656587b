package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

// The exit codes. The help of the root command documents them.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitDenied      = 4
	exitUnavailable = 5
	exitUnknown     = 9   // a change may have been made
	exitPending     = 10  // plan --check: there are changes
	exitInterrupted = 130 // Ctrl-C, as shells have it
)

// runError is an error of a command that was used rightly, as far as cobra can tell.
type runError struct{ error }

func (e *runError) Unwrap() error { return e.error }

// usageError is a mistake in the flags or arguments that a command finds itself.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// arguments wants from least to most of them. Cobra's own words do not say what is missing, and call what is too much a command.
func arguments(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return usagef("missing argument: %s", cmd.UseLine())
		case len(args) > most:
			return usagef("unexpected argument %q: %s", args[most], cmd.UseLine())
		}
		return nil
	}
}

// flagError is a mistake in a flag. Of a time it does not tell what Go's parser says, but what it wants.
func flagError(_ *cobra.Command, err error) error {
	if flag, _, ok := strings.Cut(err.Error(), ": time: "); ok {
		return usagef("%s: it takes a time such as 30s", flag)
	}
	return usagef("%v", err)
}

// exclusion puts cobra's error of flags that exclude each other, which has no type, in words. It returns any other as it is.
func exclusion(err error) error {
	if _, set, ok := strings.Cut(err.Error(), " none of the others can be; ["); ok && !errors.As(err, new(*runError)) {
		return usagef("--%s exclude each other", strings.Join(strings.Fields(strings.TrimSuffix(set, "] were all set")), " and --"))
	}
	return err
}

// advised is an error that says itself what to do next.
type advised struct{ error }

func (e *advised) Unwrap() error { return e.error }

// errDeclined is the answer no to a question.
var errDeclined = errors.New("nothing was changed")

func exitCode(err error) int {
	var usage *usageError
	var invalid *access.ValidationError
	var ran *runError
	switch {
	case errors.Is(err, access.ErrUnknownOutcome):
		return exitUnknown
	case errors.As(err, new(*errPending)):
		return exitPending
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &invalid), !errors.As(err, &ran):
		return exitUsage
	case errors.As(err, new(*tls.CertificateVerificationError)), errors.Is(err, http.ErrSchemeMismatch):
		return exitFailed // it does not pass
	case errors.Is(err, access.ErrNotFound):
		return exitNotFound
	case errors.Is(err, access.ErrUnauthenticated), errors.Is(err, access.ErrForbidden):
		return exitDenied
	case errors.Is(err, access.ErrBusy), errors.Is(err, access.ErrThrottled), errors.Is(err, access.ErrUnavailable):
		return exitUnavailable
	}
	return exitFailed
}

// hint says what to do next after err of cmd.
func hint(cmd *cobra.Command, err error) string {
	var (
		usage    *usageError
		invalid  *access.ValidationError
		ran      *runError
		exists   *access.ExistsError
		nowhere  *credentials.ChainError
		insecure *signer.InsecureURLError
		answered *access.Error
	)
	switch {
	case errors.Is(err, access.ErrUnknownOutcome):
		return "To find out, use nks-access list or get. Running the same command again is safe."
	case errors.Is(err, errDeclined), errors.Is(err, context.Canceled), errors.As(err, new(*advised)), errors.As(err, new(*errPending)):
		return ""
	case errors.As(err, &usage), errors.As(err, &invalid), !errors.As(err, &ran):
		return "See " + cmd.CommandPath() + " --help."
	case errors.As(err, &exists):
		return "To change it, use nks-access grant, revoke or update. To see it: nks-access get " + exists.Existing.UUID
	case errors.As(err, &nowhere) && cmd.Flags().Changed("profile"):
		return "Give another --profile, or leave it out to use the keys of the environment."
	case errors.As(err, &nowhere):
		return "Set NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY, or write ~/.ncloud/configure. Without an account, try nks-access demo."
	case errors.As(err, &insecure):
		return "Use an https URL. Plain http is for an emulator on this machine."
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "To trust the certificate, set SSL_CERT_FILE to a file with it; on macOS and Windows add it to the system's. nks-access emulator --tls prints an export line for its own."
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "The server has no certificate for this URL and time. nks-access config shows where the URL comes from."
	case errors.Is(err, http.ErrSchemeMismatch):
		return "The server speaks plain HTTP: its URL begins with http://. nks-access config shows where the URL comes from."
	case errors.Is(err, access.ErrUnauthenticated):
		return "nks-access config shows which key is used, and where it comes from."
	case errors.Is(err, access.ErrForbidden):
		return "The key may not do this: ask the owner of the account for the permission. nks-access config shows which key is used."
	case errors.Is(err, access.ErrAmbiguous):
		return "Give the UUID of the one you mean."
	case errors.Is(err, access.ErrNotFound):
		return "nks-access clusters shows the clusters of the region, nks-access list the entries of a cluster."
	case errors.Is(err, access.ErrBusy):
		return "An earlier change is under way. Try again in a few minutes, or with --wait 10m."
	case errors.Is(err, access.ErrThrottled):
		return "Try again later."
	case errors.Is(err, context.DeadlineExceeded):
		return "The time is up. Try again with a longer --timeout; --debug shows each attempt."
	case errors.Is(err, access.ErrUnavailable):
		return "Try again. --debug shows each attempt, nks-access config where it goes to."
	}
	if cmd.Name() == "config" {
		return ""
	}
	if !errors.As(err, &answered) {
		return "nks-access config shows what would be used, and where it comes from."
	}
	return "--debug shows each request."
}
