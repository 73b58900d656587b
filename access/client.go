// Package access is a client for the access entries of NAVER Cloud's Kubernetes service (NKS): who
// may enter which cluster.
//
//	client, err := access.NewClient(access.WithRegion("SGN"))
//	entry, created, err := client.Create(ctx, cluster, access.NewEntry{
//		Principal: "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4",
//		Policies:  []access.Policy{{Type: access.ViewPolicy, Scope: access.ClusterScope}},
//	})
//
// It adds credentials, base URLs, validation, retries and typed errors to the generated client of
// gen/nks. The outcome of a change is known even if its response is lost: the client reads the
// state before it retries and before it returns an error, which can take up to 20 seconds after the
// last attempt. Create never makes two entries.
//
// Use errors.Is to tell errors apart ([ErrNotFound], [ErrExists], [ErrBusy], [ErrUnknownOutcome],
// …). errors.As finds an [*Error] with the response of the service, or a [*ValidationError] for a
// request that was not sent.
package access

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

// Client manages access entries. It is safe for concurrent use.
type Client struct {
	options
	api      nks.ClientInterface
	signer   *signer.Signer
	settings Settings
}

// NewClient returns a client. Without options it uses the configuration of the provider's command
// line. It looks for credentials when it signs the first request. It returns a [*ValidationError]
// if the base URL, environment or region is invalid.
func NewClient(opts ...Option) (*Client, error) {
	c := &Client{}
	for _, option := range opts {
		option(&c.options)
	}
	c.logger = cmp.Or(c.logger, slog.New(slog.DiscardHandler))
	if c.clock == nil {
		c.clock = time.Now
	}
	var err error
	if c.settings, err = c.resolve(); err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	c.retry = c.retry.withDefaults()
	if c.credentials == nil {
		c.credentials = c.keys(c.now)
	}
	c.signer = signer.New(c.credentials, append(c.signing, signer.WithClock(c.clock))...)
	agent := strings.TrimSpace(c.userAgent + " nks-access")
	c.api, err = nks.NewClient(c.settings.BaseURL, nks.WithHTTPClient(sender{c.client(), c.logger}),
		nks.WithRequestEditorFn(func(_ context.Context, req *http.Request) error {
			req.Header.Set("User-Agent", agent)
			if c.settings.Region != "" {
				req.Header.Set("X-Ncp-Region_code", c.settings.Region) // as the provider's Go SDK does
			}
			return nil
		}),
		nks.WithRequestEditorFn(c.signer.Sign))
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return c, nil
}

// now returns the local time, corrected by the known clock offset.
func (c *Client) now() time.Time { return c.clock().Add(c.signer.ClockOffset()) }

// Settings returns the base URL and the region of the client, and where they come from.
func (c *Client) Settings() Settings { return c.settings }

// Provider returns the credentials provider of the client.
func (c *Client) Provider() signer.Provider { return c.credentials }

// Format prints only the base URL, because a credentials provider may hold a secret key.
func (c Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, "access client for "+c.settings.BaseURL)
}
