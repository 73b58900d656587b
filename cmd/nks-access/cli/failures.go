package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/speccheck"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/signer"
)

// The exit codes. The help of the root command documents them.
const (
	exitOK           = 0
	exitFailed       = 1
	exitUsage        = 2
	exitNotFound     = 3
	exitDenied       = 4
	exitUnavailable  = 5
	exitStillGranted = 6   // revoke: access like that which was revoked is left
	exitUnknown      = 9   // a change may have been made
	exitPending      = 10  // plan --check: the clusters differ from the file; spec check: there are differences
	exitInterrupted  = 130 // Ctrl-C, as shells have it
)

// usageError is a mistake in flags, arguments or files that a command finds itself.
type usageError struct{ error }

// usagef returns a usageError. Words of the command line among args are shown on one line. An error
// among them may list several mistakes.
func usagef(format string, args ...any) error {
	for i, arg := range args {
		if word, isText := arg.(string); isText {
			args[i] = term.PrintableLine(word) // in a copy, go vet would no longer check the format
		}
	}
	return &usageError{fmt.Errorf(format, args...)}
}

// advised is an error that already says what to do next.
type advised struct{ error }

func (e *advised) Unwrap() error { return e.error }

// differsError says that spec check found differences.
type differsError struct{ differences int }

func (e *differsError) Error() string {
	return fmt.Sprintf("the service differs from the contract: %s", term.Plural(e.differences, "difference"))
}

// wants says what the types of flags take, where pflag's own error does not.
var wants = map[string]string{
	"duration": "a time such as 30s",
	"int":      "a number",
	"uint64":   "a number from 0",
}

// flagValueError rewords pflag's error for the value of a flag.
func flagValueError(err error) error {
	invalid := (*pflag.InvalidValueError)(nil)
	if !errors.As(err, &invalid) {
		return usagef("%v", err)
	}
	if wrong := (*usageError)(nil); errors.As(err, &wrong) { // the flag's type has words of its own
		return wrong
	}
	want := wants[invalid.GetFlag().Value.Type()]
	if want == "" {
		return usagef("%v", err)
	}
	return usagef("invalid argument %q for --%s (want %s)", invalid.GetValue(), invalid.GetFlag().Name, want)
}

// failure is a kind of errors, its exit code and its hint.
type failure struct {
	matches func(error) bool
	code    int
	hint    string // what to do next, or ""
}

// failures maps errors to exit codes and hints. The first match wins, so an error that wraps others
// stands before them: an unknown outcome may wrap a timeout. The last one matches every error.
var failures = []failure{
	{access.MayStillArrive, exitUnknown,
		"To find out, use nks-access list or get. Running the same command again is safe; " +
			"but before you repeat a create, wait five minutes, because the first request can arrive until then."},
	{is(access.ErrUnknownOutcome), exitUnknown, "To find out, use nks-access list or get. Running the same command again is safe."},
	{isOnlyUnlisted, exitPending,
		"To keep such an entry, write a rule for it. To leave all of a cluster alone, say others: ignore."},
	{as[*errPending], exitPending, ""},
	{as[*differsError], exitPending, "If it is the real service, open an issue with the report: it names nobody."},
	{as[*speccheck.LeftBehindError], exitFailed,
		"nks-access list shows the entries of a cluster, nks-access delete removes one."},
	{as[*speccheck.InputError], exitUsage, ""},
	{as[*errStillGranted], exitStillGranted, ""},
	{is(context.Canceled), exitInterrupted, ""},
	{isWrongKey, exitDenied, keyHint},
	{as[*directory.PermissionError], exitDenied,
		"Ask the owner of the account for the permission, or use NRNs in place of names."},
	{as[*directory.NotFoundError], exitNotFound,
		"nks-access principals shows the users, roles and groups of the account."},
	{as[*directory.AmbiguousError], exitFailed, ""},
	{isFileWithUnknownNames, exitUsage, ""},
	{as[*usageError], exitUsage, ""},
	{as[*access.ValidationError], exitUsage, ""},
	{as[*access.SettingError], exitUsage, ""},
	{as[*term.InputError], exitUsage, ""},
	{is(term.ErrDeclined), exitFailed, ""},
	{as[x509.UnknownAuthorityError], exitFailed,
		"To trust the certificate, set SSL_CERT_FILE to its file, " +
			"or add it to the system's certificates (macOS, Windows)."},
	{as[*tls.CertificateVerificationError], exitFailed,
		"The certificate of the server is not valid for this URL or this time. " +
			"nks-access config shows where the URL comes from."},
	{isPlainHTTPToTLS, exitFailed,
		"The server speaks TLS. Its URL begins with https://. " +
			"nks-access config shows where the URL comes from."},
	{is(http.ErrSchemeMismatch), exitFailed,
		"The server speaks plain HTTP. Its URL begins with http://. " +
			"nks-access config shows where the URL comes from."},
	{is(access.ErrNoAdmin), exitFailed, "To take the access all the same, use --allow-no-admin."},
	{is(access.ErrConflict), exitFailed, "Look at the entry with nks-access get, and run the command again."},
	{is(access.ErrDeleting), exitFailed, ""},
	{is(access.ErrExists), exitFailed,
		"To change it, use nks-access grant, revoke or update. nks-access get shows it."},
	{as[*credentials.ChainError], exitDenied,
		"Set NCLOUD_ACCESS_KEY and NCLOUD_SECRET_KEY, or write ~/.ncloud/configure. " +
			"Without an account, try nks-access demo."},
	{as[*credentials.NotFoundError], exitDenied, configHint},
	{as[*credentials.IncompleteError], exitDenied, configHint},
	{as[*credentials.InvalidError], exitDenied, configHint},
	{as[*signer.KeyError], exitDenied, configHint},
	{as[*signer.InsecureURLError], exitFailed, "Use an https URL. Plain http is for an emulator on this machine."},
	{is(access.ErrUnauthenticated), exitDenied, keyHint},
	{is(access.ErrForbidden), exitDenied,
		"The key lacks the permission. Ask the owner of the account. nks-access config shows which key is used."},
	{is(desired.ErrTooMuch), exitFailed, "Name fewer clusters, with --cluster, --shard or a smaller file."},
	{as[*desired.DuplicateEntryError], exitFailed,
		"plan --repair and apply --repair keep one entry as the file says. nks-access list -o wide shows them."},
	{is(access.ErrAmbiguous), exitFailed, "Use the UUID instead of the name."},
	{isUnknownPath, exitNotFound,
		"The base URL may be wrong. nks-access config shows whether it comes from " +
			"--url, NCLOUD_API_GW or ~/.ncloud/configure."},
	{as[*access.ClusterNotFoundError], exitNotFound,
		"nks-access clusters shows the clusters of the region, with --all-regions those of all regions."},
	{is(access.ErrNotFound), exitNotFound,
		"nks-access clusters shows the clusters of the region, nks-access list the entries of a cluster. " +
			"nks-access create makes an entry."},
	{isUnknownHost, exitUnavailable,
		"The name of the host is not known here. Check the base URL (nks-access config), the network, and the proxy."},
	{is(syscall.ECONNREFUSED), exitUnavailable,
		"No server listens there. Is the emulator running? nks-access config shows the URL."},
	{is(access.ErrBusy), exitUnavailable,
		"An earlier change is under way. Retry in a few minutes, or use --wait 10m."},
	{is(access.ErrThrottled), exitUnavailable, "Retry later."},
	{is(context.DeadlineExceeded), exitUnavailable,
		"The time is up. Use a longer --timeout. --debug shows each attempt."},
	{is(access.ErrTooLarge), exitUnavailable,
		"The service sent more than this program reads at once. nks-access config shows the URL."},
	{is(access.ErrUnavailable), exitUnavailable,
		"Retry. --debug shows each attempt, nks-access config shows the URL."},
	{as[*access.Error], exitFailed, "--debug shows each request."},
	{as[*fs.PathError], exitFailed, ""}, // the output cannot be written
	{func(error) bool { return true }, exitFailed, configHint},
}

const (
	configHint = "nks-access config shows what is used and where it comes from."
	keyHint    = "nks-access config shows which key is used and where it comes from."
)

// isUnknownHost reports whether the host of the base URL could not be found.
func isUnknownHost(err error) bool { return as[*access.Error](err) && as[*net.DNSError](err) }

// isWrongKey reports whether names cannot be read because of the key itself, and not of a permission.
func isWrongKey(err error) bool {
	var denied *directory.PermissionError
	return errors.As(err, &denied) && denied.WrongKey()
}

// isPlainHTTPToTLS reports whether a server of Go or nginx says that it speaks TLS.
func isPlainHTTPToTLS(err error) bool {
	failed := (*access.Error)(nil)
	if !errors.As(err, &failed) || failed.Status != http.StatusBadRequest {
		return false
	}
	return strings.Contains(failed.Message, "an HTTP request to an HTTPS server") ||
		strings.Contains(failed.Message, "plain HTTP request was sent to HTTPS port")
}

// isUnknownPath reports whether the gateway knows no such path. Code 300 is the gateway's ("Not Found
// Exception"); the service has other codes for what does not exist.
func isUnknownPath(err error) bool {
	failed := (*access.Error)(nil)
	return errors.As(err, &failed) && failed.Status == http.StatusNotFound && failed.Code == "300"
}

// isFileWithUnknownNames matches a file with names that nobody has, if the account could be read.
func isFileWithUnknownNames(err error) bool {
	var names *desired.NamesError
	return errors.As(err, &names) && len(names.Unread) == 0
}

func is(target error) func(error) bool { return func(err error) bool { return errors.Is(err, target) } }

func as[E error](err error) bool { return errors.As(err, new(E)) }

// explain returns the exit code for an error of cmd, and a hint: what to do next, or "".
func explain(cmd *cobra.Command, err error) (code int, hint string) {
	first := slices.IndexFunc(failures, func(f failure) bool { return f.matches(err) })
	code = failures[first].code
	hint = failures[first].hint
	if as[*advised](err) {
		return code, ""
	}
	var still *errStillGranted
	if errors.As(err, &still) {
		return code, still.hint()
	}
	if code == exitUsage {
		return code, "See " + cmd.CommandPath() + " --help."
	}
	noKeys := as[*credentials.ChainError](err)
	if noKeys && cmd.Flags().Changed("profile") {
		return code, "Use another --profile, or none to use the keys of the environment."
	}
	if cmd.Name() == "config" && !noKeys { // the hint would be to run config
		return code, ""
	}
	return code, hint
}

// errorText returns the message of an error for a terminal. Only lists of errors have line breaks: in
// any other error a line break comes from a name.
func errorText(err error) string {
	isList := as[*desired.NamesError](err) || as[*desired.ChangedNamesError](err)
	if isList || as[*usageError](err) || as[*credentials.ChainError](err) {
		return term.PrintableLines(err.Error())
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var lines []string
		for _, e := range joined.Unwrap() {
			lines = append(lines, errorText(e))
		}
		return strings.Join(lines, "\n")
	}
	return term.PrintableLine(err.Error())
}
