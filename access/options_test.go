package access_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
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
	opts := func(o ...access.Option) []access.Option { return o }
	for _, c := range []struct {
		name, configure string
		env             map[string]string
		opts            []access.Option
		want            string // or words of an error
	}{
		{name: "nothing", want: "https://nks.apigw.ntruss.com/vnks/v2"},
		{name: "KR", opts: opts(access.WithRegion("KR")), want: "https://nks.apigw.ntruss.com/vnks/v2"},
		{name: "SGN", opts: opts(access.WithRegion("sgn")), want: "https://nks.apigw.ntruss.com/vnks/sgn-v2"},
		{name: "JPN", opts: opts(access.WithRegion("JPN")), want: "https://nks.apigw.ntruss.com/vnks/jpn-v2"},
		{name: "FKR", opts: opts(access.WithRegion("FKR")), want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "KRS", opts: opts(access.WithRegion("KRS")), want: "https://nks.apigw.gov-ntruss.com/vnks/krs-v2"},
		{name: "government", opts: opts(access.WithEnvironment(access.Government)), want: "https://nks.apigw.gov-ntruss.com/vnks/v2"},
		{name: "government KRS", opts: opts(access.WithEnvironment(access.Government), access.WithRegion("KRS")), want: "https://nks.apigw.gov-ntruss.com/vnks/krs-v2"},
		{name: "financial", opts: opts(access.WithEnvironment(access.Financial)), want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "unknown region", opts: opts(access.WithRegion("US")), want: `region must be one of KR (public), SGN (public), JPN (public), FKR (financial), KR (government), KRS (government), not "US"`},
		{name: "region of another environment", opts: opts(access.WithEnvironment(access.Government), access.WithRegion("SGN")), want: `region must be one of KR (government), KRS (government), not "SGN"`},
		{name: "unknown environment", opts: opts(access.WithEnvironment("moon")), want: `not "moon"`},
		{name: "given", env: map[string]string{"NCLOUD_API_GW": "https://x"}, opts: opts(access.WithBaseURL("https://proxy.example.com/nks"), access.WithRegion("SGN")), want: "https://proxy.example.com/nks"},
		{name: "given without a scheme", opts: opts(access.WithBaseURL("nks.apigw.ntruss.com/vnks/v2")), want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},
		{name: "given without a host", opts: opts(access.WithBaseURL("https:///vnks/v2")), want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},
		{name: "given as no URL", opts: opts(access.WithBaseURL("https://u:TOPSECRET%zz@example.com")), want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},
		{name: "given with a query", opts: opts(access.WithBaseURL("https://example.com/v2?token=TOPSECRET")), want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},
		{name: "given with a password", opts: opts(access.WithBaseURL("https://u:TOPSECRET@example.com/v2")), want: "base URL must be such as https://nks.apigw.ntruss.com/vnks/v2, without user name, query and fragment"},

		{name: "gateway", env: map[string]string{"NCLOUD_API_GW": "https://ncloud.apigw.gov-ntruss.com"}, want: "https://nks.apigw.gov-ntruss.com/vnks/v2"},
		{name: "gateway and KRS", env: map[string]string{"NCLOUD_API_GW": "https://ncloud.apigw.gov-ntruss.com/"}, opts: opts(access.WithRegion("KRS")), want: "https://nks.apigw.gov-ntruss.com/vnks/krs-v2"},
		{name: "financial gateway", env: map[string]string{"NCLOUD_API_GW": "https://fin-ncloud.apigw.fin-ntruss.com"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "financial gateway of NKS", env: map[string]string{"NCLOUD_API_GW": "https://nks.apigw.fin-ntruss.com"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "gateway of NKS", env: map[string]string{"NCLOUD_API_GW": "https://nks.apigw.ntruss.com"}, opts: opts(access.WithRegion("SGN")), want: "https://nks.apigw.ntruss.com/vnks/sgn-v2"},
		{name: "emulator as gateway", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080"}, want: "http://127.0.0.1:8080/vnks/v2"},
		{name: "a whole base URL as gateway", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080/vnks/sgn-v2/"}, want: "http://127.0.0.1:8080/vnks/sgn-v2"},
		{name: "a base URL as gateway, and another region", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080/vnks/v2"}, opts: opts(access.WithRegion("SGN")), want: "region must not be SGN, because the gateway already is the base URL of another region"},
		{name: "a base URL as gateway, and its region", env: map[string]string{"NCLOUD_API_GW": "http://127.0.0.1:8080/vnks/v2"}, opts: opts(access.WithRegion("kr")), want: "http://127.0.0.1:8080/vnks/v2"},
		{name: "region that is no header", opts: opts(access.WithBaseURL("https://x"), access.WithRegion("K\nR")), want: "region must be a code"},
		{name: "gateway that is no URL", env: map[string]string{"NCLOUD_API_GW": "ncloud"}, want: "base URL from NCLOUD_API_GW must be such as"},
		{name: "gateway of the file that is no URL", configure: "ncloud_api_url = ncloud\n", want: "configure (profile DEFAULT) must be such as"},
		{name: "region that is no code", env: map[string]string{"NCLOUD_API_GW": "https://x"}, opts: opts(access.WithRegion("../x")), want: "region must be one of KR (public), SGN (public)"},
		{name: "environment before gateway", env: map[string]string{"NCLOUD_API_GW": "https://x"}, opts: opts(access.WithEnvironment(access.Public)), want: "https://nks.apigw.ntruss.com/vnks/v2"},

		{name: "gateway of the file", configure: file, want: "https://nks.apigw.gov-ntruss.com/vnks/v2"},
		{name: "gateway of a profile", configure: file, opts: opts(access.WithProfile("fin")), want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "gateway of a profile of the environment", configure: file, env: map[string]string{"NCLOUD_PROFILE": "fin"}, want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "a profile before the gateway", configure: file, env: map[string]string{"NCLOUD_API_GW": "https://x"}, opts: opts(access.WithProfile("fin")), want: "https://nks.apigw.fin-ntruss.com/nks/v2"},
		{name: "the gateway before the file", configure: file, env: map[string]string{"NCLOUD_API_GW": "https://x"}, want: "https://x/vnks/v2"},
		{name: "keys of the environment leave the file alone", configure: file, env: map[string]string{"NCLOUD_ACCESS_KEY": "a", "NCLOUD_SECRET_KEY": "b"}, want: "https://nks.apigw.ntruss.com/vnks/v2"},
		{name: "a broken file", configure: "what\n", want: "configure:1: expected KEY = VALUE"},
	} {
		t.Run(c.name, func(t *testing.T) {
			newcomer(t, c.configure)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			client, err := access.NewClient(c.opts...)
			if strings.Contains(c.want, " ") {
				if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "TOPSECRET") {
					t.Errorf("got %v, want %s", err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := client.Settings(); got.BaseURL != c.want || got.BaseURLSource == "" {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

// Without options, a client works where the provider's command line is configured.
func TestZeroOptions(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	newcomer(t, "ncloud_access_key_id = "+emulator.DemoAccessKey+"\nncloud_secret_access_key = "+emulator.DemoSecretKey+"\nncloud_api_url = "+server.URL+"\n")
	client, err := access.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	if clusters, err := client.Clusters(t.Context()); err != nil || len(clusters) != 1 {
		t.Errorf("got %v, %v", clusters, err)
	}
	if place := credentials.Source(client.Provider()); !strings.Contains(place, "configure (profile DEFAULT)") {
		t.Errorf("credentials come from %s", place)
	}
}

func TestNoCredentialsAnywhere(t *testing.T) {
	newcomer(t, "")
	client, err := access.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Clusters(context.Background())
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
	client, err := access.NewClient(access.WithBaseURL(server.URL), access.WithCredentials(demoKeys), access.WithRetry(access.Retry{MaxTries: 1}))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Clusters(t.Context())
	if err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("got %v", err)
	}
}

// Go's rule for proxies knows localhost in lower case only, and reads the environment once.
func TestNoProxyGetsWhatIsForThisMachine(t *testing.T) {
	const child = "NKS_ACCESS_TEST_PROXY"
	if os.Getenv(child) == "" {
		proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			t.Errorf("the proxy got %s with signature %q", r.URL, r.Header.Get(signer.HeaderSignature))
		}))
		defer proxy.Close()
		test := exec.Command(os.Args[0], "-test.run=^TestNoProxyGetsWhatIsForThisMachine$")
		test.Env = append(os.Environ(), child+"=1", "HTTP_PROXY="+proxy.URL, "NO_PROXY=")
		if out, err := test.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST", "LocalHost"} {
		for name, options := range map[string][]access.Option{
			"own client": nil, "given client": {access.WithHTTPClient(&http.Client{})},
		} {
			client, err := access.NewClient(append(options,
				access.WithBaseURL(strings.Replace(server.URL, "127.0.0.1", host, 1)+"/vnks/v2"),
				access.WithRetry(access.Retry{MaxTries: 1}),
				access.WithCredentials(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)))...)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Clusters(t.Context()); err != nil {
				t.Errorf("%s, %s: %v", host, name, err)
			}
		}
	}
}
