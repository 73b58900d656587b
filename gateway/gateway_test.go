package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/signer"
)

const baseURL = "https://nks.example.com/vnks/v2"

var keys = signer.Static("ACCESS", "TOPSECRET")

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func newGateway(t *testing.T, config gateway.Config, send transport) *gateway.Gateway {
	t.Helper()
	config.BaseURL = baseURL
	config.HTTPClient = &http.Client{Transport: send}
	if config.Credentials == nil {
		config.Credentials = keys
	}
	g, err := gateway.New(config)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func request(t *testing.T, method, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func response(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestARequestIsSignedAndSaysWhoAsks(t *testing.T) {
	var sent http.Header
	g := newGateway(t, gateway.Config{UserAgent: "operator/1.0", Region: "sgn"}, func(req *http.Request) (*http.Response, error) {
		sent = req.Header
		return response(200, "{}"), nil
	})
	if _, err := g.Do(request(t, http.MethodGet, baseURL)); err != nil {
		t.Fatal(err)
	}
	if sent.Get("User-Agent") != "operator/1.0 nks-access" || sent.Get("X-Ncp-Region_code") != "SGN" {
		t.Errorf("sent %v", sent)
	}
	if sent.Get(signer.HeaderAccessKey) != "ACCESS" || sent.Get(signer.HeaderSignature) == "" {
		t.Errorf("sent %v", sent)
	}
}

func TestBeforeSendSeesTheSignedRequestAndCanStopIt(t *testing.T) {
	stop := errors.New("only looking")
	var seen http.Header
	g := newGateway(t, gateway.Config{BeforeSend: func(req *http.Request) error {
		seen = req.Header
		return stop
	}}, func(*http.Request) (*http.Response, error) {
		t.Error("the request was sent")
		return response(200, ""), nil
	})
	err := g.Read(t.Context(), "look", func(ctx context.Context) error {
		_, err := g.Do(request(t, http.MethodGet, baseURL).WithContext(ctx))
		return err
	})
	if !errors.Is(err, stop) || err.Error() != "look: only looking" || seen.Get(signer.HeaderSignature) == "" {
		t.Errorf("got %v, saw %v", err, seen)
	}
}

// A wrong clock is corrected by the date of a refusal, once, up to an hour.
func TestTheClockIsCorrected(t *testing.T) {
	for offset, corrected := range map[time.Duration]bool{
		7 * time.Minute: true, -7 * time.Minute: true, 55 * time.Minute: true, 30 * time.Second: false, 2 * time.Hour: false, -1000 * time.Hour: false,
	} {
		t.Run(offset.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var warnings []string
				attempts := 0
				config := gateway.Config{OnWarning: func(sentence string) { warnings = append(warnings, sentence) }}
				g := newGateway(t, config, func(req *http.Request) (*http.Response, error) {
					attempts++
					body, err := io.ReadAll(req.Body)
					if err != nil || string(body) != "{}" {
						t.Errorf("attempt %d sent %q, %v", attempts, body, err)
					}
					now := time.Now().Add(offset)
					if req.Header.Get(signer.HeaderTimestamp) == fmt.Sprint(now.UnixMilli()) {
						return response(200, "{}"), nil
					}
					resp := response(401, `{"error":{"errorCode":"200","message":"Authentication Failed"}}`)
					resp.Header.Set("Date", now.UTC().Format(http.TimeFormat))
					return resp, nil
				})
				for range 2 {
					_, err := g.Do(request(t, http.MethodPut, baseURL))
					if corrected != (err == nil) {
						t.Errorf("got %v", err)
					}
					if offset.Abs() > time.Hour && !strings.Contains(err.Error(), "set the clock") {
						t.Errorf("got %v", err)
					}
				}
				if want := map[bool]int{true: 3, false: 2}[corrected]; attempts != want {
					t.Errorf("%d attempts, want %d", attempts, want)
				}
				if want := map[bool]int{true: 1, false: 0}[corrected]; len(warnings) != want {
					t.Errorf("warned %q", warnings)
				}
			})
		})
	}
}

// A false date must not make the keys of a server role expire.
func TestKeysExpireByTheLocalClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expires := time.Now().Add(20 * time.Minute)
		provider := signer.ProviderFunc(func(context.Context) (signer.Credentials, error) {
			return signer.Credentials{AccessKey: "a", SecretKey: "b", Expires: expires}, nil
		})
		date := time.Now().Add(50 * time.Minute)
		g := newGateway(t, gateway.Config{Credentials: provider}, func(*http.Request) (*http.Response, error) {
			resp := response(401, "")
			resp.Header.Set("Date", date.UTC().Format(http.TimeFormat))
			return resp, nil
		})
		for range 2 {
			if _, err := g.Do(request(t, http.MethodGet, baseURL)); !errors.Is(err, gateway.ErrUnauthenticated) {
				t.Errorf("got %v", err)
			}
		}
		time.Sleep(time.Hour)
		if _, err := g.Do(request(t, http.MethodGet, baseURL)); err == nil || !strings.Contains(err.Error(), "credentials expired") {
			t.Errorf("got %v", err)
		}
	})
}

func TestMayHaveArrived(t *testing.T) {
	for name, c := range map[string]struct {
		send transport
		want bool
	}{
		"refused":     {func(*http.Request) (*http.Response, error) { return response(400, ""), nil }, false},
		"unavailable": {func(*http.Request) (*http.Response, error) { return response(503, ""), nil }, true},
		"reset":       {func(*http.Request) (*http.Response, error) { return nil, errors.New("reset") }, true},
		"no connection": {func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		}, false},
	} {
		_, err := newGateway(t, gateway.Config{}, c.send).Do(request(t, http.MethodPost, baseURL))
		var failed *gateway.Error
		if !errors.As(err, &failed) || failed.MayHaveArrived() != c.want {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// Pauses of nanoseconds would keep a processor busy, and none is cut short.
func TestPausesHaveLimits(t *testing.T) {
	for first, c := range map[time.Duration]struct{ least, most time.Duration }{
		time.Nanosecond:  {40 * time.Microsecond, time.Second},
		20 * time.Second: {40 * time.Second, 2 * time.Minute},
	} {
		synctest.Test(t, func(t *testing.T) {
			retry := gateway.Retry{MaxTries: 5, FirstPause: first, MaxElapsed: time.Hour}
			g := newGateway(t, gateway.Config{Retry: retry}, func(*http.Request) (*http.Response, error) { return response(503, ""), nil })
			start := time.Now()
			err := g.Read(t.Context(), "read", func(context.Context) error {
				_, err := g.Do(request(t, http.MethodGet, baseURL))
				return err
			})
			if took := time.Since(start); !errors.Is(err, gateway.ErrUnavailable) || took < c.least || took > c.most {
				t.Errorf("%s: took %s: %v", first, took, err)
			}
		})
	}
}

// Whatever the provider is, printing a gateway does not print its keys.
func TestNothingPrintsTheSecretKey(t *testing.T) {
	g := newGateway(t, gateway.Config{Credentials: pair{"a", "TOPSECRET"}}, nil)
	for _, value := range []any{g, struct{ Gateway *gateway.Gateway }{g}} {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			fmt.Fprintf(&out, verb+"\n", value)
		}
		if data, err := json.Marshal(value); err == nil {
			out.Write(data)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("text", "value", value)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "value", value)
		if strings.Contains(out.String(), "TOPSECRET") || strings.Contains(out.String(), fmt.Sprintf("%x", "TOPSECRET")) {
			t.Errorf("%T prints the secret key:\n%s", value, out.String())
		}
	}
}

// pair is a provider that holds its keys by value.
type pair struct{ accessKey, secretKey string }

func (p pair) Credentials(context.Context) (signer.Credentials, error) {
	return signer.Credentials{AccessKey: p.accessKey, SecretKey: p.secretKey}, nil
}

// The caller of an error can see the response as it was received. After 101 there is none.
func TestAnErrorHasItsResponse(t *testing.T) {
	for _, status := range []int{404, 503, 302, 101} {
		g := newGateway(t, gateway.Config{}, func(*http.Request) (*http.Response, error) {
			resp := response(status, "<html>no</html>")
			resp.Header.Set("X-Ncp-Request-Id", "1")
			return resp, nil
		})
		_, err := g.Do(request(t, http.MethodGet, baseURL))
		var failed *gateway.Error
		if !errors.As(err, &failed) {
			t.Fatalf("%d: got %v", status, err)
		}
		resp := failed.Response()
		if status == 101 {
			if resp != nil {
				t.Errorf("%d: got a response", status)
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != "<html>no</html>" || resp.StatusCode != status || resp.Header.Get("X-Ncp-Request-Id") != "1" {
			t.Errorf("%d: got %d %v %q, %v", status, resp.StatusCode, resp.Header, body, err)
		}
	}
	if resp := (&gateway.Error{Status: 404}).Response(); resp != nil {
		t.Error("an error without a response has one")
	}
}
