package credentials

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nks-access/nks-access/signer"
)

// ServerRole gets the credentials of the role of the server that the program runs on, from the
// metadata service of the server. Five minutes before they expire, one caller renews them while the
// others use the old ones.
type ServerRole struct {
	Endpoint string           // NCLOUD_METADATA_API_ENDPOINT, or http://169.254.169.254, if empty
	Clock    func() time.Time // time.Now if nil

	cached   atomic.Pointer[roleCredentials]
	renewing chan struct{} // is full while a caller renews
	once     sync.Once
}

type roleCredentials struct {
	signer.Credentials
	role    string
	renewAt time.Time
}

const (
	renewBefore  = 5 * time.Minute
	retryRenewal = 20 * time.Second // after a failed renewal, while the old keys are valid
	rolePath     = "/latest/meta-data/iam/security-credentials/"
)

// The metadata service is on the same host: it responds at once or never, without a proxy.
var metadataClient = &http.Client{
	Timeout:       3 * time.Second,
	CheckRedirect: signer.NoRedirect,
	Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: time.Second}).DialContext, DisableKeepAlives: true},
}

// Credentials returns the credentials of the role. It caches them until they must be renewed.
func (s *ServerRole) Credentials(ctx context.Context) (signer.Credentials, error) {
	s.once.Do(func() {
		s.renewing = make(chan struct{}, 1)
		if s.Clock == nil {
			s.Clock = time.Now
		}
	})
	cached := s.cached.Load()
	if cached.fresh(s.Clock()) {
		return cached.Credentials, nil
	}
	select {
	case s.renewing <- struct{}{}:
	default:
		if cached.valid(s.Clock()) {
			return cached.Credentials, nil // another caller renews them
		}
		select {
		case s.renewing <- struct{}{}:
		case <-ctx.Done():
			return signer.Credentials{}, fmt.Errorf("%s: %w", s.Source(), ctx.Err())
		}
	}
	defer func() { <-s.renewing }()
	if cached = s.cached.Load(); cached.fresh(s.Clock()) {
		return cached.Credentials, nil // another caller has renewed them
	}
	renewed, err := s.fetch(ctx)
	if err != nil {
		if !cached.valid(s.Clock()) {
			return signer.Credentials{}, err
		}
		renewed = &roleCredentials{cached.Credentials, cached.role, s.Clock().Add(retryRenewal)}
	}
	s.cached.Store(renewed)
	return renewed.Credentials, nil
}

func (c *roleCredentials) valid(now time.Time) bool { return c != nil && now.Before(c.Expires) }
func (c *roleCredentials) fresh(now time.Time) bool { return c.valid(now) && now.Before(c.renewAt) }

// Source names the role once it is known.
func (s *ServerRole) Source() string {
	if c := s.cached.Load(); c != nil {
		return fmt.Sprintf("server role %s (%s)", c.role, s.endpoint())
	}
	return fmt.Sprintf("server role (%s)", s.endpoint())
}

// Format prints Source, so that a server role prints without its keys.
func (s *ServerRole) Format(f fmt.State, _ rune) { _, _ = fmt.Fprint(f, s.Source()) }

func (s *ServerRole) endpoint() string {
	return strings.TrimSuffix(cmp.Or(s.Endpoint, os.Getenv("NCLOUD_METADATA_API_ENDPOINT"), "http://169.254.169.254"), "/")
}

func (s *ServerRole) fetch(ctx context.Context) (*roleCredentials, error) {
	list, err := s.get(ctx, "")
	if err != nil {
		return nil, err
	}
	role, _, _ := strings.Cut(strings.TrimSpace(string(list)), "\n")
	role = strings.TrimSpace(role)
	if role == "" {
		return nil, &NotFoundError{s.Source(), "the server has no role"}
	}
	data, err := s.get(ctx, url.PathEscape(role))
	if err != nil {
		return nil, err
	}
	var response struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Expiration      time.Time
		Code, Message   string
	}
	// The text of a decoding error may quote the response, which contains the secret key.
	if err := json.Unmarshal(data, &response); err != nil {
		return nil, fmt.Errorf("%s: the response for role %s is not the expected JSON", s.Source(), role)
	}
	if response.AccessKeyID == "" || response.SecretAccessKey == "" || response.Expiration.IsZero() {
		return nil, fmt.Errorf("%s: role %s has no keys, or they have no expiration (code %q, message %q)",
			s.Source(), role, response.Code, response.Message)
	}
	return &roleCredentials{
		signer.Credentials{AccessKey: response.AccessKeyID, SecretKey: response.SecretAccessKey, Expires: response.Expiration},
		role, response.Expiration.Add(-renewBefore),
	}, nil
}

func (s *ServerRole) get(ctx context.Context, role string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint()+rolePath+role, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: the endpoint is not a URL", s.Source())
	}
	resp, err := metadataClient.Do(req)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, fmt.Errorf("%s: %w", s.Source(), ctx.Err())
	case err != nil:
		return nil, &NotFoundError{s.Source(), failure(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, &NotFoundError{s.Source(), fmt.Sprintf("the service has no role: status %d", resp.StatusCode)}
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBytes))
	if err != nil {
		return nil, fmt.Errorf("%s: the response was cut off", s.Source())
	}
	return data, nil
}

// failure says why there was no response, without what the server sent: that may be the secret key
// where a header should be.
func failure(err error) string {
	if dial := (*net.OpError)(nil); errors.As(err, &dial) && dial.Op == "dial" {
		return dial.Error()
	}
	return "no valid HTTP response in time"
}
