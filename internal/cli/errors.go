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

// runError is an error of a command whose flags and arguments cobra accepted.
type runError struct{ error }

func (e *runError) Unwrap() error { return e.error }

// usageError is a mistake in flags, arguments or files that a command finds itself.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// arguments checks the number of arguments. Unlike cobra's errors, its errors say what is missing
// or unexpected.
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

// flagError rewrites pflag's errors about durations, and keeps the others.
func flagError(_ *cobra.Command, err error) error {
	if flag, _, ok := strings.Cut(err.Error(), ": time: "); ok {
		return usagef("%s: it takes a time such as 30s", flag)
	}
	return usagef("%v", err)
}

// exclusion rewrites cobra's "mutually exclusive flags" error, which has no type. It returns other
// errors as they are.
func exclusion(err error) error {
	if _, set, ok := strings.Cut(err.Error(), " none of the others can be; ["); ok && !errors.As(err, new(*runError)) {
		return usagef("--%s exclude each other", strings.Join(strings.Fields(strings.TrimSuffix(set, "] were all set")), " and --"))
	}
	return err
}

// advised is an error that already says what to do next.
type advised struct{ error }

func (e *advised) Unwrap() error { return e.error }

// errDeclined says that a person answered no.
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
		return exitFailed // a retry does not help
	case errors.Is(err, access.ErrNotFound):
		return exitNotFound
	case errors.Is(err, access.ErrUnauthenticated), errors.Is(err, access.ErrForbidden):
		return exitDenied
	case errors.Is(err, access.ErrBusy), errors.Is(err, access.ErrThrottled), errors.Is(err, access.ErrUnavailable):
		return exitUnavailable
	}
	return exitFailed
}

// hint returns what to do next after an error of cmd, or "".
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
		return "Use another --profile, or none to use the keys of the environment."
	case errors.As(err, &nowhere):
		return "Set NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY, or write ~/.ncloud/configure. Without an account, try nks-access demo."
	case errors.As(err, &insecure):
		return "Use an https URL. Plain http is for an emulator on this machine."
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return "To trust the certificate, set SSL_CERT_FILE to its file, or add it to the system's certificates (macOS, Windows)."
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return "The certificate of the server is not valid for this URL or this time. nks-access config shows where the URL comes from."
	case errors.Is(err, http.ErrSchemeMismatch):
		return "The server speaks plain HTTP. Its URL begins with http://. nks-access config shows where the URL comes from."
	case errors.Is(err, access.ErrUnauthenticated):
		return "nks-access config shows which key is used and where it comes from."
	case errors.Is(err, access.ErrForbidden):
		return "The key lacks the permission. Ask the owner of the account. nks-access config shows which key is used."
	case errors.Is(err, access.ErrAmbiguous):
		return "Use the UUID instead of the name."
	case errors.Is(err, access.ErrNotFound):
		return "nks-access clusters shows the clusters of the region, nks-access list the entries of a cluster."
	case errors.Is(err, access.ErrBusy):
		return "An earlier change is under way. Retry in a few minutes, or use --wait 10m."
	case errors.Is(err, access.ErrThrottled):
		return "Retry later."
	case errors.Is(err, context.DeadlineExceeded):
		return "The time is up. Use a longer --timeout. --debug shows each attempt."
	case errors.Is(err, access.ErrUnavailable):
		return "Retry. --debug shows each attempt, nks-access config shows the URL."
	}
	if cmd.Name() == "config" {
		return ""
	}
	if !errors.As(err, &answered) {
		return "nks-access config shows what is used and where it comes from."
	}
	return "--debug shows each request."
}
