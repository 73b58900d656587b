package access

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

// Option configures a [Client].
type Option func(*options)

type options struct {
	gateway gateway.Config
	wait    time.Duration
}

// Environment is a platform of the provider. Each has its own accounts and clusters.
type Environment = gateway.Environment

// The environments.
const (
	Public     = gateway.Public
	Financial  = gateway.Financial
	Government = gateway.Government
)

// Retry says how often and how long a call is retried.
type Retry = gateway.Retry

// Settings are the base URL and the region of a client.
type Settings = gateway.Settings

// WithRegion picks the region: KR (the default), SGN, JPN, FKR or KRS.
func WithRegion(region string) Option { return func(o *options) { o.gateway.Region = region } }

// WithEnvironment picks the environment: public, financial or government. Without WithRegion, its
// first region is used. It takes precedence over NCLOUD_API_GW.
func WithEnvironment(environment Environment) Option {
	return func(o *options) { o.gateway.Environment = environment }
}

// WithBaseURL sets the base URL, such as https://nks.apigw.ntruss.com/vnks/v2. It takes precedence
// over everything else.
func WithBaseURL(url string) Option { return func(o *options) { o.gateway.BaseURL = url } }

// WithProfile uses the key pair and the gateway of a profile of ~/.ncloud/configure. It takes
// precedence over the environment variables.
func WithProfile(profile string) Option { return func(o *options) { o.gateway.Profile = profile } }

// WithCredentials sets the credentials provider. [signer.Static] makes one of a key pair.
func WithCredentials(provider signer.Provider) Option {
	return func(o *options) { o.gateway.Credentials = provider }
}

// WithHTTPClient sets the HTTP client. Its CheckRedirect is ignored: redirects are never followed.
func WithHTTPClient(client *http.Client) Option {
	return func(o *options) { o.gateway.HTTPClient = client }
}

// WithRetry sets how often and how long a call is retried. A zero field keeps its default.
func WithRetry(retry Retry) Option { return func(o *options) { o.gateway.Retry = retry } }

// WithWait makes a change wait up to d for a busy cluster, instead of retrying a few times.
func WithWait(d time.Duration) Option { return func(o *options) { o.wait = d } }

// WithLogger sets the logger. Every attempt is logged at level debug: method, path, status and
// duration, but no secret. A wait for a busy cluster is logged at level info.
func WithLogger(logger *slog.Logger) Option { return func(o *options) { o.gateway.Logger = logger } }

// WithOnWarning sets what is called with a sentence that a person must see, such as that the clock of
// this machine is wrong. By default it is logged at level warn.
func WithOnWarning(f func(sentence string)) Option {
	return func(o *options) { o.gateway.OnWarning = f }
}

// WithUserAgent adds the name of the program to the User-Agent header, such as "my-operator/1.2".
func WithUserAgent(agent string) Option { return func(o *options) { o.gateway.UserAgent = agent } }

// WithBeforeSend sets what is called with each signed request right before it is sent. If it returns
// an error, the request is not sent, and the call ends with that error.
func WithBeforeSend(f func(*http.Request) error) Option {
	return func(o *options) { o.gateway.BeforeSend = f }
}

// WithInsecureHTTP allows plain HTTP to other machines; see [signer.WithInsecureHTTP].
func WithInsecureHTTP() Option { return func(o *options) { o.gateway.AllowInsecureHTTP = true } }
