package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

// changing holds the flags that all commands that change something share.
type changing struct {
	*connection
	yes    bool
	dryRun bool
	out    *output         // nil if the command prints no result
	unsent []dryRunRequest // the requests of --dry-run
}

func (a *app) change(cmd *cobra.Command) *changing {
	c := &changing{connection: a.connect(cmd, true)}
	cmd.Flags().DurationVar(&c.wait, "wait", 0, "wait up to `TIME` for a busy cluster, in addition to --timeout")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "print the request instead of sending it; reads are still sent")
	return c
}

// asks adds --yes to a command that may remove access.
func (c *changing) asks(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&c.yes, "yes", "y", false, "do not ask before removing access")
}

// confirm asks before access is removed. Without a terminal it requires --yes.
func (c *changing) confirm(ctx context.Context, question string) error {
	if c.yes || c.dryRun {
		return nil
	}
	if !isTerminal(c.stdin) {
		return usagef("this removes access: use --yes to do it without confirmation")
	}
	fmt.Fprintf(c.stderr, "%s [y/N] ", printable(question))
	answer, err := await(ctx, func() (string, error) {
		answer, _ := bufio.NewReader(c.stdin).ReadString('\n')
		return answer, nil
	})
	if err != nil {
		fmt.Fprintln(c.stderr)
		return errors.Join(errDeclined, err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

// say prints words for people, on stderr.
func (c *changing) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.stderr, format+"\n", args...)
	}
}

// show prints what a change removes and adds. It returns what it removes, and whether it adds
// anything.
func (c *changing) show(change access.Change) (takes []string, adds bool) {
	before, after := grants(change.Before), grants(change.After)
	c.say("%s on cluster %s:", printable(change.Before.Principal), change.Before.ClusterUUID)
	if len(before)+len(after) == 0 {
		c.say("    (no groups, no policies)")
	}
	for _, line := range before {
		if slices.Contains(after, line) {
			c.say("    %s", printable(line))
			continue
		}
		takes = append(takes, line)
		c.say("%s", paint(c.stderr, red, "  - "+printable(line)))
	}
	for _, line := range after {
		if !slices.Contains(before, line) {
			adds = true
			c.say("%s", paint(c.stderr, green, "  + "+printable(line)))
		}
	}
	return takes, adds
}

// grants lists what an entry grants, a line for each group, and for each policy in each namespace.
func grants(e access.Entry) []string {
	var lines []string
	for _, group := range e.Groups {
		lines = append(lines, "group "+group)
	}
	for _, policy := range e.Policies {
		if len(policy.Namespaces) == 0 {
			lines = append(lines, "policy "+policy.String())
		}
		for _, namespace := range policy.Namespaces {
			lines = append(lines, "policy "+policy.Type+"@"+namespace)
		}
	}
	return lines
}

// dryRunRequest is a request that --dry-run does not send.
type dryRunRequest struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// dryRunError stops a change at its first request.
type dryRunError struct{}

func (dryRunError) Error() string { return "dry run" }

// dryRunTransport sends reads and keeps all other requests.
type dryRunTransport struct {
	*changing
	next http.RoundTripper
}

func (t dryRunTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return t.next.RoundTrip(r)
	}
	request := dryRunRequest{Method: r.Method, URL: r.URL.String()}
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		request.Body = body
	}
	t.unsent = append(t.unsent, request)
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host) // without a GotConn, the client knows that nothing was sent
	}
	return nil, dryRunError{}
}

// run calls f with a client and the UUID of the cluster. With --dry-run it prints the requests that
// f would have sent.
func (c *changing) run(
	cmd *cobra.Command, f func(ctx context.Context, client *access.Client, cluster string) error,
) error {
	if !c.dryRun {
		return c.onCluster(cmd, f)
	}
	next := c.transport
	if next == nil {
		next = http.DefaultTransport
	}
	err := c.onCluster(cmd, f, access.WithHTTPClient(&http.Client{Transport: dryRunTransport{c, next}}),
		access.WithRetry(access.Retry{MaxTries: 1}))
	if err != nil && !errors.As(err, &dryRunError{}) {
		return err
	}
	return c.printUnsent(cmd.OutOrStdout())
}

// printUnsent prints a list with -o json and yaml, so that scripts can read it, and plain text
// otherwise.
func (c *changing) printUnsent(w io.Writer) error {
	if c.out != nil && (c.out.format == "json" || c.out.format == "yaml") {
		return c.out.encode(w, append([]dryRunRequest{}, c.unsent...))
	}
	for _, r := range c.unsent {
		text := fmt.Sprintf("%s %s\n", r.Method, r.URL)
		if r.Body != nil {
			text += fmt.Sprintf("Content-Type: application/json\n\n%s\n", r.Body)
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	if len(c.unsent) == 0 {
		c.say("Nothing would be sent.")
	}
	return nil
}

// result prints the entry, except with --dry-run, which prints requests.
func (c *changing) result(cmd *cobra.Command, entry access.Entry) error {
	if c.dryRun {
		return nil
	}
	return c.out.entry(cmd, entry)
}
