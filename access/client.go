// Package access is a client for the access entries of NAVER Cloud's Kubernetes service (NKS): who
// may enter which cluster.
//
//	client, err := access.NewClient(access.WithRegion("SGN"))
//	principal, err := access.ParseNRN("nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4")
//	entry, created, err := client.Ensure(ctx, cluster, access.NewEntry{
//		Principal: principal,
//		Grants:    access.Grants{Policies: []access.Policy{access.View.OnCluster()}},
//	})
//
// It adds credentials, base URLs, validation, conditions, retries and typed errors to the generated
// client of gen/nks. The values [NRN], [Policy], [Grants], [Entry] and [Cluster] hold the rules about
// them.
//
// The outcome of a change is known even if its response is lost: the client reads the state before
// each attempt and before it returns an error, which can take up to 20 seconds after the last
// attempt. If that does not tell, the error is [ErrUnknownOutcome]. Every other error says that the
// change was not made. Create never sends a second request after one that may have arrived.
//
// A change that would take the last cluster-wide administrator from a cluster ends with [ErrNoAdmin],
// unless [AllowNoAdmin] is given.
//
// Use errors.Is to tell errors apart ([ErrNotFound], [ErrExists], [ErrBusy], [ErrUnknownOutcome],
// …). errors.As finds an [*Error] with the response of the service, or a [*ValidationError] for a
// request that was not sent.
package access

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

// Client manages access entries. It is safe for concurrent use.
//
// Every method returns an [*Error] if a call fails, and an error that is [ErrInvalid] for arguments that
// are not sent. Errors of the credentials are wrapped. The comments of the methods name other errors.
type Client struct {
	gateway *gateway.Gateway
	service service
	wait    time.Duration
}

// NewClient returns a client. Without options it uses the configuration of the provider's command
// line. It looks for credentials when it signs the first request. The error is [ErrInvalid] if the
// base URL, environment or region is invalid.
func NewClient(opts ...Option) (*Client, error) {
	var o options
	for _, option := range opts {
		option(&o)
	}
	g, err := gateway.New(o.gateway)
	if err != nil {
		return nil, err
	}
	api, err := newV2(g)
	if err != nil {
		return nil, err
	}
	return &Client{gateway: g, service: api, wait: o.wait}, nil
}

// Settings returns the base URL and the region of the client, and where they come from.
func (c *Client) Settings() Settings { return c.gateway.Settings() }

// Credentials returns the credentials provider of the client.
func (c *Client) Credentials() signer.Provider { return c.gateway.Credentials() }

// Gateway returns the gateway of the client, for another API of the provider.
func (c *Client) Gateway() *gateway.Gateway { return c.gateway }

// Format prints only the base URL, because a credentials provider may hold a secret key.
func (c Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, "access client for "+c.Settings().BaseURL)
}

// parseUUID returns the UUID of a cluster or an entry. No other text becomes part of a path.
func parseUUID(field, text string) (uuid.UUID, error) {
	if IsUUID(text) {
		return uuid.Parse(text)
	}
	var found problems
	found.add(Path{field}, "must be a UUID, such as 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000, not %q", text)
	return uuid.UUID{}, found.err()
}

// read makes one read with retries. op says what is tried, for errors.
func read[T any](ctx context.Context, c *Client, op string, attempt func(context.Context) (T, error)) (T, error) {
	var result T
	err := c.gateway.Read(ctx, op, func(ctx context.Context) error {
		var err error
		result, err = attempt(ctx)
		return err
	})
	return result, err
}
