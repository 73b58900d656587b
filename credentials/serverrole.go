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
// metadata service of the server. They expire; five minutes before, they are renewed, by one caller
// while the others go on with the old ones.
type ServerRole struct {
	// Endpoint of the metadata service; when empty that of NCLOUD_METADATA_API_ENDPOINT, else
	// http://169.254.169.254.
	Endpoint string
	// Clock tells the time, time.Now when nil.
	Clock func() time.Time

	cached  atomic.Pointer[roleCredentials]
	failed  atomic.Int64  // when a renewal failed last, in nanoseconds since 1970
	renewal chan struct{} // holds a token while nobody renews
	once    sync.Once
}

type roleCredentials struct {
	signer.Credentials
	role string
}

const (
	renewBefore      = 5 * time.Minute
	retryRenewal     = 20 * time.Second // after a renewal that failed, while the old keys last
	maxMetadataBytes = 64 << 10
	rolePath         = "/latest/meta-data/iam/security-credentials/"
)

// The metadata service is on the same host: it answers at once or not at all, never through a
// proxy, and redirects nowhere.
var metadataClient = &http.Client{
	Timeout:       3 * time.Second,
	CheckRedirect: signer.NoRedirect,
	Transport:     &http.Transport{DialContext: (&net.Dialer{Timeout: time.Second}).DialContext, DisableKeepAlives: true},
}

// Credentials returns those of the role, from memory while they last.
func (s *ServerRole) Credentials(ctx context.Context) (signer.Credentials, error) {
	s.once.Do(func() {
		s.renewal = make(chan struct{}, 1)
		s.renewal <- struct{}{}
	})
	if c := s.cached.Load(); c != nil && s.lasts(c, renewBefore) {
		return c.Credentials, nil
	}
	select {
	case <-s.renewal:
	default:
		if c := s.cached.Load(); c != nil && s.lasts(c, 0) {
			return c.Credentials, nil // somebody else renews them
		}
		select {
		case <-s.renewal:
		case <-ctx.Done():
			return signer.Credentials{}, fmt.Errorf("%s: %w", s.Source(), ctx.Err())
		}
	}
	defer func() { s.renewal <- struct{}{} }()
	old := s.cached.Load()
	if old != nil && s.lasts(old, renewBefore) {
		return old.Credentials, nil // somebody else renewed them meanwhile
	}
	if old != nil && s.lasts(old, 0) && s.now().Sub(time.Unix(0, s.failed.Load())).Abs() < retryRenewal {
		return old.Credentials, nil
	}
	renewed, err := s.fetch(ctx)
	if err != nil {
		if old != nil && s.lasts(old, 0) {
			s.failed.Store(s.now().UnixNano())
			return old.Credentials, nil
		}
		return signer.Credentials{}, err
	}
	s.cached.Store(renewed)
	return renewed.Credentials, nil
}

// Source names the role once it is known.
func (s *ServerRole) Source() string {
	if c := s.cached.Load(); c != nil {
		return fmt.Sprintf("server role %s (%s)", c.role, s.endpoint())
	}
	return fmt.Sprintf("server role (%s)", s.endpoint())
}

// String is Source, so that a server role prints without its keys.
func (s *ServerRole) String() string { return s.Source() }

// GoString is Source.
func (s *ServerRole) GoString() string { return s.Source() }

func (s *ServerRole) endpoint() string {
	return strings.TrimSuffix(cmp.Or(s.Endpoint, os.Getenv("NCLOUD_METADATA_API_ENDPOINT"), "http://169.254.169.254"), "/")
}

func (s *ServerRole) lasts(c *roleCredentials, spare time.Duration) bool {
	return c.Expires.Sub(s.now()) > spare
}

func (s *ServerRole) now() time.Time {
	if s.Clock != nil {
		return s.Clock()
	}
	return time.Now()
}

// kindOf says why there was no answer, without what the server sent: that may be the secret key
// where a header should be.
func kindOf(err error) string {
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return dial.Error()
	case errors.Is(err, context.DeadlineExceeded) || os.IsTimeout(err):
		return "no answer in time"
	}
	return "the answer was no HTTP, or was cut off"
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
	var answer struct {
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		Expiration      time.Time
		Code, Message   string
	}
	// The text of a decoding error may quote the answer, which holds the secret key.
	if err := json.Unmarshal(data, &answer); err != nil {
		return nil, fmt.Errorf("%s: the answer for role %s is not the JSON that was expected", s.Source(), role)
	}
	if answer.AccessKeyID == "" || answer.SecretAccessKey == "" {
		return nil, fmt.Errorf("%s: no keys for role %s: %s", s.Source(), role, cmp.Or(strings.TrimSpace(answer.Code+" "+answer.Message), "no reason given"))
	}
	if answer.Expiration.IsZero() {
		return nil, fmt.Errorf("%s: the keys of role %s have no expiration", s.Source(), role)
	}
	return &roleCredentials{
		signer.Credentials{AccessKey: answer.AccessKeyID, SecretKey: answer.SecretAccessKey, Expires: answer.Expiration}, role,
	}, nil
}

func (s *ServerRole) get(ctx context.Context, role string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.endpoint()+rolePath+role, nil)
	if err != nil {
		return nil, fmt.Errorf("%s: the endpoint is not a URL", s.Source())
	}
	resp, err := metadataClient.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("%s: %w", s.Source(), ctx.Err())
		}
		return nil, &NotFoundError{s.Source(), kindOf(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusNotFound {
		return nil, &NotFoundError{s.Source(), "the server has no role"}
	}
	if resp.StatusCode != http.StatusOK {
		return nil, &NotFoundError{s.Source(), fmt.Sprintf("status %d", resp.StatusCode)}
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxMetadataBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: the answer was cut off", s.Source())
	}
	if len(data) > maxMetadataBytes {
		return nil, fmt.Errorf("%s: the answer is larger than %d bytes", s.Source(), maxMetadataBytes)
	}
	return data, nil
}
