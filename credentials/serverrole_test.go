package credentials_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nks-access/nks-access/credentials"
)

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
		{"a refusal", "r", `{"Code":"Failed","Message":"TOPSECRET was detached"}`, "the role has no keys, or they have no expiration"},
		{"half a pair", "r", `{"SecretAccessKey":"TOPSECRET","Expiration":"2030-01-01T00:00:00Z"}`, "the role has no keys"},
		{"no expiration", "r", `{"AccessKeyId":"a","SecretAccessKey":"TOPSECRET"}`, "have no expiration"},
		{"not JSON", "r", `TOPSECRET`, "not the expected JSON"},
		{"a secret of another type", "r", `{"AccessKeyId":"a","SecretAccessKey":["TOPSECRET"]}`, "not the expected JSON"},
		{"keys in place of roles", `{"AccessKeyId":"a","SecretAccessKey":"TOPSECRET"}`, "", "the response is not a list of roles"},
		{"keys on lines of their own", "{\n\"SecretAccessKey\":\n\"TOPSECRET\"\n}\n", "", "the response is not a list of roles"},
		{"a path in place of a role", "../../TOPSECRET", "", "the response is not a list of roles"},
		{"a page", "<html>TOPSECRET</html>", "", "the response is not a list of roles"},
		{"a secret key in place of a role", "TOPSECRET", `{"AccessKeyId":"a","SecretAccessKey":"TOPSECRET","Expiration":"2030-01-01T00:00:00Z"}`, "lists keys in place of roles"},
		{"a secret key in place of a role, and nothing else", "TOPSECRET", `{}`, "the role has no keys"},
		{"a message with the secret key", "r", `{"Code":"TOPSECRET","Message":"{\"SecretAccessKey\":\"TOPSECRET\"}"}`, "the role has no keys"},
		{"a malformed key", "r", `{"AccessKeyId":"a","SecretAccessKey":"TOPSECRET\n","Expiration":"2030-01-01T00:00:00Z"}`, "secret key contains the invalid character"},
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
			role := &credentials.ServerRole{Endpoint: server.URL}
			got, err := role.Credentials(t.Context())
			check(t, got, err, c.want)
			if strings.Contains(role.Source(), secret) {
				t.Errorf("source is %s", role.Source())
			}
		})
	}
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
