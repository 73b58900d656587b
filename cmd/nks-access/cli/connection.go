package cli

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// connection holds the flags that say how a command reaches the service.
type connection struct {
	voice
	profile, region, environment, url string
	cluster                           string // only of commands for one cluster
	names                             string // only of commands that show names
	allRegions                        bool   // only of commands with --all-regions
	timeout, wait                     time.Duration
	debug                             bool
}

func newConnection(a *app) connection { return connection{voice: voice{app: a}} }

// limit is the default of --timeout, and its help.
type limit struct {
	timeout time.Duration
	usage   string
}

const (
	usageTimeout        = "limit of `TIME` for the command"
	usageTimeoutAndWait = "limit of `TIME` for the command, without --wait"
)

var (
	readLimit  = limit{2 * time.Minute, usageTimeout}        // on one cluster
	writeLimit = limit{2 * time.Minute, usageTimeoutAndWait} // on one cluster
	fleetLimit = limit{2 * time.Hour, usageTimeout}          // on all clusters
	applyLimit = limit{2 * time.Hour, usageTimeoutAndWait}   // on all clusters
)

// addFlags adds the flags of a connection to cmd.
func (c *connection) addFlags(cmd *cobra.Command, l limit) {
	flags := cmd.Flags()
	flags.StringVar(&c.profile, "profile", "",
		"take keys and gateway from `PROFILE` of ~/.ncloud/configure (environment: NCLOUD_PROFILE)")
	flags.StringVar(&c.region, "region", "", "code of the `REGION`: KR, SGN, JPN, FKR or KRS (environment: NCLOUD_REGION)")
	complete(cmd, "region", fixed(regions()...))
	flags.StringVar(&c.environment, "environment", "", "service `ENVIRONMENT`: public, financial or government")
	complete(cmd, "environment", fixed(string(access.Public), string(access.Financial), string(access.Government)))
	flags.StringVar(&c.url, "url", "", "base `URL` of the service, such as https://nks.apigw.ntruss.com/vnks/v2")
	flags.DurationVar(&c.timeout, "timeout", l.timeout, l.usage)
	flags.BoolVar(&c.debug, "debug", false, "log each request to stderr, without secrets")
	c.addQuietFlag(cmd, "print nothing but results and errors")
}

// client returns a client as the flags and the environment say.
func (c *connection) client(more ...access.Option) (*access.Client, error) {
	if err := c.checkTimes(); err != nil {
		return nil, err
	}
	options := []access.Option{
		access.WithUserAgent("nks-access/" + versionString()),
		access.WithLogger(term.NewLogger(c.stderr, c.logLevel())),
		access.WithWait(c.wait),
		access.WithProfile(c.profile),
		access.WithRegion(orEnv(c.region, "NCLOUD_REGION")),
		access.WithEnvironment(access.Environment(c.environment)),
		access.WithBaseURL(c.url),
		access.WithOnWarning(c.warn),
	}
	if c.transport != nil {
		options = append(options, access.WithHTTPClient(&http.Client{Transport: c.transport}))
	}
	client, err := access.NewClient(append(options, more...)...)
	return client, c.sourceOfSetting(err)
}

func (c *connection) checkTimes() error {
	if c.timeout <= 0 || c.wait < 0 {
		return usagef("--timeout must be positive, and --wait must not be negative")
	}
	return nil
}

func (c *connection) logLevel() slog.Level {
	if c.debug {
		return slog.LevelDebug
	}
	if c.quiet {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// deadline returns a context that ends after --timeout plus --wait.
func (c *connection) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout+c.wait)
}

// readDeadline returns a context that ends after --timeout, for what does not wait for a busy cluster.
func (c *connection) readDeadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, c.timeout)
}

// orEnv returns value, or the environment variable if value is empty.
func orEnv(value, variable string) string { return cmp.Or(value, os.Getenv(variable)) }
