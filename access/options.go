package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
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
	signing     []signer.Option
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

// WithHTTPClient sets the HTTP client. Its CheckRedirect is ignored: redirects are never followed.
func WithHTTPClient(client *http.Client) Option { return func(o *options) { o.httpClient = client } }

// WithRetry sets how often and how long a call is retried. A zero field keeps its default.
func WithRetry(retry Retry) Option { return func(o *options) { o.retry = retry } }

// WithWait makes a change wait up to d for a busy cluster, instead of retrying a few times.
func WithWait(d time.Duration) Option { return func(o *options) { o.wait = d } }

// WithLogger sets the logger. Every attempt is logged at level debug: method, path, status and
// duration, but no secret. A wait for a busy cluster is logged at level info.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.logger = logger } }

// WithUserAgent adds the name of the program to the User-Agent header, such as "my-operator/1.2".
func WithUserAgent(agent string) Option { return func(o *options) { o.userAgent = agent } }

// WithClock sets the clock, for tests.
func WithClock(clock func() time.Time) Option { return func(o *options) { o.clock = clock } }

// WithInsecureHTTP allows plain HTTP to other machines; see [signer.WithInsecureHTTP].
func WithInsecureHTTP() Option {
	return func(o *options) { o.signing = append(o.signing, signer.WithInsecureHTTP()) }
}

// Settings are the base URL and the region of a client. They hold no secret.
type Settings struct {
	BaseURL       string `json:"baseUrl"`
	BaseURLSource string `json:"baseUrlSource"`
	Region        string `json:"region,omitempty"` // empty if only the base URL is known
}

// resolve finds the base URL: WithBaseURL, then WithEnvironment, then the gateway of WithProfile,
// of NCLOUD_API_GW, or of the configure file, then the public environment.
func (o *options) resolve() (Settings, error) {
	region := strings.ToUpper(o.region)
	if o.baseURL != "" {
		if region != "" && !regionPattern.MatchString(region) { // it is sent in a header
			return Settings{}, violation("region", fmt.Sprintf("must be a code such as KR or SGN, not %q", region))
		}
		return Settings{o.baseURL, "given", region}, checkBaseURL("base URL", o.baseURL)
	}
	gateway, source, err := o.gateway()
	if err != nil {
		return Settings{}, err
	}
	if gateway != "" {
		base, err := gatewayURL(gateway, source, region)
		return Settings{base, source, region}, err
	}
	location, err := locate(o.environment, region)
	source = fmt.Sprintf("region %s of the %s environment", location.Region, location.Environment)
	return Settings{location.BaseURL, source, location.Region}, err
}

// gateway returns the gateway that the user has configured, or "". The one of the configure file
// counts only if the key pair may come from there, too.
func (o *options) gateway() (gateway, source string, err error) {
	_, err = credentials.Environment{}.Credentials(context.Background())
	noKeys := (*credentials.NotFoundError)(nil)
	switch gateway = os.Getenv("NCLOUD_API_GW"); {
	case o.environment != "":
		return "", "", nil
	case o.profile == "" && gateway != "":
		return gateway, "NCLOUD_API_GW", nil
	case o.credentials != nil, o.profile == "" && !errors.As(err, &noKeys):
		return "", "", nil
	}
	file := &credentials.File{Profile: o.profile}
	gateway, err = file.APIURL()
	return gateway, "ncloud_api_url in " + file.Source(), err
}

// keys returns the default credentials provider. now is the clock of the service, by which the keys
// of a server role expire.
func (o *options) keys(now func() time.Time) signer.Provider {
	file := &credentials.File{Profile: o.profile, Logger: o.logger}
	if o.profile != "" {
		return credentials.NewChain(file)
	}
	return credentials.NewChain(credentials.Environment{}, file, &credentials.ServerRole{Clock: now})
}

// client returns the HTTP client. It follows no redirects, because Go would send the signature
// along. http.ProxyFromEnvironment selects no proxy for this machine.
func (o *options) client() *http.Client {
	transport := &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
	}
	client := *cmp.Or(o.httpClient, &http.Client{Transport: transport})
	client.CheckRedirect = signer.NoRedirect
	return &client
}
