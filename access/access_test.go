package access_test

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
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/credentials"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

const (
	user    = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	role    = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	cluster = emulator.DemoClusterUUID
	nobody  = "00000000-0000-4000-8000-000000000000"
)

var (
	demoKeys = signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)
	quick    = access.Retry{MaxTries: 4, FirstPause: time.Millisecond, MaxElapsed: 10 * time.Minute, TryTimeout: time.Minute}
	view     = access.Policy{Type: access.View, Scope: access.ClusterScope}
)

func edit(namespaces ...string) access.Policy {
	return access.Edit.In(namespaces...)
}

// service is an emulator behind faults. Its connections are pipes, so that it also runs in a bubble
// with a fake clock.
type service struct {
	connections chan net.Conn
	closed      chan struct{}

	mu     sync.Mutex
	seen   []string // METHOD path, in order
	faults []fault
}

// fault is what happens to one request of a method. It may pass the request on to the emulator.
type fault struct {
	method string // "" for any; "GET cluster" for a read of the cluster
	happen func(w http.ResponseWriter, r *http.Request, emulator http.Handler)
}

const serviceURL = "http://localhost/vnks/v2"

func newService(t *testing.T, options emulator.Options, faults ...fault) *service {
	t.Helper()
	s := &service{connections: make(chan net.Conn), closed: make(chan struct{}), faults: faults}
	options.Faults.LowerScopes = lowerScopes
	next, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Method+" "+r.URL.Path)
		happen := func(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
		for i, fault := range s.faults {
			if fault.method == "" || fault.method == r.Method ||
				fault.method == "GET cluster" && r.Method == "GET" && strings.HasSuffix(r.URL.Path, cluster) {
				happen = fault.happen
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
				break
			}
		}
		s.mu.Unlock()
		happen(w, r, next)
	})}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(s) })
	t.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return s
}

// Accept, Close and Addr make the service a net.Listener.
func (s *service) Accept() (net.Conn, error) {
	select {
	case conn := <-s.connections:
		return conn, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *service) Close() error   { close(s.closed); return nil }
func (s *service) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (s *service) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case s.connections <- theirs:
		return ours, nil
	case <-s.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *service) count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, seen := range s.seen {
		if strings.HasPrefix(seen, method+" ") {
			n++
		}
	}
	return n
}

func (s *service) client(t *testing.T, opts ...access.Option) *access.Client {
	t.Helper()
	transport := &http.Transport{DialContext: s.dial}
	t.Cleanup(transport.CloseIdleConnections)
	client, err := access.NewClient(append([]access.Option{
		access.WithBaseURL(serviceURL), access.WithCredentials(demoKeys), access.WithRetry(quick),
		access.WithHTTPClient(&http.Client{Transport: transport}),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// entries asks the service itself, around its faults.
func (s *service) entries(t *testing.T) []access.Entry {
	t.Helper()
	s.mu.Lock()
	s.faults = nil
	s.mu.Unlock()
	entries, err := s.client(t).List(t.Context(), cluster)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestAnEntryFromCreateToDelete(t *testing.T) {
	s := newService(t, emulator.Options{})
	c := s.client(t)
	created, _, err := c.Ensure(t.Context(), cluster, access.NewEntry{Principal: user, Grants: access.Grants{Groups: []string{"dev"}, Policies: []access.Policy{view, edit("dev", "*-ns")}}})
	if err != nil {
		t.Fatal(err)
	}
	want := access.Entry{
		UUID: created.UUID, ClusterUUID: cluster, Principal: user,
		Grants: access.Grants{Groups: []string{"dev"}, Policies: []access.Policy{view, edit("dev", "*-ns")}},
	}
	if diff := cmp.Diff(want, created); diff != "" || !access.IsUUID(created.UUID) || created.Principal.Type() != access.TypeUser {
		t.Errorf("created %s", diff)
	}
	for _, by := range []string{created.UUID, user} {
		if found, err := c.Find(t.Context(), cluster, by); err != nil || !cmp.Equal(found, want) {
			t.Errorf("find %s: %+v, %v", by, found, err)
		}
	}

	// What was read can be sent back.
	if err := c.Update(t.Context(), cluster, created.UUID, created.Grants); err != nil {
		t.Error(err)
	}
	if err := c.Update(t.Context(), cluster, created.UUID, access.Grants{}); err != nil {
		t.Error(err)
	}
	if got, err := c.Get(t.Context(), cluster, created.UUID); err != nil || len(got.Groups)+len(got.Policies) != 0 || got.Groups == nil || got.Policies == nil {
		t.Errorf("after clearing: %+v, %v", got, err)
	}
	if err := c.Delete(t.Context(), cluster, created.UUID); err != nil {
		t.Error(err)
	}
	if list, err := c.List(t.Context(), cluster); err != nil || list == nil || len(list) != 0 {
		t.Errorf("after the delete: %v, %v", list, err)
	}
}

func TestCreateIsSafeToRepeat(t *testing.T) {
	s := newService(t, emulator.Options{})
	c := s.client(t)
	entry := access.NewEntry{Principal: role, Grants: access.Grants{Groups: []string{"a", "b"}, Policies: []access.Policy{view, edit("x", "y")}}}
	first, sent, err := c.Ensure(t.Context(), cluster, entry)
	if err != nil || !sent {
		t.Fatal(sent, err)
	}
	if found, sent, err := c.Ensure(t.Context(), cluster, entry); err != nil || sent || found.UUID != first.UUID {
		t.Errorf("got %+v, %v, %v", found, sent, err)
	}
	entry.Grants = access.Grants{Groups: []string{"b", "a"}, Policies: []access.Policy{edit("y", "x"), view}} // the same in another order
	again, _, err := c.Ensure(t.Context(), cluster, entry)
	if err != nil || again.UUID != first.UUID {
		t.Errorf("got %+v, %v", again, err)
	}
	entry.Groups = []string{"a"}
	_, _, err = c.Ensure(t.Context(), cluster, entry)
	var exists *access.ExistsError
	if !errors.Is(err, access.ErrExists) || !errors.As(err, &exists) || exists.Existing.UUID != first.UUID {
		t.Errorf("got %v", err)
	}
	if got := s.entries(t); len(got) != 1 || len(got[0].Groups) != 2 {
		t.Errorf("entries are %+v", got)
	}
}

func TestGrantAndRevoke(t *testing.T) {
	s := newService(t, emulator.Options{})
	c := s.client(t)
	if _, _, err := c.Ensure(t.Context(), cluster, access.NewEntry{Principal: user, Grants: access.Grants{Policies: []access.Policy{edit("dev")}}}); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name     string
		change   func(context.Context, string, string, access.Grants, ...access.WriteOption) (access.Change, error)
		groups   []string
		policies []access.Policy
		want     string
		sends    bool
	}{
		{"a group and a policy", c.Grant, []string{"g"}, []access.Policy{view}, "[g] [NKSEditPolicy@dev NKSViewPolicy]", true},
		{"another namespace", c.Grant, nil, []access.Policy{edit("prod", "dev")}, "[g] [NKSEditPolicy@dev,prod NKSViewPolicy]", true},
		{"what is granted", c.Grant, []string{"g"}, []access.Policy{edit("dev"), view}, "[g] [NKSEditPolicy@dev,prod NKSViewPolicy]", false},
		{"a namespace", c.Revoke, nil, []access.Policy{edit("dev", "other")}, "[g] [NKSEditPolicy@prod NKSViewPolicy]", true},
		{"of another scope", c.Revoke, []string{"h"}, []access.Policy{{Type: access.Edit, Scope: access.ClusterScope}}, "[g] [NKSEditPolicy@prod NKSViewPolicy]", false},
		{"the last namespace, a policy and a group", c.Revoke, []string{"g"}, []access.Policy{edit("prod"), view}, "[] []", true},
	} {
		puts := s.count("PUT")
		change, err := step.change(t.Context(), cluster, user, access.Grants{Groups: step.groups, Policies: step.policies})
		if err != nil {
			t.Errorf("%s: %v", step.name, err)
			continue
		}
		got, err := c.Find(t.Context(), cluster, user)
		if text := fmt.Sprint(got.Groups, got.Policies); err != nil || text != step.want || !cmp.Equal(got, change.After) {
			t.Errorf("%s: the entry grants %s, the change says %+v, want %s (%v)", step.name, text, change.After, step.want, err)
		}
		if sent := s.count("PUT") > puts; sent != step.sends {
			t.Errorf("%s: an update was sent: %v", step.name, sent)
		}
	}
	if _, err := c.Grant(t.Context(), cluster, role, access.Grants{Groups: []string{"g"}}); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestClusterByUUIDOrName(t *testing.T) {
	s := newService(t, emulator.Options{Clusters: []nks.Cluster{
		{UUID: cluster, Name: "one", Status: "RUNNING", AuthType: "API"},
		{UUID: nobody, Name: "two"}, {UUID: "11111111-0000-4000-8000-000000000000", Name: "two"},
	}})
	c := s.client(t)
	for _, by := range []string{cluster, "one"} {
		got, err := c.Cluster(t.Context(), by)
		if err != nil || got.Name != "one" || !got.Ready() || got.AuthType != access.AuthTypeAPI {
			t.Errorf("%s: %+v, %v", by, got, err)
		}
	}
	if _, err := c.Cluster(t.Context(), "two"); !errors.Is(err, access.ErrAmbiguous) || !strings.Contains(err.Error(), nobody+", 11111111-") {
		t.Errorf("got %v", err)
	}
	if _, err := c.Cluster(t.Context(), "three"); !errors.Is(err, access.ErrNotFound) || !strings.Contains(err.Error(), "one, two, two") {
		t.Errorf("got %v", err)
	}
}

func TestNothingInvalidIsSent(t *testing.T) {
	s := newService(t, emulator.Options{})
	c := s.client(t)
	for name, err := range map[string]error{
		"create":          third(c.Ensure(t.Context(), cluster, access.NewEntry{Principal: "x"})),
		"create on ..":    third(c.Ensure(t.Context(), "..", access.NewEntry{Principal: user})),
		"list":            second(c.List(t.Context(), "..")),
		"get":             second(c.Get(t.Context(), cluster, "..")),
		"find":            second(c.Find(t.Context(), cluster, "..")),
		"find an ARN":     second(c.Find(t.Context(), cluster, "arn:aws:iam::1:user/x")),
		"update":          c.Update(t.Context(), cluster, "../..", access.Grants{}),
		"update too much": c.Update(t.Context(), cluster, nobody, access.Grants{Groups: make([]string, 31)}),
		"delete":          c.Delete(t.Context(), cluster, ".."),
		"delete ''":       c.Delete(t.Context(), cluster, ""),
	} {
		var invalid *access.ValidationError
		if !errors.Is(err, access.ErrInvalid) || !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := s.count("GET"); n != 2 || len(s.seen) != n { // an update reads what the entry has, from the list, and alone if it is not listed
		t.Errorf("sent %v", s.seen)
	}
}

func second[T any](_ T, err error) error        { return err }
func third[T, U any](_ T, _ U, err error) error { return err }

func TestErrorsSayWhatWasTriedAndWhy(t *testing.T) {
	s := newService(t, emulator.Options{})
	for _, c := range []struct {
		name string
		err  error
		kind error
		want string
	}{
		{"no such entry", second(s.client(t).Get(t.Context(), cluster, nobody)), access.ErrNotFound,
			"get access entry " + nobody + " on cluster " + cluster + ": 404 Not Found: Cluster " + cluster + " has no access entry " + nobody + "."},
		{"no such cluster", second(s.client(t).List(t.Context(), nobody)), access.ErrNotFound, "There is no cluster"},
		{"wrong key", second(s.client(t, access.WithCredentials(signer.Static("x", "TOPSECRET"))).List(t.Context(), cluster)), access.ErrUnauthenticated,
			`401 Unauthorized: Authentication Failed (code 200): Invalid authentication information: unknown access key "x".`},
		{"no keys", second(s.client(t, access.WithCredentials(credentials.NewChain(&credentials.File{Path: filepath.Join(t.TempDir(), "configure")}))).List(t.Context(), cluster)), nil,
			"no credentials found"},
		{"plain HTTP", second(s.client(t, access.WithBaseURL("http://example.com/vnks/v2")).List(t.Context(), cluster)), nil,
			"not signing for http://example.com"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) || c.kind != nil && !errors.Is(c.err, c.kind) {
			t.Errorf("%s: got %v, want %s", c.name, c.err, c.want)
		}
		if c.err != nil && strings.Contains(c.err.Error(), "TOPSECRET") {
			t.Errorf("%s: the error holds the secret key", c.name)
		}
	}
	var refused *access.Error
	err := second(s.client(t).Get(t.Context(), cluster, nobody))
	if !errors.As(err, &refused) || refused.Status != 404 || refused.Code != "404" {
		t.Errorf("got %+v", refused)
	}
	if errors.Is(err, access.ErrBusy) || errors.Is(err, access.ErrInvalid) {
		t.Error("the error is of two kinds")
	}
}

// Every body that the gateway, the service, and proxies on the way are known to send, and some that
// are cut off.
func TestErrorBodies(t *testing.T) {
	for _, c := range []struct {
		name        string
		status      int
		contentType string
		body        string
		kind        error
		want        string // after the operation
	}{
		{"gateway", 401, "application/json", `{"error":{"errorCode":"210","message":"Permission Denied"}}`, access.ErrForbidden, "401 Unauthorized: Permission Denied (code 210)"},
		{"gateway with details", 401, "application/json;charset=UTF-8", `{"error":{"errorCode":"200","message":"Authentication Failed","details":"Invalid authentication information."}}`, access.ErrUnauthenticated, "401 Unauthorized: Authentication Failed (code 200): Invalid authentication information."},
		{"service", 400, "application/json", `{"error":{"errorCode":400,"statusCode":400,"message":"Bad Request","details":{"error":[{"property":"storageSize","children":[],"constraints":{"max":"storageSize must not be greater than 2000"}}]}},"timestamp":"2024-10-08T08:56:48.855Z"}`, access.ErrInvalid, "400 Bad Request: storageSize must not be greater than 2000"},
		{"service without words", 403, "application/json", `{"error":{"errorCode":403,"message":"ForbiddenException"}}`, access.ErrForbidden, "403 Forbidden: ForbiddenException"},
		{"details of another form", 400, "application/json", `{"error":{"message":"x","details":{"a":[1]}}}`, access.ErrInvalid, `400 Bad Request: x: {"a":[1]}`},
		{"JSON without a content type", 404, "", `{"error":{"errorCode":"300","message":"Not Found Exception"}}`, access.ErrNotFound, "404 Not Found: Not Found Exception (code 300)"},
		{"JSON of a proxy", 404, "application/json", `{"message":"no Route matched"}`, access.ErrNotFound, `404 Not Found: no Route matched`},
		{"an error in a string", 400, "application/json", `{"error":"invalid_grant"}`, access.ErrInvalid, `400 Bad Request: the response is not the expected JSON: {"error":"invalid_grant"}`},
		{"a list of messages", 400, "application/json", `{"error":{"errorCode":400,"message":["a","b"]}}`, access.ErrInvalid, `400 Bad Request: the response is not the expected JSON: {"error":{"errorCode":400,"message":["a","b"]}}`},
		{"a message and a code of another type", 400, "application/json", `{"error":{"message":"x","errorCode":true,"details":"y"}}`, access.ErrInvalid, `400 Bad Request: x (code true): y`},
		{"JSON of nobody", 400, "application/json", `[1]`, access.ErrInvalid, "400 Bad Request: the response is not the expected JSON: [1]"},
		{"JSON cut off", 400, "application/json", `{"error":{"errorCode":"2`, access.ErrInvalid, `400 Bad Request: the response is not the expected JSON: {"error":{"errorCode":"2`},
		{"XML", 404, "application/xml", `<?xml version="1.0" encoding="EUC-KR"?><error><errorCode>300</errorCode><message>Not Found Exception</message></error>`, access.ErrNotFound, "404 Not Found: Not Found Exception (code 300)"},
		{"XML of another form", 401, "text/xml", `<responseError><returnCode>200</returnCode><returnMessage>Authentication Failed</returnMessage></responseError>`, access.ErrUnauthenticated, "401 Unauthorized: Authentication Failed (code 200)"},
		{"XML cut off", 413, "application/xml", `<error><errorCode>430</errorCode><mess`, access.ErrInvalid, "413 Request Entity Too Large (code 430)"},
		{"HTML", 404, "text/html", `<html><head><title>404 Not Found</title></head><body><center>nginx</center>`, access.ErrUnavailable, "404 Not Found: the response is an HTML page, probably from a proxy: 404 Not Found"},
		{"HTML with a doctype", 500, "text/html", "<!DOCTYPE html><h1>Oops &amp; sorry</h1>", access.ErrUnavailable, "500 Internal Server Error: the response is an HTML page, probably from a proxy: Oops & sorry"},
		{"plain text", 418, "text/plain", "no\x1b[31m tea\r\n\tfor you", access.ErrInvalid, "418 I'm a teapot: no [31m tea for you"},
		{"empty", 500, "", "", access.ErrUnavailable, "500 Internal Server Error"},
		{"endless text", 400, "text/plain", strings.Repeat("a", 5000), access.ErrInvalid, "400 Bad Request: " + strings.Repeat("a", 2000) + "…"},
		{"bad UTF-8", 400, "text/plain", "a\xff\xfeb", access.ErrInvalid, "400 Bad Request: a?b"},
		{"a redirect", 302, "text/html", "", access.ErrUnavailable, "302 Found"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newService(t, emulator.Options{}, fault{"GET", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
				w.Header()["Content-Type"] = []string{c.contentType}
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			}})
			_, err := s.client(t).List(t.Context(), cluster)
			if want := "list access entries on cluster " + cluster + ": " + c.want; err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if !errors.Is(err, c.kind) {
				t.Errorf("%v is not %v", err, c.kind)
			}
			if n := s.count("GET"); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestDebugLogHoldsNoSecret(t *testing.T) {
	var log bytes.Buffer
	s := newService(t, emulator.Options{}, fault{"POST", status(429, "")})
	c := s.client(t, access.WithLogger(slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))))
	if _, _, err := c.Ensure(t.Context(), cluster, access.NewEntry{Principal: user}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"method=GET path=/vnks/v2/clusters/" + cluster + "/access-entries status=200 duration=", "method=POST", "status=429",
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s is not in\n%s", want, log.String())
		}
	}
	for _, secret := range []string{emulator.DemoSecretKey, "ignature", "X-Ncp"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in\n%s", secret, log.String())
		}
	}
}

func TestUserAgentAndRegion(t *testing.T) {
	var header http.Header
	s := newService(t, emulator.Options{}, fault{"", func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		header = r.Header.Clone()
		next.ServeHTTP(w, r)
	}})
	if _, err := s.client(t, access.WithUserAgent("operator/1.0"), access.WithRegion("KR")).Clusters(t.Context()); err != nil {
		t.Fatal(err)
	}
	if header.Get("User-Agent") != "operator/1.0 nks-access" || header.Get("X-Ncp-Region_code") != "KR" {
		t.Errorf("sent %v", header)
	}
}

// Scopes may be spelled as the service spells them, and policies be split in any way.
func TestGrantAndRevokeUnderstandEverySpelling(t *testing.T) {
	admin := access.Policy{Type: access.ClusterAdmin, Scope: "Cluster"}
	s := newService(t, emulator.Options{})
	c := s.client(t)
	split := []access.Policy{admin, edit("dev"), edit("ops")}
	created, _, err := c.Ensure(t.Context(), cluster, access.NewEntry{Principal: user, Grants: access.Grants{Policies: split}})
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := c.Ensure(t.Context(), cluster, access.NewEntry{Principal: user, Grants: access.Grants{Policies: []access.Policy{edit("ops", "dev"), admin}}})
	if err != nil || again.UUID != created.UUID {
		t.Errorf("the same, split in another way: %v", err)
	}
	if _, err := c.Grant(t.Context(), cluster, user, access.Grants{Policies: []access.Policy{admin, edit("ops")}}); err != nil || s.count("PUT") != 0 {
		t.Errorf("grant of what is there: %d updates, %v", s.count("PUT"), err)
	}
	change, err := c.Revoke(t.Context(), cluster, user, access.Grants{Policies: []access.Policy{admin}}, access.AllowNoAdmin())
	if err != nil || len(change.After.Policies) != 2 || len(s.entries(t)[0].Policies) != 2 {
		t.Errorf("revoke left %+v, %v", change.After, err)
	}
	if _, err := c.Revoke(t.Context(), cluster, user, access.Grants{Policies: []access.Policy{{Type: access.Edit}}}); !errors.Is(err, access.ErrInvalid) {
		t.Errorf("revoke of a policy without a scope: %v", err)
	}
}

// What a newer service reports must not keep a person from changing the rest of an entry.
func TestPoliciesThatAreNotKnownAreSentBackAsTheyWere(t *testing.T) {
	var sent string
	s := newService(t, emulator.Options{},
		fault{"GET", func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			_, _ = io.WriteString(w, `{"accessEntries":[{"uuid":"`+nobody+`","entry":"`+user+`","policies":[{"type":"NKSDebugPolicy","scope":"Project"},{"type":"NKSViewPolicy","scope":"Namespace"}]}]}`)
		}},
		fault{"PUT", func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			body, _ := io.ReadAll(r.Body)
			sent = string(body)
			_, _ = io.WriteString(w, `{"uuid":"`+cluster+`"}`)
		}})
	if _, err := s.client(t).Grant(t.Context(), cluster, user, access.Grants{Groups: []string{"g"}}); err != nil {
		t.Fatal(err)
	}
	if want := `{"groups":["g"],"policies":[{"scope":"Project","type":"NKSDebugPolicy"},{"scope":"namespace","type":"NKSViewPolicy"}]}`; sent != want {
		t.Errorf("sent %s, want %s", sent, want)
	}
}

// respond returns what happens to a request that is answered with body.
func respond(body string) func(http.ResponseWriter, *http.Request, http.Handler) {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { _, _ = io.WriteString(w, body) }
}

func checkBody(t *testing.T, r *http.Request, want string) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != want {
		t.Errorf("sent %s, want %s (%v)", body, want, err)
	}
}

func TestNilOptions(t *testing.T) {
	s := newService(t, emulator.Options{})
	if _, err := s.client(t, access.WithLogger(nil), access.WithClock(nil)).Clusters(t.Context()); err != nil {
		t.Error(err)
	}
}

// Whatever the provider is, printing a client does not print its keys.
func TestNothingPrintsTheSecretKey(t *testing.T) {
	client, err := access.NewClient(access.WithBaseURL("https://example.com/v2"), access.WithCredentials(pair{"a", "TOPSECRET"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{client, *client, struct{ Client *access.Client }{client}} {
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
