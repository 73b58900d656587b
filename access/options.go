package access

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

// Option changes what NewClient makes.
type Option func(*options)

type options struct {
	environment Environment
	region      string
	baseURL     string
	profile     string
	credentials signer.Provider
	httpClient  *http.Client
	retry       Retry
	wait        time.Duration
	logger      *slog.Logger
	userAgent   string
	clock       func() time.Time
	insecure    bool
}

// WithRegion picks the region: KR (the default), SGN, JPN, FKR or KRS.
func WithRegion(region string) Option { return func(o *options) { o.region = region } }

// WithEnvironment picks the environment: public, financial or government. Without WithRegion, its
// first region is used. It takes precedence over NCLOUD_API_GW.
func WithEnvironment(environment Environment) Option {
	return func(o *options) { o.environment = environment }
}

// WithBaseURL sets the base URL, such as https://nks.apigw.ntruss.com/vnks/v2. It takes precedence
// over everything else.
func WithBaseURL(url string) Option { return func(o *options) { o.baseURL = url } }

// WithProfile uses the key pair and the gateway of a profile of ~/.ncloud/configure. It takes
// precedence over the environment.
func WithProfile(profile string) Option { return func(o *options) { o.profile = profile } }

// WithCredentials sets the credentials provider. [signer.Static] makes one of a key pair.
func WithCredentials(provider signer.Provider) Option {
	return func(o *options) { o.credentials = provider }
}

// WithHTTPClient sets the HTTP client. Redirects are not followed, whatever the client says.
func WithHTTPClient(client *http.Client) Option { return func(o *options) { o.httpClient = client } }

// WithRetry sets how often and how long a call is retried. A zero field keeps its default.
func WithRetry(retry Retry) Option { return func(o *options) { o.retry = retry } }

// WithWait makes a change wait up to d for a busy cluster, instead of retrying a few times.
func WithWait(d time.Duration) Option { return func(o *options) { o.wait = d } }

// WithLogger sets the logger. Every attempt is logged at level debug: method, path, status and
// duration, no secret. At level info, a sentence for people says that a busy cluster delays a call.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// WithUserAgent adds the name of the program to the User-Agent header, such as "my-operator/1.2".
func WithUserAgent(agent string) Option { return func(o *options) { o.userAgent = agent } }

// WithClock sets the clock, for tests.
func WithClock(clock func() time.Time) Option { return func(o *options) { o.clock = clock } }

// WithInsecureHTTP allows plain HTTP to other machines; see [signer.WithInsecureHTTP].
func WithInsecureHTTP() Option { return func(o *options) { o.insecure = true } }

// Settings are the base URL and the region of a client. They hold no secret.
type Settings struct {
	BaseURL       string `json:"baseUrl"`
	BaseURLSource string `json:"baseUrlSource"`
	Region        string `json:"region,omitempty"` // empty if only the base URL is known
}

// resolve finds the base URL: WithBaseURL, then WithEnvironment, then the gateway of WithProfile,
// of NCLOUD_API_GW, or of the configure file, then the public environment.
func (o *options) resolve() (Settings, error) {
	o.region = strings.ToUpper(o.region)
	if o.baseURL != "" {
		if o.region != "" && !regionPattern.MatchString(o.region) {
			return Settings{}, &ValidationError{[]Problem{about("region", fmt.Sprintf("must be a code such as KR or SGN, not %q", o.region))}}
		}
		return Settings{o.baseURL, "given", o.region}, checkBaseURL("base URL", o.baseURL)
	}
	if o.environment != "" {
		location, err := locate(o.environment, o.region)
		return Settings{location.BaseURL, "environment " + string(location.Environment), location.Region}, err
	}
	if err := checkRegion(o.region); err != nil {
		return Settings{}, err
	}
	file := &credentials.File{Profile: o.profile}
	gateway, source := "", "NCLOUD_API_GW"
	if o.profile == "" {
		gateway = os.Getenv("NCLOUD_API_GW")
	}
	if gateway == "" && o.keysFromFile() {
		url, err := file.APIURL()
		if err != nil {
			return Settings{}, err
		}
		gateway, source = url, "ncloud_api_url in "+file.Source()
	}
	if gateway != "" {
		base, err := gatewayURL(gateway, source, o.region)
		return Settings{base, source, o.region}, err
	}
	location, err := locate("", o.region)
	return Settings{location.BaseURL, "region " + location.Region, location.Region}, err
}

// keysFromFile reports whether the key pair may come from the configure file. If so, its gateway is
// used, too.
func (o *options) keysFromFile() bool {
	if o.profile != "" || o.credentials != nil {
		return o.credentials == nil
	}
	_, err := credentials.Environment{}.Credentials(context.Background())
	nothing := (*credentials.NotFoundError)(nil)
	return errors.As(err, &nothing)
}

// provider returns the credentials provider. now is the clock of the service, by which the keys of
// a server role expire.
func (o *options) provider(now func() time.Time) signer.Provider {
	switch {
	case o.credentials != nil:
		return o.credentials
	case o.profile != "":
		return credentials.NewChain(&credentials.File{Profile: o.profile, Logger: o.logger})
	}
	return credentials.NewChain(credentials.Environment{}, &credentials.File{Logger: o.logger}, &credentials.ServerRole{Clock: now})
}

// client returns the HTTP client. It follows no redirects, because Go would send the signature
// along.
func (o *options) client() *http.Client {
	client := &http.Client{Transport: &http.Transport{
		Proxy:               proxy,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConnsPerHost: 8,
		IdleConnTimeout:     90 * time.Second,
		ForceAttemptHTTP2:   true,
	}}
	if o.httpClient != nil {
		given := *o.httpClient
		client = &given
	}
	client.CheckRedirect = signer.NoRedirect
	return client
}

// proxy returns the proxy of the environment. Requests to this machine use none, so that their
// signatures do not leave it.
func proxy(req *http.Request) (*url.URL, error) {
	if signer.IsLoopback(req.URL.Hostname()) {
		return nil, nil
	}
	return http.ProxyFromEnvironment(req)
}

func (o *options) agent() string {
	const own = "nks-access"
	if o.userAgent == "" {
		return own
	}
	return o.userAgent + " " + own
}

// Retry says how often and how long a call is retried. Throttling (429), busy clusters (409), 502,
// 503, 504 and network errors are retried.
type Retry struct {
	MaxTries   int           // attempts in all; 5 if zero; 1 turns retries off
	MaxElapsed time.Duration // from the first attempt to the start of the last; 2 minutes if zero
	FirstPause time.Duration // a random pause up to twice this time, which grows by half; 500 ms if zero
	TryTimeout time.Duration // of one attempt, until its response is read; 30 seconds if zero
}

func (r Retry) withDefaults() Retry {
	r.MaxTries = cmp.Or(max(r.MaxTries, 0), 5)
	r.MaxElapsed = cmp.Or(r.MaxElapsed, 2*time.Minute)
	r.FirstPause = cmp.Or(r.FirstPause, 500*time.Millisecond)
	r.TryTimeout = cmp.Or(r.TryTimeout, 30*time.Second)
	return r
}
