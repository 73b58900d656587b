package credentials_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

// secret is in none of the errors, logs and printed values of these tests.
const secret = "TOPSECRET"

func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, name := range []string{
		"NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY", "NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY", "NCLOUD_PROFILE",
		"NCLOUD_METADATA_API_ENDPOINT",
	} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("USERPROFILE", os.Getenv("HOME"))
}

// check compares what a provider gave with an access key, or with words of an error when want holds
// a space.
func check(t *testing.T, got signer.Credentials, err error, want string) {
	t.Helper()
	if strings.Contains(want, " ") {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, %v, want an error with %q", got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error holds a secret key: %v", err)
		}
		return
	}
	if err != nil || got.AccessKey != want || got.SecretKey != secret+want {
		t.Errorf("got %v, %v, want %s", got, err, want)
	}
}

// given is a provider that always has a key pair.
type given struct{ signer.Provider }

func (given) Source() string { return "given keys" }

func static(access, secret string) credentials.Provider { return given{signer.Static(access, secret)} }

func TestEnvironment(t *testing.T) {
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"of the SDK", map[string]string{"NCLOUD_ACCESS_KEY_ID": "a", "NCLOUD_SECRET_ACCESS_KEY": secret + "a"}, "a"},
		{"of Terraform", map[string]string{"NCLOUD_ACCESS_KEY": "b", "NCLOUD_SECRET_KEY": secret + "b"}, "b"},
		{"one of each", map[string]string{"NCLOUD_ACCESS_KEY_ID": "c", "NCLOUD_SECRET_KEY": secret + "c"}, "c"},
		{"both", map[string]string{"NCLOUD_ACCESS_KEY_ID": "d", "NCLOUD_ACCESS_KEY": "x", "NCLOUD_SECRET_ACCESS_KEY": secret + "d", "NCLOUD_SECRET_KEY": secret}, "d"},
		{"a whole pair beside half of another", map[string]string{"NCLOUD_ACCESS_KEY_ID": "x", "NCLOUD_ACCESS_KEY": "f", "NCLOUD_SECRET_KEY": secret + "f"}, "f"},
		{"no secret key", map[string]string{"NCLOUD_ACCESS_KEY": "e"}, "there is NCLOUD_ACCESS_KEY but no NCLOUD_SECRET_ACCESS_KEY or NCLOUD_SECRET_KEY"},
		{"no access key", map[string]string{"NCLOUD_SECRET_KEY": secret}, "there is NCLOUD_SECRET_KEY but no NCLOUD_ACCESS_KEY_ID or NCLOUD_ACCESS_KEY"},
		{"nothing", nil, "there is no NCLOUD_ACCESS_KEY_ID or NCLOUD_ACCESS_KEY, and no NCLOUD_SECRET_ACCESS_KEY or NCLOUD_SECRET_KEY"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clearEnvironment(t)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			got, err := credentials.Environment{}.Credentials(t.Context())
			check(t, got, err, c.want)
		})
	}
}

func writeFile(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "configure")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	const odd = `TOPSECRET#;"'\%(x)s=z`
	for _, c := range []struct{ name, content, profile, env, want, apiURL string }{
		{name: "without a section", content: "ncloud_access_key_id = a\nncloud_secret_access_key = TOPSECRETa\nncloud_api_url = https://ncloud.apigw.ntruss.com\n", want: "a", apiURL: "https://ncloud.apigw.ntruss.com"},
		{name: "with sections", content: "[DEFAULT]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n\n[dev]\nncloud_access_key_id=b\nncloud_secret_access_key=TOPSECRETb\nncloud_api_url=https://ncloud.apigw.gov-ntruss.com\n", want: "a"},
		{name: "an explicit profile", content: "[DEFAULT]\nncloud_access_key_id=a\n[dev]\nncloud_access_key_id=b\nncloud_secret_access_key=TOPSECRETb\nncloud_api_url=https://x\n", profile: "dev", env: "DEFAULT", want: "b", apiURL: "https://x"},
		{name: "a profile of the environment", content: "[DEFAULT]\nncloud_access_key_id=a\n[dev]\nncloud_access_key_id=b\nncloud_secret_access_key=TOPSECRETb\n", env: "dev", want: "b"},
		{name: "Windows line ends, a byte order mark and comments", content: "\ufeff# keys\r\n[DEFAULT]\r\n; mine\r\nncloud_access_key_id = a\r\nncloud_secret_access_key = TOPSECRETa\r\n", want: "a"},
		{name: "a profile with a dot", content: "[a]\nncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n[a.b]\nncloud_access_key_id=b\n", profile: "a.b", want: "configure: profile a.b: there is ncloud_access_key_id but no ncloud_secret_access_key"},

		{name: "no such profile", content: "[DEFAULT]\nncloud_access_key_id=a\n[dev]\nx=y\n", profile: "prod", want: "there is no profile prod, only DEFAULT, dev"},
		{name: "no secret key", content: "[x]\nncloud_secret_access_key=TOPSECRET\n[DEFAULT]\n# a\nncloud_access_key_id=a\n", want: "configure: profile DEFAULT: there is ncloud_access_key_id but no ncloud_secret_access_key"},
		{name: "an empty access key", content: "[dev]\nncloud_access_key_id=\nncloud_secret_access_key=TOPSECRET\n", profile: "dev", want: "configure: profile dev: there is ncloud_secret_access_key but no ncloud_access_key_id"},
		{name: "a line that is neither", content: "ncloud_access_key_id=a\nTOPSECRET\n", want: ":2: expected KEY = VALUE or [PROFILE]"},
		{name: "a section that does not end", content: "[TOPSECRET\n", want: "is not a configure file"},
		{name: "another file", content: "a=b\n", want: "configure: profile DEFAULT: there is no ncloud_access_key_id, and no ncloud_secret_access_key"},
		{name: "an empty file", content: "", want: "profile DEFAULT: there is no ncloud_access_key_id"},
	} {
		t.Run(c.name, func(t *testing.T) {
			clearEnvironment(t)
			t.Setenv("NCLOUD_PROFILE", c.env)
			file := &credentials.File{Path: writeFile(t, c.content), Profile: c.profile}
			got, err := file.Credentials(t.Context())
			check(t, got, err, c.want)
			if err != nil && !strings.HasPrefix(err.Error(), file.Path+":") {
				t.Errorf("the error does not begin with the file: %v", err)
			}
			if url, urlErr := file.APIURL(); err == nil && (urlErr != nil || url != c.apiURL) {
				t.Errorf("API URL is %q, %v", url, urlErr)
			}
		})
	}
	t.Run("every character of a key is kept", func(t *testing.T) {
		clearEnvironment(t)
		file := &credentials.File{Path: writeFile(t, "ncloud_access_key_id = a\nncloud_secret_access_key = "+odd+"\n")}
		if got, err := file.Credentials(t.Context()); err != nil || got.SecretKey != odd {
			t.Errorf("got %q, %v", got.SecretKey, err)
		}
	})
}

func TestFileInTheHomeDirectory(t *testing.T) {
	clearEnvironment(t)
	got, err := (&credentials.File{}).Credentials(t.Context())
	check(t, got, err, filepath.Join(os.Getenv("HOME"), ".ncloud", "configure")+": does not exist")
	if url, err := (&credentials.File{}).APIURL(); url != "" || err != nil {
		t.Errorf("without a file the API URL is %q, %v", url, err)
	}
	if err := os.Mkdir(filepath.Join(os.Getenv("HOME"), ".ncloud"), 0o700); err != nil {
		t.Fatal(err)
	}
	content := "ncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n"
	if err := os.WriteFile(filepath.Join(os.Getenv("HOME"), ".ncloud", "configure"), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err = (&credentials.File{}).Credentials(t.Context())
	check(t, got, err, "a")
}

func TestFileThatOthersMayRead(t *testing.T) {
	clearEnvironment(t)
	var log bytes.Buffer
	file := &credentials.File{
		Path:   writeFile(t, "ncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n"),
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}
	got, err := file.Credentials(t.Context())
	check(t, got, err, "a")
	if log.Len() > 0 {
		t.Errorf("warned of a file of 0600: %s", log.String())
	}
	if err := os.Chmod(file.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	got, err = file.Credentials(t.Context())
	check(t, got, err, "a")
	if !strings.Contains(log.String(), "chmod 600") || strings.Contains(log.String(), secret) {
		t.Errorf("log is %s", log.String())
	}
}

// metadata is a metadata service whose keys last for a while.
type metadata struct {
	*httptest.Server
	requests atomic.Int32
	answer   atomic.Pointer[http.HandlerFunc] // in place of its own
}

func newMetadata(t *testing.T, now func() time.Time, lasts time.Duration) *metadata {
	m := &metadata{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer := m.answer.Load(); answer != nil {
			(*answer)(w, r)
			return
		}
		switch r.URL.Path {
		case "/latest/meta-data/iam/security-credentials/":
			fmt.Fprint(w, "role-1\nrole-2\n")
		case "/latest/meta-data/iam/security-credentials/role-1":
			key := fmt.Sprintf("key%d", m.requests.Add(1))
			_ = json.NewEncoder(w).Encode(map[string]any{
				"AccessKeyId": key, "SecretAccessKey": secret + key, "Expiration": now().Add(lasts), "Code": "Success",
			})
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

func (m *metadata) fail(answer http.HandlerFunc) { m.answer.Store(&answer) }

func TestServerRole(t *testing.T) {
	clearEnvironment(t)
	now := time.Now()
	clock := func() time.Time { return now }
	m := newMetadata(t, clock, time.Hour)
	t.Setenv("NCLOUD_METADATA_API_ENDPOINT", m.URL+"/")
	role := &credentials.ServerRole{Clock: clock}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "key1"}, {54 * time.Minute, "key1"}, {time.Minute, "key2"}, {0, "key2"}} {
		now = now.Add(step.after)
		got, err := role.Credentials(t.Context())
		check(t, got, err, step.want)
	}
	if place := role.Source(); place != "server role role-1 ("+m.URL+")" {
		t.Errorf("place is %s", place)
	}

	m.fail(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "down", http.StatusInternalServerError) })
	now = now.Add(56 * time.Minute) // time to renew, but the old ones still work
	got, err := role.Credentials(t.Context())
	check(t, got, err, "key2")
	now = now.Add(4 * time.Minute)
	got, err = role.Credentials(t.Context())
	check(t, got, err, "status 500")
}

func TestServerRoleRenewsOnceForAllCallers(t *testing.T) {
	clearEnvironment(t)
	m := newMetadata(t, time.Now, time.Hour)
	role := &credentials.ServerRole{Endpoint: m.URL}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got, err := role.Credentials(context.Background())
			check(t, got, err, "key1")
		})
	}
	wg.Wait()
	if n := m.requests.Load(); n != 1 {
		t.Errorf("%d renewals", n)
	}
}

func TestServerRoleWaitsNoLongerThanTheCaller(t *testing.T) {
	clearEnvironment(t)
	m := newMetadata(t, time.Now, time.Hour)
	release := make(chan struct{})
	m.fail(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	defer close(release)
	role := &credentials.ServerRole{Endpoint: m.URL}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	for range 2 { // one renews, the other waits for it
		wg.Go(func() {
			if _, err := role.Credentials(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
}

func TestServerRoleAnswers(t *testing.T) {
	clearEnvironment(t)
	for _, c := range []struct {
		name, list, body, want string
	}{
		{"no role", "", "", "the server has no role"},
		{"a refusal", "r", `{"Code":"Failed","Message":"role was detached"}`, `role r has no keys, or they have no expiration (code "Failed", message "role was detached")`},
		{"half a pair", "r", `{"SecretAccessKey":"TOPSECRET","Expiration":"2030-01-01T00:00:00Z"}`, "role r has no keys"},
		{"no expiration", "r", `{"AccessKeyId":"a","SecretAccessKey":"TOPSECRET"}`, "have no expiration"},
		{"not JSON", "r", `TOPSECRET`, "not the expected JSON"},
		{"a secret of another type", "r", `{"AccessKeyId":"a","SecretAccessKey":["TOPSECRET"]}`, "not the expected JSON"},
		{"endless", "r", strings.Repeat(secret, 10000), "not the expected JSON"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/") {
					fmt.Fprint(w, c.list)
					return
				}
				fmt.Fprint(w, c.body)
			}))
			defer server.Close()
			got, err := (&credentials.ServerRole{Endpoint: server.URL}).Credentials(t.Context())
			check(t, got, err, c.want)
		})
	}
}

func TestChain(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("NCLOUD_METADATA_API_ENDPOINT", "http://127.0.0.1:1")
	_, err := credentials.Default().Credentials(t.Context())
	for _, place := range []string{
		"no credentials found\n  environment: there is no NCLOUD_ACCESS_KEY_ID", "\n  " + filepath.Join(os.Getenv("HOME"), ".ncloud", "configure") + ": does not exist",
		"\n  server role (http://127.0.0.1:1): ",
	} {
		if err == nil || !strings.Contains(err.Error(), place) {
			t.Errorf("%q is not in %v", place, err)
		}
	}
	var all *credentials.ChainError
	if !errors.As(err, &all) || len(all.Places) != 3 {
		t.Errorf("got %T", err)
	}

	chain := credentials.NewChain(credentials.Environment{}, static("b", secret+"b"))
	got, err := chain.Credentials(t.Context())
	check(t, got, err, "b")
	if chain.Source() != "given keys" {
		t.Errorf("place is %s", chain.Source())
	}

	t.Setenv("NCLOUD_ACCESS_KEY", "a")
	_, err = credentials.NewChain(credentials.Environment{}, static("b", secret+"b")).Credentials(t.Context())
	check(t, signer.Credentials{}, err, "there is NCLOUD_ACCESS_KEY but no")
	t.Setenv("NCLOUD_SECRET_KEY", secret+"a")
	chain = credentials.NewChain(credentials.Environment{}, static("b", secret+"b"))
	got, err = chain.Credentials(t.Context())
	check(t, got, err, "a")
	if chain.Source() != "environment (NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY)" {
		t.Errorf("place is %s", chain.Source())
	}
}

func TestNothingPrintsTheSecretKey(t *testing.T) {
	clearEnvironment(t)
	m := newMetadata(t, time.Now, time.Hour)
	role := &credentials.ServerRole{Endpoint: m.URL}
	chain := credentials.NewChain(role, static("b", secret))
	if _, err := chain.Credentials(t.Context()); err != nil {
		t.Fatal(err)
	}
	file := &credentials.File{Path: writeFile(t, "ncloud_access_key_id=a\nncloud_secret_access_key=TOPSECRETa\n")}
	if _, err := file.Credentials(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{role, chain, file, static("b", secret), credentials.Environment{}} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		if data, err := json.Marshal(value); err == nil {
			out.Write(data)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
		if strings.Contains(out.String(), secret) || strings.Contains(out.String(), fmt.Sprintf("%x", secret)) {
			t.Errorf("%T prints the secret key:\n%s", value, out.String())
		}
	}
}

func ExampleNewChain() {
	os.Setenv("NCLOUD_ACCESS_KEY", "EXAMPLEACCESSKEY0001")
	os.Setenv("NCLOUD_SECRET_KEY", "a secret")
	keys := credentials.NewChain(credentials.Environment{}, &credentials.File{Profile: "dev"})
	found, err := keys.Credentials(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(found)
	fmt.Println(keys.Source())
	// Output:
	// access key "EXAMPLEACCESSKEY0001", secret key hidden
	// environment (NCLOUD_ACCESS_KEY, NCLOUD_SECRET_KEY)
}

// What a broken metadata service sends may be the secret key where a status or a header should be.
func TestServerRoleErrorsHoldNothingThatWasSent(t *testing.T) {
	clearEnvironment(t)
	keys := `{"AccessKeyId":"a","SecretAccessKey":"TOPSECRET"}`
	for _, raw := range []string{
		keys + "\n", "HTTP/1.1 500 " + keys + "\r\n\r\n", "HTTP/1.1 200 OK\r\n" + keys + "\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: " + keys + "\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + keys + "\r\n\r\n",
		"HTTP/1.1 " + keys + "\r\n\r\n",
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				_, _ = bufio.NewReader(conn).ReadString('\n')
				fmt.Fprint(conn, raw)
				_ = conn.Close()
			}
		}()
		_, err = (&credentials.ServerRole{Endpoint: "http://" + listener.Addr().String()}).Credentials(t.Context())
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%q: %v", raw, err)
		}
		_ = listener.Close()
	}
}

func TestServerRoleDoesNotWaitForEveryRenewalThatFails(t *testing.T) {
	clearEnvironment(t)
	now := time.Now()
	m := newMetadata(t, func() time.Time { return now }, time.Hour)
	role := &credentials.ServerRole{Endpoint: m.URL, Clock: func() time.Time { return now }}
	got, err := role.Credentials(t.Context())
	check(t, got, err, "key1")
	var asked atomic.Int32
	m.fail(func(w http.ResponseWriter, _ *http.Request) { asked.Add(1); w.WriteHeader(500) })
	now = now.Add(56 * time.Minute)
	for range 10 {
		got, err = role.Credentials(t.Context())
		check(t, got, err, "key1")
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	now = now.Add(time.Minute)
	_, _ = role.Credentials(t.Context())
	if n := asked.Load(); n != 2 {
		t.Errorf("asked %d times after a minute", n)
	}
}

func TestFileWithoutAHome(t *testing.T) {
	clearEnvironment(t)
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	_, err := (&credentials.File{}).Credentials(t.Context())
	check(t, signer.Credentials{}, err, "there is no home directory")
}
