package cli

import (
	"bufio"
	"cmp"
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
	"github.com/nks-access/nks-access/desired"
)

// changing holds the flags that all commands that change something share.
type changing struct {
	*connection
	out    *output
	yes    bool
	dryRun bool
	unsent []dryRunRequest // the requests of --dry-run
}

// change adds the flags of a command that changes something.
func (a *app) change(cmd *cobra.Command, formats ...string) *changing {
	c := &changing{connection: a.connect(cmd, true), out: newOutput(cmd, formats...)}
	cmd.Flags().DurationVar(&c.wait, "wait", 0, "wait up to `TIME` for a busy cluster, in addition to --timeout")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "print the request instead of sending it; reads are still sent")
	return c
}

// changeEntry adds the argument and the flags of a command that changes an existing entry.
func (a *app) changeEntry(cmd *cobra.Command, formats ...string) *changing {
	c := a.change(cmd, formats...)
	cmd.Args, cmd.ValidArgsFunction = arguments(1, 1), c.completeEntries
	cmd.Flags().BoolVarP(&c.yes, "yes", "y", false, "do not ask before removing access")
	return c
}

// confirm asks before access is removed. Without a terminal it requires --yes.
func (c *changing) confirm(ctx context.Context, question string) error {
	if c.yes || c.dryRun {
		return nil
	}
	if !isTerminal(c.stdin) {
		return usagef("this removes access: use --yes to do it without confirmation")
	}
	return c.ask(ctx, bufio.NewReader(c.stdin), question)
}

// ask returns an error unless the answer to a question is yes.
func (a *app) ask(ctx context.Context, input *bufio.Reader, question string) error {
	fmt.Fprintf(a.stderr, "%s [y/N] ", printable(question))
	answer, err := a.answer(ctx, input)
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return errDeclined
	}
	return nil
}

// answer reads a line.
func (a *app) answer(ctx context.Context, input *bufio.Reader) (string, error) {
	line, err := await(ctx, func() (string, error) { return input.ReadString('\n') })
	if err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(a.stderr)
		return "", errors.Join(errDeclined, err)
	}
	return strings.TrimSpace(line), nil
}

// show prints what an entry loses and gains when its groups and policies become these. It returns
// what it loses, and whether it gains anything.
func (c *changing) show(entry access.Entry, groups []string, policies []access.Policy) (takes []string, adds bool) {
	before := desired.Grants{Groups: entry.Groups, Policies: entry.Policies}.Lines()
	after := desired.Grants{Groups: groups, Policies: policies}.Lines()
	c.say("%s on cluster %s:", printable(entry.Principal), entry.ClusterUUID)
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

// run calls f with a client and the UUID of the cluster, and prints the entry that f returns, if
// any. With --dry-run it prints the requests that f would have sent.
func (c *changing) run(
	cmd *cobra.Command, f func(ctx context.Context, client *access.Client, cluster string) (*access.Entry, error),
) error {
	var entry *access.Entry
	var options []access.Option
	if c.dryRun {
		options = []access.Option{access.WithHTTPClient(&http.Client{Transport: c}), once}
	}
	err := c.onCluster(cmd.Context(), func(ctx context.Context, client *access.Client, cluster string) (err error) {
		entry, err = f(ctx, client, cluster)
		return err
	}, options...)
	switch {
	case err != nil && !errors.Is(err, errDryRun):
		return err
	case c.dryRun:
		return c.writeUnsent(cmd.OutOrStdout())
	case entry == nil:
		return c.out.entries(cmd.OutOrStdout(), entry)
	}
	return c.out.entries(cmd.OutOrStdout(), entry, *entry)
}

// dryRunRequest is a request that --dry-run does not send.
type dryRunRequest struct {
	Method string          `json:"method"`
	URL    string          `json:"url"`
	Body   json.RawMessage `json:"body,omitempty"`
}

// errDryRun stops a change at its first request.
var errDryRun = errors.New("dry run")

// writeUnsent writes the requests: as a list with -o json and yaml, and as text otherwise.
func (c *changing) writeUnsent(w io.Writer) error {
	if c.out.format == "json" || c.out.format == "yaml" {
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

// RoundTrip sends reads and keeps all other requests.
func (c *changing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return cmp.Or(c.transport, http.DefaultTransport).RoundTrip(r)
	}
	request := dryRunRequest{Method: r.Method, URL: r.URL.String()}
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		var err error
		if request.Body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	c.unsent = append(c.unsent, request)
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GetConn != nil {
		trace.GetConn(r.URL.Host) // without a GotConn, the client knows that nothing was sent
	}
	return nil, errDryRun
}
