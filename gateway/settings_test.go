package gateway_test

import (
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/gateway"
)

// newcomer is a home directory with nothing in it but, perhaps, a configure file.
func newcomer(t *testing.T, configure string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for _, name := range []string{
		"NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NCLOUD_PROFILE", "NCLOUD_API_GW",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("NCLOUD_METADATA_API_ENDPOINT", "http://127.0.0.1:1")
	if configure == "" {
		return
	}
	if err := os.Mkdir(filepath.Join(home, ".ncloud"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(home, ".ncloud", "configure"), []byte(configure), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestBaseURL(t *testing.T) {
	const file = "[DEFAULT]\nncloud_access_key_id=a\nncloud_secret_access_key=b\nncloud_api_url=https://ncloud.apigw.gov-ntruss.com\n" +
		"[fin]\nncloud_access_key_id=a\nncloud_secret_access_key=b\nncloud_api_url=https://fin-ncloud.apigw.fin-ntruss.com\n"
	for _, c := range []struct {
		name, configure string
		env             map[string]string
		config          gateway.Config
		want            string // or words of an error
	}{
		{name: "nothing", want: "https://nks.apigw.ntruss.com/vnks/v2"},
		{name: "KR", config: gateway.Config{Region: "KR"}, want: "https://nks.apigw.ntruss.com/vnks/v2"},
		{name: "SGN", config: gateway.Config{Region: "sgn"}, want: "https://nks.apigw.ntruss.com/vnks/sgn-v2"},
		{name: "JPN", config: gateway.Config{Region: "JPN"}, want: "https://nks.apigw.ntruss.com/vnks/jpn-v2"},
		{name: "FKR", config: gateway.Config{Region: "FKR"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "KRS", config: gateway.Config{Region: "KRS"}, want: "https://nks.apigw.gov-ntruss.com/vnks/krs-v2"},
		{name: "government", config: gateway.Config{Environment: gateway.Government}, want: "https://nks.apigw.gov-ntruss.com/vnks/v2"},
		{name: "government KRS", config: gateway.Config{Environment: gateway.Government, Region: "KRS"}, want: "https://nks.apigw.gov-ntruss.com/vnks/krs-v2"},
		{name: "financial", config: gateway.Config{Environment: gateway.Financial}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "unknown region", config: gateway.Config{Region: "US"}, want: `region must be one of KR (public), SGN (public), JPN (public), FKR (financial), KR (government), KRS (government), not "US"`},
		{name: "region of another environment", config: gateway.Config{Environment: gateway.Government, Region: "SGN"}, want: `region must be one of KR (government), KRS (government), not "SGN"`},
		{name: "unknown environment", config: gateway.Config{Environment: "moon"}, want: `not "moon"`},
		{name: "given", env: map[string]string{"NCLOUD_API_GW": "https://x"}, config: gateway.Config{BaseURL: "https://proxy.example.com/nks", Region: "SGN"}, want: "https://proxy.example.com/nks"},
		{name: "given without a scheme", config: gateway.Config{BaseURL: "nks.apigw.ntruss.com/vnks/v2"}, want: "base URL must begin with https://, as https://nks.apigw.ntruss.com/vnks/v2 does"},
		{name: "given without a host", config: gateway.Config{BaseURL: "https:///vnks/v2"}, want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},
		{name: "given as no URL", config: gateway.Config{BaseURL: "https://u:TOPSECRET%zz@example.com"}, want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},
		{name: "given with a query", config: gateway.Config{BaseURL: "https://example.com/v2?token=TOPSECRET"}, want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},
		{name: "given with a password", config: gateway.Config{BaseURL: "https://u:TOPSECRET@example.com/v2"}, want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},

		{name: "gateway", env: map[string]string{"NCLOUD_API_GW": "https://ncloud.apigw.gov-ntruss.com"}, want: "https://nks.apigw.gov-ntruss.com/vnks/v2"},
		{name: "gateway and KRS", env: map[string]string{"NCLOUD_API_GW": "https://ncloud.apigw.gov-ntruss.com/"}, config: gateway.Config{Region: "KRS"}, want: "https://nks.apigw.gov-ntruss.com/vnks/krs-v2"},
		{name: "financial gateway", env: map[string]string{"NCLOUD_API_GW": "https://fin-ncloud.apigw.fin-ntruss.com"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "financial gateway of NKS", env: map[string]string{"NCLOUD_API_GW": "https://nks.apigw.fin-ntruss.com"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "gateway of NKS", env: map[string]string{"NCLOUD_API_GW": "https://nks.apigw.ntruss.com"}, config: gateway.Config{Region: "SGN"}, want: "https://nks.apigw.ntruss.com/vnks/sgn-v2"},
		{name: "emulator as gateway", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080"}, want: "http://127.0.0.1:8080/vnks/v2"},
		{name: "a whole base URL as gateway", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080/vnks/sgn-v2/"}, want: "http://127.0.0.1:8080/vnks/sgn-v2"},
		{name: "a base URL as gateway, and another region", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080/vnks/v2"}, config: gateway.Config{Region: "SGN"}, want: "region must not be SGN, because the gateway from NCLOUD_API_GW already is the base URL of another region"},
		{name: "a base URL as gateway, and its region", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080/vnks/v2"}, config: gateway.Config{Region: "kr"}, want: "http://127.0.0.1:8080/vnks/v2"},
		{name: "region that is no header", config: gateway.Config{BaseURL: "https://x", Region: "K\nR"}, want: "region must be a code"},
		{name: "gateway that is no URL", env: map[string]string{"NCLOUD_API_GW": "ncloud"}, want: "base URL from NCLOUD_API_GW must begin with https://"},
		{name: "gateway of the file that is no URL", configure: "ncloud_api_url = ncloud\n", want: "configure (profile DEFAULT) must begin with https://"},
		{name: "region that is no code", env: map[string]string{"NCLOUD_API_GW": "https://x"}, config: gateway.Config{Region: "../x"}, want: "region must be one of KR (public), SGN (public)"},
		{name: "environment before gateway", env: map[string]string{"NCLOUD_API_GW": "https://x"}, config: gateway.Config{Environment: gateway.Public}, want: "https://nks.apigw.ntruss.com/vnks/v2"},

		{name: "gateway of the file", configure: file, want: "https://nks.apigw.gov-ntruss.com/vnks/v2"},
		{name: "gateway of a profile", configure: file, config: gateway.Config{Profile: "fin"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "gateway of a profile of the environment", configure: file, env: map[string]string{"NCLOUD_PROFILE": "fin"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "a profile without a gateway", configure: "[p]\nncloud_access_key_id=a\nncloud_secret_access_key=b\n", env: map[string]string{"NCLOUD_API_GW": "https://x"}, config: gateway.Config{Profile: "p"}, want: "https://x/vnks/v2"},
		{name: "version 3 as gateway", env: map[string]string{"NCLOUD_API_GW": "https://nks.apigw.ntruss.com/vnks/v3"}, want: "base URL from NCLOUD_API_GW ends in v3, but this program speaks version 2 of the API"},
		{name: "version 3 of a region as gateway", env: map[string]string{"NCLOUD_API_GW": "https://nks.apigw.ntruss.com/vnks/sgn-v3/"}, want: "ends in v3, but"},
		{name: "version 3 given", config: gateway.Config{BaseURL: "https://nks.apigw.ntruss.com/vnks/v3"}, want: "base URL ends in v3, but"},
		{name: "a profile before the gateway", configure: file, env: map[string]string{"NCLOUD_API_GW": "https://x"}, config: gateway.Config{Profile: "fin"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "the gateway before the file", configure: file, env: map[string]string{"NCLOUD_API_GW": "https://x"}, want: "https://x/vnks/v2"},
		{name: "keys of the environment leave the file alone", configure: file, env: map[string]string{"NCLOUD_ACCESS_KEY": "a", "NCLOUD_SECRET_KEY": "b"}, want: "https://nks.apigw.ntruss.com/vnks/v2"},
		{name: "a broken file", configure: "what\n", want: "configure:1: expected KEY = VALUE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			newcomer(t, c.configure)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			g, err := gateway.New(c.config)
			if strings.Contains(c.want, " ") {
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "TOPSECRET") {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := g.Settings(); got.BaseURL != c.want || got.Source == "" {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

func TestNoCredentialsAnywhere(t *testing.T) {
	newcomer(t, "")
	g, err := gateway.New(gateway.Config{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Do(request(t, http.MethodGet, g.Settings().BaseURL))
	var nowhere *credentials.ChainError
	if !errors.As(err, &nowhere) || len(nowhere.Places) != 3 {
		t.Errorf("got %v", err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	newcomer(t, "")
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	server.StartTLS()
	defer server.Close()
	g, err := gateway.New(gateway.Config{BaseURL: server.URL, Credentials: keys})
	if err != nil {
		t.Fatal(err)
	}
	_, err = g.Do(request(t, http.MethodGet, server.URL))
	if err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("got %v", err)
	}
}
