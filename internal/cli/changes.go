package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

// changing is what commands share that change something.
type changing struct {
	*connection
	yes    bool
	dryRun bool
}

func (a *app) change(cmd *cobra.Command) *changing {
	c := &changing{connection: a.connect(cmd, true)}
	cmd.Flags().DurationVar(&c.wait, "wait", 0, "when the cluster is busy, wait up to `TIME` for it, on top of --timeout")
	cmd.Flags().BoolVar(&c.dryRun, "dry-run", false, "print the request in place of sending it; what it depends on is read all the same")
	return c
}

// asks adds --yes to a command that may take access away.
func (c *changing) asks(cmd *cobra.Command) {
	cmd.Flags().BoolVarP(&c.yes, "yes", "y", false, "do not ask before access is taken away")
}

// confirm asks before access is taken away: on a terminal a person, elsewhere it takes --yes.
func (c *changing) confirm(ctx context.Context, question string) error {
	if c.yes || c.dryRun {
		return nil
	}
	if !isTerminal(c.stdin) {
		return usagef("this takes access away: give --yes to do it without being asked")
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

// show prints what a change takes away and adds, and returns what it takes, and whether it adds.
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

// dryRunError stops a request that --dry-run has printed.
type dryRunError struct{}

func (dryRunError) Error() string { return "dry run" }

// dryRunTransport lets reads through, and prints any other request in place of sending it.
type dryRunTransport struct {
	*changing
	next http.RoundTripper
}

func (t dryRunTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodGet {
		return t.next.RoundTrip(r)
	}
	request := fmt.Sprintf("%s %s\n", r.Method, r.URL)
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		request += fmt.Sprintf("Content-Type: %s\n\n%s\n", r.Header.Get("Content-Type"), body)
	}
	if _, err := io.WriteString(t.stdout, request); err != nil {
		return nil, err
	}
	return nil, dryRunError{}
}

// options are those of a client that changes something.
func (c *changing) options() []access.Option {
	if !c.dryRun {
		return nil
	}
	next := c.transport
	if next == nil {
		next = http.DefaultTransport
	}
	return []access.Option{
		access.WithHTTPClient(&http.Client{Transport: dryRunTransport{c, next}}), access.WithRetry(access.Retry{MaxTries: 1}),
	}
}
