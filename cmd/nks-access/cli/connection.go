package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
)

// connection holds the flags that say how a command reaches the service.
type connection struct {
	*app
	profile, region, environment, url, cluster string
	timeout, wait                              time.Duration
	debug, quiet                               bool
}

// connect adds the flags of a connection to cmd. A command that works on one cluster also gets
// --cluster.
func (a *app) connect(cmd *cobra.Command, ofCluster bool) *connection {
	c := &connection{app: a}
	flags := cmd.Flags()
	if ofCluster {
		flags.StringVar(&c.cluster, "cluster", "", "`CLUSTER`, by UUID or name (environment: NKS_CLUSTER)")
		complete(cmd, "cluster", c.completeClusters)
	}
	flags.StringVar(&c.profile, "profile", "", "`PROFILE` of ~/.ncloud/configure to take keys and gateway from (environment: NCLOUD_PROFILE)")
	flags.StringVar(&c.region, "region", "", "`REGION`: KR, SGN, JPN, FKR or KRS (environment: NCLOUD_REGION)")
	complete(cmd, "region", fixed(regions()...))
	flags.StringVar(&c.environment, "environment", "", "`ENVIRONMENT`: public, financial or government")
	complete(cmd, "environment", fixed(string(access.Public), string(access.Financial), string(access.Government)))
	flags.StringVar(&c.url, "url", "", "base `URL` of the service, such as https://nks.apigw.ntruss.com/vnks/v2")
	flags.DurationVar(&c.timeout, "timeout", 2*time.Minute, "`TIME` for the whole command, retries and waits included")
	flags.BoolVar(&c.debug, "debug", false, "log each request to stderr, without secrets")
	flags.BoolVarP(&c.quiet, "quiet", "q", false, "print nothing but results and errors")
	return c
}

// client returns a client as the flags and the environment say.
func (c *connection) client(more ...access.Option) (*access.Client, error) {
	if c.timeout <= 0 || c.wait < 0 {
		return nil, usagef("--timeout must be positive, and --wait must not be negative")
	}
	level := slog.LevelInfo
	switch {
	case c.debug:
		level = slog.LevelDebug
	case c.quiet:
		level = slog.LevelError
	}
	options := []access.Option{
		access.WithUserAgent("nks-access/" + versionString()),
		access.WithLogger(slog.New(sentences{slog.NewTextHandler(c.stderr, &slog.HandlerOptions{Level: level}), c.stderr})),
		access.WithWait(c.wait),
		access.WithProfile(c.profile),
		access.WithRegion(orEnv(c.region, "NCLOUD_REGION")),
		access.WithEnvironment(access.Environment(c.environment)),
		access.WithBaseURL(c.url),
	}
	if c.transport != nil {
		options = append(options, access.WithHTTPClient(&http.Client{Transport: c.transport}))
	}
	return access.NewClient(append(options, more...)...)
}

// deadline returns a context that ends after --timeout plus --wait.
func (c *connection) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout+c.wait)
}

// onCluster calls f with a client and the UUID of the cluster that --cluster or NKS_CLUSTER names.
func (c *connection) onCluster(
	ctx context.Context, f func(ctx context.Context, client *access.Client, cluster string) error, more ...access.Option,
) error {
	cluster := orEnv(c.cluster, "NKS_CLUSTER")
	if cluster == "" {
		return usagef("missing cluster: use --cluster or set NKS_CLUSTER; nks-access clusters lists them")
	}
	client, err := c.client(more...)
	if err != nil {
		return err
	}
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	if !access.IsUUID(cluster) {
		found, err := client.Cluster(ctx, cluster)
		if err != nil {
			return err
		}
		cluster = found.UUID
	}
	return f(ctx, client, cluster)
}

func orEnv(value, name string) string { return cmp.Or(value, os.Getenv(name)) }

// say prints words for people, on stderr.
func (c *connection) say(format string, args ...any) {
	if !c.quiet {
		fmt.Fprintf(c.stderr, format+"\n", args...)
	}
}

// sentences writes messages for people, at level info and above, as plain lines.
type sentences struct {
	slog.Handler
	w io.Writer
}

func (s sentences) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < slog.LevelInfo {
		return s.Handler.Handle(ctx, r)
	}
	line := r.Message
	if r.Level >= slog.LevelWarn {
		line = "Warning: " + line
	}
	r.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprintf(" (%s: %s)", a.Key, a.Value)
		return true
	})
	_, err := fmt.Fprintln(s.w, printable(line))
	return err
}
