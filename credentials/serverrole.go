package credentials

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/nks-access/nks-access/signer"
)

// ServerRole gets the credentials of the role of the server that the program runs on, from the
// metadata service of the server. It renews them five minutes before they expire. One request serves
// all callers that wait for it.
type ServerRole struct {
	Endpoint string           // NCLOUD_METADATA_API_ENDPOINT, or http://169.254.169.254, if empty
	Clock    func() time.Time // time.Now if nil

	cached   atomic.Pointer[roleCredentials]
	renewals singleflight.Group
}

type roleCredentials struct {
	signer.Credentials
	role    string
	renewAt time.Time
}

const (
	renewBefore  = 5 * time.Minute
	retryRenewal = 20 * time.Second // after a failed renewal, while the old keys are valid
)

// Credentials returns the credentials of the role. It caches them until they must be renewed. It
// returns a [*NotFoundError] if there is no metadata service or no role, and an [*InvalidError] if
// the service sends no usable key pair. If a renewal fails, it returns the old credentials until they
// expire.
func (s *ServerRole) Credentials(ctx context.Context) (signer.Credentials, error) {
	if cached := s.cached.Load(); cached.fresh(s.now()) {
		return cached.Credentials, nil
	}
	// Other callers may wait for this request longer than ctx lasts. The HTTP client limits its time.
	renewal := s.renewals.DoChan("", func() (any, error) { return s.renew(context.WithoutCancel(ctx)) })
	select {
	case result := <-renewal:
		if result.Err != nil {
			return signer.Credentials{}, result.Err
		}
		return result.Val.(*roleCredentials).Credentials, nil
	case <-ctx.Done():
		return signer.Credentials{}, fmt.Errorf("%s: %w", s.Source(), ctx.Err())
	}
}

func (s *ServerRole) renew(ctx context.Context) (*roleCredentials, error) {
	cached := s.cached.Load()
	if cached.fresh(s.now()) {
		return cached, nil // renewed since the caller looked
	}
	service := metadataService{endpoint: s.endpoint(), source: s.Source()}
	renewed, err := service.roleCredentials(ctx)
	if err != nil {
		if !cached.valid(s.now()) {
			return nil, err
		}
		renewed = &roleCredentials{cached.Credentials, cached.role, s.now().Add(retryRenewal)}
	}
	s.cached.Store(renewed)
	return renewed, nil
}

func (c *roleCredentials) valid(now time.Time) bool { return c != nil && now.Before(c.Expires) }
func (c *roleCredentials) fresh(now time.Time) bool { return c.valid(now) && now.Before(c.renewAt) }

func (s *ServerRole) now() time.Time {
	if s.Clock != nil {
		return s.Clock()
	}
	return time.Now()
}

func (s *ServerRole) endpoint() string {
	return strings.TrimSuffix(cmp.Or(s.Endpoint, os.Getenv("NCLOUD_METADATA_API_ENDPOINT"), "http://169.254.169.254"), "/")
}

// Source names the role once it is known.
func (s *ServerRole) Source() string {
	if cached := s.cached.Load(); cached != nil {
		return fmt.Sprintf("server role %s (%s)", cached.role, s.endpoint())
	}
	return fmt.Sprintf("server role (%s)", s.endpoint())
}

// Format prints Source, so that a server role prints without its keys.
func (s *ServerRole) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.Source()) }
