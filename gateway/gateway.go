// Package gateway sends signed requests to NAVER Cloud's API Gateway. Package access and package
// directory use it; programs use those.
//
// It knows the base URLs and where users configure them, finds the credentials, signs, corrects a
// wrong local clock, retries, and turns every failed response into an [*Error].
//
//	g, err := gateway.New(gateway.Config{Region: "SGN"})
//	client, err := nks.NewClient(g.Settings().BaseURL, nks.WithHTTPClient(g))
//	err = g.Read(ctx, "list clusters", func(ctx context.Context) error {
//		resp, err := client.ListClusters(ctx)
//		if err != nil {
//			return err
//		}
//		return gateway.Decode(resp, &clusters)
//	})
package gateway

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

// Config configures a [Gateway]. The zero value uses the configuration of the provider's command
// line, and the public environment.
type Config struct {
	// Environment is public, financial or government. It takes precedence over NCLOUD_API_GW.
	Environment Environment
	// Region is the code of the region, such as KR. Empty means the first of the environment.
	Region string
	// BaseURL is the base URL, such as https://nks.apigw.ntruss.com/vnks/v2. It takes precedence over
	// everything else.
	BaseURL string
	// Profile is the profile of ~/.ncloud/configure. Its key pair and its gateway take precedence over
	// the environment variables.
	Profile string
	// Credentials is where key pairs come from. Nil looks where the provider's tools keep them.
	Credentials signer.Provider
	// HTTPClient sends the requests. Its CheckRedirect is ignored: redirects are never followed.
	HTTPClient *http.Client
	// Retry says how often and how long a call is retried.
	Retry Retry
	// Logger gets every attempt at level debug: method, path, status and duration, but no secret.
	Logger *slog.Logger
	// OnWarning is called with a sentence that a person must see, such as that the local clock is
	// wrong. Nil logs it at level warn.
	OnWarning func(sentence string)
	// UserAgent is the name of the program, such as "my-operator/1.2". It comes first in the User-Agent
	// header.
	UserAgent string
	// BeforeSend is called with each signed request right before it is sent. If it returns an error,
	// the request is not sent, and the call ends with that error.
	BeforeSend func(*http.Request) error
	// AllowInsecureHTTP allows plain HTTP to other machines; see [signer.WithInsecureHTTP].
	AllowInsecureHTTP bool
	// Clock is the local clock. Nil means time.Now.
	Clock func() time.Time
}

// Gateway sends signed requests. It is safe for concurrent use.
type Gateway struct {
	config   Config
	settings Settings
	clock    *clock
	signer   *signer.Signer
	http     *http.Client
	handle   handler
}

// New returns a gateway. It looks for credentials when it signs the first request. It returns a
// [*SettingError] if the base URL, environment or region is invalid, or the error of a configure
// file that cannot be read.
func New(config Config) (*Gateway, error) {
	settings, err := resolve(config)
	if err != nil {
		return nil, err
	}
	config.Logger = cmp.Or(config.Logger, slog.New(slog.DiscardHandler))
	config.Retry = config.Retry.withDefaults()
	if config.Clock == nil {
		config.Clock = time.Now
	}
	if config.OnWarning == nil {
		config.OnWarning = func(sentence string) { config.Logger.Warn(sentence) }
	}
	if config.Credentials == nil {
		config.Credentials = defaultCredentials(config)
	}
	g := &Gateway{config: config, settings: settings, clock: newClock(config.Clock)}
	g.signer = newSigner(config, g.clock)
	g.http = newHTTPClient(config.HTTPClient)
	g.handle = g.chain()
	return g, nil
}

// Settings returns the base URL and the region, and where they come from.
func (g *Gateway) Settings() Settings { return g.settings }

// Credentials returns the provider of the key pairs.
func (g *Gateway) Credentials() signer.Provider { return g.config.Credentials }

// Logger returns the logger of the configuration. It is never nil.
func (g *Gateway) Logger() *slog.Logger { return g.config.Logger }

// Format prints only the base URL, because a credentials provider may hold a secret key.
func (g *Gateway) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprint(f, "gateway at "+g.settings.BaseURL)
}

// defaultCredentials looks where the provider's tools keep key pairs. A profile names one place.
func defaultCredentials(config Config) signer.Provider {
	file := &credentials.File{Profile: config.Profile, Logger: config.Logger}
	if config.Profile != "" {
		return credentials.NewChain(file)
	}
	role := &credentials.ServerRole{Clock: config.Clock}
	return credentials.NewChain(credentials.Environment{}, file, role)
}

func newSigner(config Config, corrected *clock) *signer.Signer {
	options := []signer.Option{signer.WithClock(corrected.now)}
	if config.AllowInsecureHTTP {
		options = append(options, signer.WithInsecureHTTP())
	}
	return signer.New(expiring{config.Credentials, config.Clock}, options...)
}

// newHTTPClient returns a copy of client, or a default client, that follows no redirects: Go would
// send the signature along. http.ProxyFromEnvironment selects no proxy for this machine.
func newHTTPClient(client *http.Client) *http.Client {
	if client == nil {
		client = &http.Client{Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
		}}
	}
	redirectless := *client
	redirectless.CheckRedirect = signer.NoRedirect
	return &redirectless
}
