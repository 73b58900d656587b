package cli

import (
	"net/http"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/gateway"
)

// gatewayWith returns a gateway as the flags and the environment say, for a command that sends requests
// of its own.
func (c *connection) gatewayWith(retry gateway.Retry) (*gateway.Gateway, error) {
	if err := c.checkTimes(); err != nil {
		return nil, err
	}
	config := gateway.Config{
		UserAgent:   "nks-access/" + versionString(),
		Logger:      term.NewLogger(c.stderr, c.logLevel()),
		Profile:     c.profile,
		Region:      orEnv(c.region, "NCLOUD_REGION"),
		Environment: gateway.Environment(c.environment),
		BaseURL:     c.url,
		Retry:       retry,
		OnWarning:   c.warn,
	}
	if c.transport != nil {
		config.HTTPClient = &http.Client{Transport: c.transport}
	}
	g, err := gateway.New(config)
	return g, c.sourceOfSetting(err)
}
