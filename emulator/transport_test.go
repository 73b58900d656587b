package emulator_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// offline sends a signed request without a network.
func offline(ctx context.Context, e *emulator.Emulator, method, path, body string) (*http.Response, string, error) {
	req, err := http.NewRequestWithContext(ctx, method, e.BaseURL()+path, strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	req.Header.Set("Content-Type", "application/json")
	if err := signer.New(e.Credentials()).Sign(ctx, req); err != nil {
		return nil, "", err
	}
	resp, err := (&http.Client{Transport: e.Transport()}).Do(req)
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp, string(data), err
}

func TestTransport(t *testing.T) {
	e := newEmulator(t, emulator.Options{})
	const list = "/clusters/" + emulator.DemoClusterUUID + "/access-entries"
	resp, body, err := offline(t.Context(), e, "POST", list, `{"type":"ROLE","entry":"`+role+`"}`)
	if err != nil || resp.StatusCode != 200 || body != `{"uuid":"`+emulator.DemoClusterUUID+`"}`+"\n" {
		t.Fatalf("%v, %v: %s", resp, err, body)
	}
	if resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Date") == "" || resp.Status != "200 OK" || resp.ContentLength != int64(len(body)) {
		t.Errorf("the response is %+v", resp)
	}
	if entries := e.Entries(emulator.DemoClusterUUID); len(entries) != 1 || entries[0].Entry != role {
		t.Errorf("entries are %v", entries)
	}
	if resp, body, err = offline(t.Context(), e, "GET", "/clusters/nobody", ""); err != nil || resp.StatusCode != 400 || !strings.Contains(body, "well-formed UUID") {
		t.Errorf("%v, %v: %s", resp, err, body)
	}
	if resp, body, err = offline(t.Context(), e, "HEAD", "/clusters", ""); err != nil || resp.StatusCode != 405 || body != "" {
		t.Errorf("%v, %v: %s", resp, err, body)
	}
	requests := e.Requests()
	if len(requests) != 3 || requests[0].Operation != "createAccessEntry" || requests[0].Signature != "ok" {
		t.Errorf("the log has %+v", requests)
	}
}

// The client of a request that is refused, dropped or given up gets what it would get over a network.
func TestTransportFails(t *testing.T) {
	e := newEmulator(t, emulator.Options{Faults: emulator.Faults{Lose: 1}})
	const list = "/clusters/" + emulator.DemoClusterUUID + "/access-entries"
	if _, _, err := offline(t.Context(), e, "POST", list, `{"type":"ROLE","entry":"`+role+`"}`); !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want EOF", err)
	}
	if entries := e.Entries(emulator.DemoClusterUUID); len(entries) != 1 {
		t.Errorf("entries are %v", entries)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := offline(ctx, e, "GET", list, ""); !errors.Is(err, context.Canceled) || len(e.Requests()) != 1 {
		t.Errorf("got %v, and %d requests", err, len(e.Requests()))
	}
}

// A change whose client has given up is made all the same.
func TestTransportOfAClientThatGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEmulator(t, emulator.Options{Faults: emulator.Faults{Latency: 10 * time.Second}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		const list = "/clusters/" + emulator.DemoClusterUUID + "/access-entries"
		start := time.Now()
		_, _, err := offline(ctx, e, "POST", list, `{"type":"ROLE","entry":"`+role+`"}`)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
		synctest.Wait()
		if entries := e.Entries(emulator.DemoClusterUUID); len(entries) != 1 {
			t.Errorf("entries are %v", entries)
		}
	})
}

// closer notes that a body was closed.
type closer struct {
	io.Reader
	closed chan struct{}
}

func (c closer) Close() error {
	close(c.closed)
	return nil
}

func TestTransportClosesTheBody(t *testing.T) {
	e := newEmulator(t, emulator.Options{})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, ctx := range map[string]context.Context{"served": t.Context(), "not served": ended} {
		body := closer{strings.NewReader("{}"), make(chan struct{})}
		req, err := http.NewRequestWithContext(ctx, "POST", e.BaseURL()+"/clusters", body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := e.Transport().RoundTrip(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		select {
		case <-body.closed:
		case <-time.After(patience):
			t.Errorf("%s: the body is open", name)
		}
	}
}

func TestBaseURLAndCredentials(t *testing.T) {
	server, err := emulator.Start(emulator.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if want := server.URL + "/vnks/v2"; server.BaseURL() != want {
		t.Errorf("the base URL is %s, want %s", server.BaseURL(), want)
	}
	keys := []emulator.Key{{Credentials: signer.Credentials{AccessKey: "first", SecretKey: "one"}}, {Credentials: signer.Credentials{AccessKey: "second", SecretKey: "two"}}}
	for want, options := range map[string]emulator.Options{emulator.DemoSecretKey: {}, "one": {Keys: keys}} {
		got, err := newEmulator(t, options).Credentials().Credentials(t.Context())
		if err != nil || got.SecretKey != want {
			t.Errorf("got %v, %v", got, err)
		}
	}
	if _, err := newEmulator(t, emulator.Options{Keys: []emulator.Key{}}).Credentials().Credentials(t.Context()); err == nil {
		t.Error("there are credentials without keys")
	}
}
