package signer_test

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nks-access/nks-access/signer"
)

const (
	accessKey = "EXAMPLEACCESSKEY0001"
	secretKey = "ExampleSecretKeyOfTheContract0123456789a"
)

// at returns a clock that does not move.
func at(milliseconds int64) func() time.Time {
	return func() time.Time { return time.UnixMilli(milliseconds) }
}

// verify returns an error if the signature of a request is wrong.
func verify(r *http.Request, access, secret string) error {
	target := r.RequestURI
	if !strings.HasPrefix(target, "/") { // not received from a connection
		target = r.URL.RequestURI()
	}
	text := fmt.Sprintf("%s %s\n%s\n%s", cmp.Or(r.Method, "GET"), target, r.Header.Get("x-ncp-apigw-timestamp"), access)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got := r.Header.Get("x-ncp-apigw-signature-v2"); got != want {
		return fmt.Errorf("the signature of %q is %s, want %s", text, got, want)
	}
	if got := r.Header.Get("x-ncp-iam-access-key"); got != access {
		return fmt.Errorf("the access key is %s, want %s", got, access)
	}
	return nil
}

// The vectors hold for every language. Each request is signed, sent and parsed.
func TestSignatureVectors(t *testing.T) {
	file, err := os.ReadFile("../api/signature-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Vectors []struct{ Name, Method, Target, Timestamp, AccessKey, SecretKey, StringToSign, Signature string }
	}
	if err := json.Unmarshal(file, &known); err != nil {
		t.Fatal(err)
	}
	if len(known.Vectors) < 40 {
		t.Fatalf("only %d vectors", len(known.Vectors))
	}
	for _, v := range known.Vectors {
		t.Run(v.Name, func(t *testing.T) {
			if got := signer.StringToSign(v.Method, v.Target, v.Timestamp, v.AccessKey); got != v.StringToSign {
				t.Errorf("string to sign is %q, want %q", got, v.StringToSign)
			}
			milliseconds, err := strconv.ParseInt(v.Timestamp, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			req, err := http.NewRequest(v.Method, "https://nks.apigw.ntruss.com"+v.Target, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := signer.New(signer.Static(v.AccessKey, v.SecretKey), signer.WithClock(at(milliseconds))).Sign(t.Context(), req); err != nil {
				t.Fatal(err)
			}
			for header, want := range map[string]string{
				"x-ncp-apigw-timestamp": v.Timestamp, "x-ncp-iam-access-key": v.AccessKey, "x-ncp-apigw-signature-v2": v.Signature,
			} {
				if got := req.Header.Values(header); len(got) != 1 || got[0] != want {
					t.Errorf("%s is %q, want %q", header, got, want)
				}
			}
			var wire bytes.Buffer
			if err := req.Write(&wire); err != nil {
				t.Fatal(err)
			}
			received, err := http.ReadRequest(bufio.NewReader(&wire))
			if err != nil {
				t.Fatal(err)
			}
			if received.RequestURI != v.Target {
				t.Errorf("sent as %s", received.RequestURI)
			}
			if err := verify(received, v.AccessKey, v.SecretKey); err != nil {
				t.Error(err)
			}
		})
	}
}

// Go's client must send exactly the target that was signed, so these requests go to a server.
func TestSignsWhatGoesOverTheWire(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := verify(r, accessKey, secretKey); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
		}
	}))
	defer server.Close()
	s := signer.New(signer.Static(accessKey, secretKey))
	client := &http.Client{CheckRedirect: signer.NoRedirect, Timeout: 10 * time.Second}
	for _, target := range []string{
		"", "/", "?", "/?", "?a", "/a", "/a/", "//a//b", "/a?b=c", "/a?b=c&b=d&b", "/a?", "/a%2Fb", "/a%2fb", "/a%20b", "/a+b?c+d",
		"/가나다", "/%EA%B0%80?q=가", "/a;b=c", "/a/../b", "/./a", "/a?b=c?d=/e", "/a#fragment", "/a?b=%00", "/%", "/a|b^c`d{}",
		"/a?b=\"<>\\^`{|}", "/a:b@c!$&'()*+,;=~",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "get", ""} {
			req, err := http.NewRequest(method, server.URL+target, nil)
			if err != nil {
				if target != "/%" {
					t.Errorf("%q: %v", target, err)
				}
				continue
			}
			req.Method = method
			if err := s.Sign(t.Context(), req); err != nil {
				t.Errorf("%s %q: %v", method, target, err)
				continue
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Errorf("%s %q: %v", method, target, err)
				continue
			}
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s %q: %s", method, target, resp.Status)
			}
		}
	}
}

func TestSignReplacesHeaders(t *testing.T) {
	req := httptest.NewRequest("GET", "https://nks.apigw.ntruss.com/", nil)
	stale := []string{"stale"}
	req.Header = http.Header{
		"x-ncp-apigw-timestamp": stale, "X-NCP-IAM-ACCESS-KEY": stale, signer.HeaderSignature: {"stale", "staler"},
		"X-Ncp-Apigw-Signature-V1": stale, "Accept": {"application/json"},
	}
	if err := signer.New(signer.Static(accessKey, secretKey)).Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if len(req.Header) != 4 {
		t.Errorf("headers left: %v", req.Header)
	}
	if err := verify(req, accessKey, secretKey); err != nil {
		t.Error(err)
	}
}

func TestSignTakesNilHeader(t *testing.T) {
	req := &http.Request{URL: httptest.NewRequest("GET", "https://example.com/", nil).URL}
	if err := signer.New(signer.Static(accessKey, secretKey)).Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if req.Header.Get(signer.HeaderSignature) == "" {
		t.Error("not signed")
	}
}

// http.ProxyFromEnvironment reads the environment once.
func init() { _ = os.Setenv("HTTP_PROXY", "http://proxy.example.com") }

// Plain HTTP is signed only if the request stays on this machine, so Go's client must not send it
// to a proxy.
func TestSignRefusesInsecureURLs(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://nks.apigw.ntruss.com/vnks/v2": true,
		"http://127.0.0.1:8080/":               true,
		"http://127.8.9.10/":                   true,
		"http://[::1]:8080/":                   true,
		"http://[::ffff:127.0.0.1]/":           true,
		"http://[::FFFF:7f00:1]/":              true,
		"http://[0:0:0:0:0:0:0:1]/":            true,
		"http://localhost:8080/":               true,
		"HTTP://LOCALHOST/":                    true,
		"http://LocalHost:8080/":               true,
		"http://localhost./":                   false,
		"http://localhoſt/":                    false,
		"http://ｌocalhost/":                    false,
		"http://127.1/":                        false,
		"http://127.0.0.01/":                   false,
		"http://0177.0.0.1/":                   false,
		"http://2130706433/":                   false,
		"http://0x7f000001/":                   false,
		"http://127.0.0.1./":                   false,
		"http://[::1%25lo]/":                   false,
		"http://[::ffff:127.0.0.1%25lo]/":      false,
		"http://[::127.0.0.1]/":                false,
		"http://[::]/":                         false,
		"http://nks.apigw.ntruss.com/vnks/v2":  false,
		"http://127.0.0.1.example.com/":        false,
		"http://localhost.example.com/":        false,
		"http://localhost@example.com/":        false,
		"http://10.0.0.1/":                     false,
		"http://0.0.0.0/":                      false,
		"http://user:password@example.com/":    false,
		"http:///vnks/v2":                      false,
		"ftp://127.0.0.1/":                     false,
		"//example.com/":                       false,
		"//localhost/":                         false,
		"/vnks/v2":                             false,
	} {
		req, err := http.NewRequest("GET", url, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = signer.New(signer.Static(accessKey, secretKey)).Sign(t.Context(), req)
		var insecure *signer.InsecureURLError
		if ok && err != nil || !ok && !errors.As(err, &insecure) {
			t.Errorf("%s: %v", url, err)
		}
		if proxy, proxyErr := http.ProxyFromEnvironment(req); err == nil && (proxy != nil || proxyErr != nil) {
			t.Errorf("%s is signed and sent to a proxy as %s", url, req.URL)
		}
		if err != nil && (len(req.Header) > 0 || strings.Contains(err.Error(), "password")) {
			t.Errorf("%s: left %v, %v", url, req.Header, err)
		}
		if err := signer.New(signer.Static(accessKey, secretKey), signer.WithInsecureHTTP()).Sign(t.Context(), req); err != nil {
			t.Errorf("%s with WithInsecureHTTP: %v", url, err)
		}
	}
}

// A URL may be shared by requests that are signed at the same time.
func TestSignLeavesTheURLOfOthersAlone(t *testing.T) {
	shared := &url.URL{Scheme: "http", Host: "LOCALHOST:8080", Path: "/A"}
	req := &http.Request{URL: shared}
	if err := signer.New(signer.Static(accessKey, secretKey)).Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if req.URL.String() != "http://localhost:8080/A" || shared.Host != "LOCALHOST:8080" {
		t.Errorf("the request goes to %s, the shared URL is %s", req.URL, shared)
	}
}

func TestSignRefusesAnOpaqueURL(t *testing.T) {
	req := httptest.NewRequest("GET", "https://example.com/", nil)
	req.URL.Opaque = "//example.com/other"
	if err := signer.New(signer.Static(accessKey, secretKey)).Sign(t.Context(), req); err == nil {
		t.Error("signed")
	}
}

func TestSignRefusesBadCredentials(t *testing.T) {
	now := time.UnixMilli(1767225600000)
	for _, c := range []struct {
		name        string
		credentials signer.Credentials
		want        string
	}{
		{"no access key", signer.Credentials{SecretKey: "TOPSECRET"}, "access key is empty"},
		{"no secret key", signer.Credentials{AccessKey: "a"}, "secret key is empty"},
		{"line break after the secret key", signer.Credentials{AccessKey: "a", SecretKey: "TOPSECRET\n"}, "secret key contains the invalid character '\\n' (byte 10 of 10)"},
		{"header smuggled in the access key", signer.Credentials{AccessKey: "a\r\nX: y", SecretKey: "TOPSECRET"}, "access key contains the invalid character '\\r' (byte 2 of 7)"},
		{"delete character", signer.Credentials{AccessKey: "a\x7f", SecretKey: "TOPSECRET"}, "access key contains the invalid character '\\x7f' (byte 2 of 2)"},
		{"C1 control in the secret key", signer.Credentials{AccessKey: "a", SecretKey: "TOP\u0085SECRET"}, "secret key contains the invalid character '\\u0085' (byte 4 of 11)"},
		{"line separator in the secret key", signer.Credentials{AccessKey: "a", SecretKey: "TOPSECRET\u2028"}, "'\\u2028' (byte 10 of 12)"},
		{"space after the access key", signer.Credentials{AccessKey: "a ", SecretKey: "TOPSECRET"}, "access key contains the invalid character ' ' (byte 2 of 2)"},
		{"space before the secret key", signer.Credentials{AccessKey: "a", SecretKey: " TOPSECRET"}, "secret key begins or ends with a space"},
		{"space in the access key", signer.Credentials{AccessKey: "a b", SecretKey: "TOPSECRET"}, "access key contains the invalid character ' ' (byte 2 of 3)"},
		{"byte order mark in the access key", signer.Credentials{AccessKey: "\ufeffa", SecretKey: "TOPSECRET"}, "access key contains the invalid character '\\ufeff' (byte 1 of 4)"},
		{"expired", signer.Credentials{AccessKey: "a", SecretKey: "TOPSECRET", Expires: now}, "credentials expired at 2026-01-01T00:00:00Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			provider := signer.ProviderFunc(func(context.Context) (signer.Credentials, error) { return c.credentials, nil })
			req := httptest.NewRequest("GET", "https://example.com/", nil)
			err := signer.New(provider, signer.WithClock(func() time.Time { return now })).Sign(t.Context(), req)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "TOPSECRET") {
				t.Error("the error holds the secret key")
			}
			if len(req.Header) > 0 {
				t.Errorf("left headers %v", req.Header)
			}
		})
	}
}

// A signer caches the last valid key pair. It must still check and use the next one.
func TestSignWithChangingCredentials(t *testing.T) {
	now := time.UnixMilli(1767225600000)
	var given signer.Credentials
	provider := signer.ProviderFunc(func(context.Context) (signer.Credentials, error) { return given, nil })
	s := signer.New(provider, signer.WithClock(func() time.Time { return now }))
	for _, c := range []struct {
		credentials signer.Credentials
		refused     bool
	}{
		{signer.Credentials{AccessKey: "one", SecretKey: "first", Expires: now.Add(1)}, false},
		{signer.Credentials{AccessKey: "one", SecretKey: "first", Expires: now}, true},
		{signer.Credentials{AccessKey: "one", SecretKey: "second"}, false},
		{signer.Credentials{AccessKey: "two", SecretKey: "second"}, false},
		{signer.Credentials{AccessKey: "t w o", SecretKey: "second"}, true},
		{signer.Credentials{AccessKey: "two"}, true},
		{signer.Credentials{AccessKey: "two", SecretKey: "second"}, false},
		{signer.Credentials{}, true},
	} {
		given = c.credentials
		req := httptest.NewRequest("GET", "https://example.com/", nil)
		err := s.Sign(t.Context(), req)
		if c.refused {
			if err == nil {
				t.Errorf("%v, which expires %v: %v", given, given.Expires, err)
			}
			continue
		}
		if err == nil {
			err = verify(req, given.AccessKey, given.SecretKey)
		}
		if err != nil {
			t.Errorf("%v: %v", given, err)
		}
	}
}

func TestSignReturnsTheErrorOfTheProvider(t *testing.T) {
	cause := errors.New("metadata service: no route to host")
	provider := signer.ProviderFunc(func(context.Context) (signer.Credentials, error) { return signer.Credentials{}, cause })
	err := signer.New(provider).Sign(t.Context(), httptest.NewRequest("GET", "https://example.com/", nil))
	if !errors.Is(err, cause) {
		t.Errorf("got %v", err)
	}
}

func TestWithoutAClock(t *testing.T) {
	req := httptest.NewRequest("GET", "https://example.com/", nil)
	if err := signer.New(signer.Static(accessKey, secretKey), signer.WithClock(nil)).Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if err := verify(req, accessKey, secretKey); err != nil {
		t.Error(err)
	}
}

// The keys change under way, as those of a server role do.
func TestSignIsSafeForConcurrentUse(t *testing.T) {
	secrets := map[string]string{"a": "secret of a", "b": "secret of b"}
	turn := make(chan string, 2)
	turn <- "a"
	turn <- "b"
	s := signer.New(signer.ProviderFunc(func(context.Context) (signer.Credentials, error) {
		key := <-turn
		turn <- key
		return signer.Credentials{AccessKey: key, SecretKey: secrets[key]}, nil
	}))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				req := httptest.NewRequest("GET", fmt.Sprintf("https://example.com/%d", i), nil)
				if err := s.Sign(context.Background(), req); err != nil {
					t.Error(err)
				}
				access := req.Header.Get(signer.HeaderAccessKey)
				if err := verify(req, access, secrets[access]); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestNothingPrintsTheSecretKey(t *testing.T) {
	const secret = "TOPSECRET"
	credentials := signer.Credentials{AccessKey: "access", SecretKey: secret}
	type holder struct {
		Provider signer.Provider
		Signer   *signer.Signer
		Keys     []signer.Credentials
		Pointer  *signer.Credentials
	}
	s := signer.New(signer.Static("access", secret))
	req := httptest.NewRequest("GET", "https://example.com/", nil)
	if err := s.Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{
		credentials, &credentials, signer.Static("access", secret), s,
		holder{signer.Static("access", secret), s, []signer.Credentials{credentials}, &credentials},
	} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%T", "%08.3f"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		if data, err := json.Marshal(value); err == nil {
			out.Write(data)
		}
		if data, err := xml.Marshal(value); err == nil {
			out.Write(data)
		}
		options := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
		slog.New(slog.NewTextHandler(&out, options)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&out, options)).Info("json", "value", value)
		for _, leak := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret), fmt.Sprint([]byte(secret))} {
			if strings.Contains(out.String(), leak) {
				t.Errorf("%T prints the secret key:\n%s", value, out.String())
			}
		}
	}
	if got := fmt.Sprintf("%v", credentials); got != `access key "access", secret key hidden` {
		t.Errorf("credentials print as %s", got)
	}
}

func TestNoRedirectKeepsTheSignatureHome(t *testing.T) {
	var leaked bool
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { leaked = true }))
	defer other.Close()
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	defer server.Close()
	req, err := http.NewRequest("GET", server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.New(signer.Static(accessKey, secretKey)).Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{CheckRedirect: signer.NoRedirect}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if leaked || resp.StatusCode != http.StatusTemporaryRedirect {
		t.Errorf("status %d, followed: %v", resp.StatusCode, leaked)
	}
}

func ExampleSigner_Sign() {
	s := signer.New(
		signer.Static("EXAMPLEACCESSKEY0001", "ExampleSecretKeyOfTheContract0123456789a"),
		signer.WithClock(func() time.Time { return time.UnixMilli(1767225600000) }), // leave this out
	)
	req, err := http.NewRequest("GET", "https://nks.apigw.ntruss.com/vnks/v2/clusters/0000a20e-e0fb-4dc9-af1b-97fd3f8d0000/access-entries", nil)
	if err != nil {
		panic(err)
	}
	if err := s.Sign(context.Background(), req); err != nil {
		panic(err)
	}
	fmt.Println(req.Header.Get("x-ncp-apigw-timestamp"))
	fmt.Println(req.Header.Get("x-ncp-iam-access-key"))
	fmt.Println(req.Header.Get("x-ncp-apigw-signature-v2"))
	// Output:
	// 1767225600000
	// EXAMPLEACCESSKEY0001
	// r41m11NFEayZkNSz8VcJ01NWpzegu4RbIzEFbabSeAM=
}
