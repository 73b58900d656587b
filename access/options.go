package access

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
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

// WithEnvironment picks the environment, and with it the first of its regions when there is no WithRegion. It comes before
// NCLOUD_API_GW.
func WithEnvironment(environment Environment) Option {
	return func(o *options) { o.environment = environment }
}

// WithBaseURL gives the whole base URL, such as https://nks.apigw.ntruss.com/vnks/v2. It comes before all else.
func WithBaseURL(url string) Option { return func(o *options) { o.baseURL = url } }

// WithProfile takes the key pair and the gateway of a profile of the configure file, whatever the environment says.
func WithProfile(profile string) Option { return func(o *options) { o.profile = profile } }

// WithCredentials signs with the key pair of provider.
func WithCredentials(provider signer.Provider) Option {
	return func(o *options) { o.credentials = provider }
}

// WithHTTPClient sends requests with client, except that it follows no redirects.
func WithHTTPClient(client *http.Client) Option { return func(o *options) { o.httpClient = client } }

// WithRetry changes how often and how long a call is tried. Fields that are zero keep their default.
func WithRetry(retry Retry) Option { return func(o *options) { o.retry = retry } }

// WithWait makes a change that meets a busy cluster wait until the cluster takes changes again, for at most d, before it is
// tried again.
func WithWait(d time.Duration) Option { return func(o *options) { o.wait = d } }

// WithLogger logs every attempt to logger at level debug: method, path, status, duration, no secret. That a busy cluster makes
// a call wait it logs at level info, in a sentence for people.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// WithUserAgent names the program in the User-Agent header, such as "my-operator/1.2".
func WithUserAgent(agent string) Option { return func(o *options) { o.userAgent = agent } }

// WithClock takes the time from clock, in tests.
func WithClock(clock func() time.Time) Option { return func(o *options) { o.clock = clock } }

// WithInsecureHTTP allows plain HTTP beyond this machine; see signer.WithInsecureHTTP.
func WithInsecureHTTP() Option { return func(o *options) { o.insecure = true } }

// Settings say what a client works with, and where that came from. They hold no secret.
type Settings struct {
	BaseURL       string `json:"baseUrl"`
	BaseURLSource string `json:"baseUrlSource"`
	Region        string `json:"region,omitempty"` // "" when only the base URL is known
}

// resolve finds the base URL: WithBaseURL, then WithEnvironment, then the gateway of the profile that was asked for, of
// NCLOUD_API_GW, or of the configure file, then the public environment.
func (o *options) resolve() (Settings, error) {
	if err := checkRegion(o.region); err != nil {
		return Settings{}, err
	}
	o.region = strings.ToUpper(o.region)
	if o.baseURL != "" {
		return Settings{o.baseURL, "given", o.region}, checkBaseURL("base URL", o.baseURL)
	}
	if o.environment != "" {
		location, err := locate(o.environment, o.region)
		return Settings{location.BaseURL, "environment " + string(o.environment), location.Region}, err
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
		gateway, source = url, "ncloud_api_url in "+file.Place()
	}
	if gateway != "" {
		base, err := gatewayURL(gateway, source, o.region)
		return Settings{base, source, o.region}, err
	}
	location, err := locate("", o.region)
	return Settings{location.BaseURL, "region " + location.Region, location.Region}, err
}

// keysFromFile reports whether the key pair may come from the configure file, whose gateway then belongs to it.
func (o *options) keysFromFile() bool {
	if o.profile != "" || o.credentials != nil {
		return o.credentials == nil
	}
	_, err := credentials.Environment{}.Credentials(context.Background())
	nothing := (*credentials.NotFoundError)(nil)
	return errors.As(err, &nothing)
}

// provider returns where the key pair comes from. The keys of a server role expire by the clock of the service, which is now.
func (o *options) provider(now func() time.Time) signer.Provider {
	switch {
	case o.credentials != nil:
		return o.credentials
	case o.profile != "":
		return credentials.NewChain(&credentials.File{Profile: o.profile, Logger: o.logger})
	}
	return credentials.NewChain(credentials.Environment{}, &credentials.File{Logger: o.logger}, &credentials.ServerRole{Clock: now})
}

// client returns the HTTP client, which follows no redirects: Go would send the signature along.
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

// proxy returns the proxy of the environment. Requests to this machine use none, so that their signatures do not leave it.
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

// Retry says how often and how long a call is tried. Only what may pass is tried again: 429, 409 of a busy cluster, 502, 503,
// 504, and connections that fail.
type Retry struct {
	MaxTries   int           // attempts in all, 5 when zero, 1 for none but the first
	MaxElapsed time.Duration // from the first attempt to the start of the last, 2 minutes when zero
	FirstPause time.Duration // the pause is random, up to twice this, which grows by half each time; 500ms when zero
	TryTimeout time.Duration // of one attempt, its answer read, 30 seconds when zero
}

func (r Retry) withDefaults() Retry {
	r.MaxTries = cmp.Or(max(r.MaxTries, 0), 5)
	r.MaxElapsed = cmp.Or(r.MaxElapsed, 2*time.Minute)
	r.FirstPause = cmp.Or(r.FirstPause, 500*time.Millisecond)
	r.TryTimeout = cmp.Or(r.TryTimeout, 30*time.Second)
	return r
}
