package access_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/signer"
)

const someUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// update updates an entry with a client that makes one attempt.
func update(t *testing.T, options ...access.Option) error {
	t.Helper()
	client, err := access.NewClient(append(options, access.WithRetry(access.Retry{MaxTries: 1}))...)
	if err != nil {
		t.Fatal(err)
	}
	return client.Update(t.Context(), someUUID, someUUID, []string{"developers"}, nil)
}

// closedAddress returns an address of this machine that refuses connections.
func closedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func TestConnectionsOfACredentialsProviderDoNotCount(t *testing.T) {
	refusing := closedAddress(t)
	t.Run("a failed one does not mean that nothing was sent", func(t *testing.T) {
		provider := signer.ProviderFunc(func(ctx context.Context) (signer.Credentials, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+refusing, nil)
			if err != nil {
				return signer.Credentials{}, err
			}
			if _, err := http.DefaultClient.Do(req); err == nil {
				t.Error("the connection was not refused")
			}
			return signer.Credentials{AccessKey: "a", SecretKey: "b"}, nil // those of before
		})
		transport := roundTripper(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPut {
				return nil, errors.New("reset after the request was sent")
			}
			return &http.Response{StatusCode: 500, Body: io.NopCloser(strings.NewReader(""))}, nil // without its request
		})
		err := update(t, access.WithBaseURL("http://127.0.0.1:9/vnks/v2"), access.WithCredentials(provider),
			access.WithHTTPClient(&http.Client{Transport: transport}))
		if !errors.Is(err, access.ErrUnknownOutcome) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a good one does not mean that something was sent", func(t *testing.T) {
		metadata := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/") {
				_, _ = io.WriteString(w, "role")
				return
			}
			const keys = `{"AccessKeyId":"a","SecretAccessKey":"b","Expiration":%q}`
			_, _ = fmt.Fprintf(w, keys, time.Now().Add(time.Hour).Format(time.RFC3339))
		}))
		defer metadata.Close()
		err := update(t, access.WithBaseURL("http://"+refusing+"/vnks/v2"),
			access.WithCredentials(&credentials.ServerRole{Endpoint: metadata.URL}))
		if !errors.Is(err, access.ErrUnavailable) || errors.Is(err, access.ErrUnknownOutcome) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("its error is no lost response", func(t *testing.T) {
		provider := signer.ProviderFunc(func(ctx context.Context) (signer.Credentials, error) {
			_, err := http.Get("http://" + refusing)
			return signer.Credentials{}, err
		})
		err := update(t, access.WithBaseURL("http://127.0.0.1:9/vnks/v2"), access.WithCredentials(provider))
		if err == nil || errors.Is(err, access.ErrUnknownOutcome) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a refused connection of a transport that calls no trace", func(t *testing.T) {
		transport := roundTripper(func(*http.Request) (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
		})
		err := update(t, access.WithBaseURL("http://127.0.0.1:9/vnks/v2"), access.WithCredentials(signer.Static("a", "b")),
			access.WithHTTPClient(&http.Client{Transport: transport}))
		if !errors.Is(err, access.ErrUnavailable) || errors.Is(err, access.ErrUnknownOutcome) {
			t.Errorf("got %v", err)
		}
	})
}

func TestReadsDoNotWaitForBusyClusters(t *testing.T) {
	for _, status := range []int{http.StatusTooManyRequests, http.StatusConflict} {
		synctest.Test(t, func(t *testing.T) {
			transport := roundTripper(func(*http.Request) (*http.Response, error) {
				header := http.Header{"Retry-After": {"3600"}}
				return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(""))}, nil
			})
			client, err := access.NewClient(access.WithBaseURL("http://127.0.0.1:9/vnks/v2"), access.WithCredentials(signer.Static("a", "b")),
				access.WithHTTPClient(&http.Client{Transport: transport}), access.WithWait(24*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if _, err := client.List(t.Context(), someUUID); err == nil || time.Since(start) > 2*time.Minute {
				t.Errorf("status %d: after %s: %v", status, time.Since(start), err)
			}
		})
	}
}
