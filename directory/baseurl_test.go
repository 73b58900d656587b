package directory_test

import (
	"strings"
	"testing"

	"github.com/nks-access/nks-access/directory"
	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

func TestBaseURL(t *testing.T) {
	const rule = "must be such as https://subaccount.apigw.ntruss.com/api/v1, without user name, query and fragment"
	for _, c := range []struct {
		name            string
		config          gateway.Config
		endpoint, given string
		want            string // or words of an error
	}{
		{name: "public", want: "https://subaccount.apigw.ntruss.com/api/v1"},
		{name: "another region", config: gateway.Config{Region: "SGN"}, want: "https://subaccount.apigw.ntruss.com/api/v1"},
		{name: "financial", config: gateway.Config{Environment: gateway.Financial}, want: "https://subaccount.apigw.fin-ntruss.com/api/v1"},
		{name: "government", config: gateway.Config{Environment: gateway.Government, Region: "KRS"}, want: "https://subaccount.apigw.gov-ntruss.com/api/v1"},
		{name: "the emulator", config: gateway.Config{BaseURL: "http://127.0.0.1:8080/vnks/v2"}, want: "http://127.0.0.1:8080/api/v1"},
		{name: "the emulator, another region", config: gateway.Config{BaseURL: "http://[::1]:8080/vnks/sgn-v2/"}, want: "http://[::1]:8080/api/v1"},
		{name: "a proxy", config: gateway.Config{BaseURL: "https://proxy.example.com/naver%20cloud/nks/v2"}, want: "https://proxy.example.com/naver%20cloud/api/v1"},
		{name: "a proxy without the path of the API", config: gateway.Config{BaseURL: "https://proxy.example.com/nks"}, want: "https://proxy.example.com/api/v1"},
		{name: "a host that is called nks, without TLS", config: gateway.Config{BaseURL: "http://nks.localhost/vnks/v2"}, want: "http://nks.localhost/api/v1"},
		{name: "the variable", endpoint: "https://names.example.com", want: "https://names.example.com/api/v1"},
		{name: "the variable with the path", endpoint: "https://names.example.com/api/v1/", want: "https://names.example.com/api/v1"},
		{name: "given", endpoint: "https://other.example.com", given: "http://127.0.0.1:9/x/api/v1", want: "http://127.0.0.1:9/x/api/v1"},
		{name: "version 2", endpoint: "https://subaccount.apigw.ntruss.com/api/v2", want: "base URL from NCLOUD_SUBACCOUNT_ENDPOINT must be of version 1 of the API, so end in /api/v1"},
		{name: "no scheme", endpoint: "TOPSECRET.example.com", want: "base URL from NCLOUD_SUBACCOUNT_ENDPOINT must begin with https://"},
		{name: "a password", given: "https://u:TOPSECRET@example.com", want: "base URL of the Sub Account API " + rule},
		{name: "a query", given: "https://example.com?TOPSECRET", want: "base URL of the Sub Account API " + rule},
		{name: "no URL", given: "https://TOPSECRET%zz", want: "base URL of the Sub Account API " + rule},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("HOME", t.TempDir())
			t.Setenv("NCLOUD_API_GW", "")
			t.Setenv("NCLOUD_SUBACCOUNT_ENDPOINT", c.endpoint)
			c.config.Credentials = signer.Static("ACCESS", "TOPSECRET")
			g, err := gateway.New(c.config)
			if err != nil {
				t.Fatal(err)
			}
			d, err := directory.New(g, directory.WithBaseURL(c.given))
			if !strings.HasPrefix(c.want, "http") {
				wantError[*gateway.SettingError](t, err, c.want)
				if strings.Contains(err.Error(), "TOPSECRET") {
					t.Errorf("the error shows the URL: %v", err)
				}
				return
			}
			if err != nil || d.BaseURL() != c.want {
				t.Errorf("got %v, %v, want %s", d, err, c.want)
			}
		})
	}
}

// The gateways that users of the provider's tools set have a neighbour for this API.
func TestBaseURLOfTheGeneralGateway(t *testing.T) {
	for general, want := range map[string]string{
		"https://ncloud.apigw.ntruss.com":         "https://subaccount.apigw.ntruss.com/api/v1",
		"https://ncloud.apigw.gov-ntruss.com/":    "https://subaccount.apigw.gov-ntruss.com/api/v1",
		"https://fin-ncloud.apigw.fin-ntruss.com": "https://subaccount.apigw.fin-ntruss.com/api/v1",
		"http://127.0.0.1:8080":                   "http://127.0.0.1:8080/api/v1",
	} {
		t.Setenv("NCLOUD_API_GW", general)
		g, err := gateway.New(gateway.Config{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := directory.New(g)
		if err != nil || d.BaseURL() != want {
			t.Errorf("%s: got %v, %v", general, d, err)
		}
	}
}
