package signature_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/emulator/internal/signature"
	"github.com/nks-access/nks-access/signer"
)

const entriesPath = "/vnks/v2/clusters/0000a20e-e0fb-4dc9-af1b-97fd3f8d0000/access-entries"

// requestLines are request targets as a client may write them, and what Target returns, "" if it
// refuses them.
var requestLines = []struct{ name, method, uri, want string }{
	{"path", "GET", "/a", "/a"},
	{"path and query", "GET", "/a?b=c&d", "/a?b=c&d"},
	{"root", "GET", "/", "/"},
	{"empty query", "GET", "/a?", "/a?"},
	{"query of a question mark", "GET", "/a??", "/a??"},
	{"query with a semicolon", "GET", "/a?b;c", "/a?b;c"},
	{"query with an invalid escape", "GET", "/a?b=%zz", "/a?b=%zz"},
	{"query with a URL", "GET", "/a?b=http://h/c", "/a?b=http://h/c"},
	{"path with a semicolon", "GET", "/a;b=c", "/a;b=c"},
	{"path with an escaped slash", "GET", "/a%2Fb%2fc", "/a%2Fb%2fc"},
	{"path with needless escapes", "GET", "/%61%2d", "/%61%2d"},
	{"path with bytes that Go escapes", "GET", "/a|b^c", "/a|b^c"},
	{"path in Korean", "GET", "/가", "/가"},
	{"path with dots", "GET", "/a/../b", "/a/../b"},
	{"path with a colon", "GET", "/a://h/b", "/a://h/b"},
	{"path with a number sign", "GET", "/a#b", "/a#b"},
	{"two slashes", "GET", "//h/a", "//h/a"},
	{"CONNECT with a path", "CONNECT", "/a", "/a"},
	{"absolute form", "GET", "http://h/a?b=c", "/a?b=c"},
	{"absolute form with https", "GET", "https://h/a", "/a"},
	{"absolute form in upper case", "GET", "HTTP://H/A", "/A"},
	{"absolute form with a port", "GET", "http://h:80/a", "/a"},
	{"absolute form with a dot after the host", "GET", "http://h./a", "/a"},
	{"absolute form with an IPv6 address", "GET", "http://[::1]:80/a", "/a"},
	{"absolute form with two slashes", "GET", "http://h//a", "//a"},
	{"absolute form with an empty query", "GET", "http://h/a?", "/a?"},
	{"absolute form with a URL in the query", "GET", "http://h/a?b=c://d/e", "/a?b=c://d/e"},
	{"absolute form with a URL in the path", "GET", "http://h/c://d/e", "/c://d/e"},
	{"absolute form with an escaped path", "GET", "http://h/a%2Fb", "/a%2Fb"},

	{"URL in the query after a scheme without a host", "POST", "x:" + entriesPath + "?x=://h/harmless", ""},
	{"URL in the query after http", "POST", "http:" + entriesPath + "?x=://h/harmless", ""},
	{"URL in the path after a scheme without a host", "POST", "x:/a://h/harmless", ""},
	{"scheme and path", "GET", "http:/a", ""},
	{"scheme and path without a slash", "GET", "http:a", ""},
	{"opaque with a URL in the query", "GET", "http:a?x=://h/b", ""},
	{"absolute form with another scheme", "GET", "ftp://h/a", ""},
	{"absolute form without a host", "GET", "http:///a", ""},
	{"absolute form without a path", "GET", "http://h", ""},
	{"absolute form with a query and no path", "GET", "http://h?x=/y", ""},
	{"absolute form with a user", "GET", "http://user@h/a", ""},
	{"absolute form with an empty user", "GET", "http://@h/a", ""},
	{"asterisk", "GET", "*", ""},
	{"authority", "CONNECT", "h:443", ""},
	{"CONNECT without a target", "CONNECT", "", ""},
	{"CONNECT with an absolute form", "CONNECT", "http://h/a", ""},
	{"CONNECT with a path after the host", "CONNECT", "h:443/a", ""},
}

func TestTarget(t *testing.T) {
	server := startServer(t)
	for _, c := range requestLines {
		t.Run(c.name, func(t *testing.T) {
			seen, ok := server.send(t, c.method, c.uri, "")
			if !ok {
				t.Fatal("the HTTP server does not pass the request on")
			}
			var wrong *signature.TargetError
			switch {
			case c.want == "" && !errors.As(seen.targetErr, &wrong):
				t.Errorf("got %q, %v, want a TargetError", seen.target, seen.targetErr)
			case c.want == "" && (wrong.Target != c.uri || wrong.Reason == ""):
				t.Errorf("error is %+v", wrong)
			case c.want == "" && !errors.As(seen.verifyErr, &wrong):
				t.Errorf("Verify returns %v, want a TargetError", seen.verifyErr)
			case c.want != "" && (seen.target != c.want || seen.targetErr != nil):
				t.Errorf("got %q, %v, want %q", seen.target, seen.targetErr, c.want)
			}
		})
	}
}

// A handler may be called without a connection, and something before it may rewrite the URL.
func TestTargetWithoutConnection(t *testing.T) {
	for _, c := range []struct {
		name string
		r    *http.Request
		want string // "" if Target refuses the request
	}{
		{"path", &http.Request{URL: &url.URL{Path: "/a b", RawQuery: "c=d"}}, "/a%20b?c=d"},
		{"escaped path", &http.Request{URL: &url.URL{Path: "/a/b", RawPath: "/a%2Fb"}}, "/a%2Fb"},
		{"URL with a host", &http.Request{URL: &url.URL{Scheme: "https", Host: "h", Path: "/a"}}, "/a"},
		{"empty query", &http.Request{URL: &url.URL{Path: "/a", ForceQuery: true}}, "/a?"},
		{"URL with a fragment", &http.Request{URL: &url.URL{Path: "/a", Fragment: "b"}}, "/a"},
		{"URL with a user", &http.Request{URL: &url.URL{Scheme: "https", User: url.User("u"), Host: "h", Path: "/a"}}, "/a"},
		{"httptest", httptest.NewRequest("GET", "https://h/a%2Fb?c", nil), "/a%2Fb?c"},
		{"host set by a handler", &http.Request{RequestURI: "/a", URL: &url.URL{Scheme: "https", Host: "h", Path: "/a"}}, "/a"},

		{"URL without a path", &http.Request{URL: &url.URL{Scheme: "https", Host: "h"}}, ""},
		{"no URL", &http.Request{RequestURI: "/a"}, ""},
		{"relative path", &http.Request{URL: &url.URL{Path: "a"}}, ""},
		{"asterisk", &http.Request{URL: &url.URL{Path: "*"}}, ""},
		{"opaque URL", &http.Request{URL: &url.URL{Scheme: "http", Opaque: "//h/b", Path: "/a"}}, ""},
		{"opaque URL with a path", &http.Request{URL: &url.URL{Opaque: "/b", Path: "/a"}}, ""},
		{"another path", &http.Request{RequestURI: "/a", URL: &url.URL{Path: "/b"}}, ""},
		{"prefix stripped", &http.Request{RequestURI: "/a/b", URL: &url.URL{Path: "/b"}}, ""},
		{"another encoding", &http.Request{RequestURI: "/a%2Fb", URL: &url.URL{Path: "/a/b"}}, ""},
		{"encoding added", &http.Request{RequestURI: "/a/b", URL: &url.URL{Path: "/a/b", RawPath: "/a%2Fb"}}, ""},
		{"another query", &http.Request{RequestURI: "/a?b", URL: &url.URL{Path: "/a", RawQuery: "c"}}, ""},
		{"query removed", &http.Request{RequestURI: "/a?b", URL: &url.URL{Path: "/a"}}, ""},
		{"empty query removed", &http.Request{RequestURI: "/a?", URL: &url.URL{Path: "/a"}}, ""},
		{"line break", &http.Request{RequestURI: "/a\nb", URL: &url.URL{Path: "/a\nb"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := signature.Target(c.r)
			var wrong *signature.TargetError
			if got != c.want || (err == nil) != (c.want != "") || err != nil && !errors.As(err, &wrong) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// The signature of one request must not let in another, however the request line is written. So if
// Verify accepts a request line for a target, the plain request line of this target executes the
// same path and query.
func FuzzRequestLine(f *testing.F) {
	for _, line := range requestLines {
		f.Add(line.method, line.uri, "/harmless")
		f.Add(line.method, line.uri, line.want)
	}
	server := startServer(f)
	f.Fuzz(func(t *testing.T, method, uri, signed string) {
		if strings.ContainsAny(method+uri+signed, "\r\n") {
			return // more than a request line
		}
		seen, ok := server.send(t, method, uri, signed)
		if !ok {
			return // the HTTP server has refused it
		}
		var wrong *signature.SignatureError
		switch {
		case seen.verifyErr == nil && seen.targetErr != nil:
			t.Fatalf("%s %s: accepted, but Target returns %v", method, uri, seen.targetErr)
		case seen.verifyErr == nil && seen.target != signed:
			t.Fatalf("%s %s: accepted with the signature of %s, but the target is %s", method, uri, signed, seen.target)
		case errors.As(seen.verifyErr, &wrong) && wrong.StringToSign != stringToSign(method, seen.target):
			t.Fatalf("%s %s: the string to sign is %q, but the target is %s", method, uri, wrong.StringToSign, seen.target)
		case seen.targetErr != nil:
			return // whatever is signed, this is refused
		}
		plain, ok := server.send(t, method, seen.target, seen.target)
		if !ok || plain.verifyErr != nil {
			t.Fatalf("%s %s: its target is %s, which is refused on its own: %v", method, uri, seen.target, plain.verifyErr)
		}
		if seen.executed() != plain.executed() {
			t.Errorf("%s %s: accepted with the signature of %s, executed %s, want %s",
				method, uri, seen.target, seen.executed(), plain.executed())
		}
		if again, _ := server.send(t, method, uri, seen.target); again.verifyErr != nil {
			t.Errorf("%s %s: refused with the signature of its target %s: %v", method, uri, seen.target, again.verifyErr)
		}
	})
}

const timestamp = "1767225600000"

func stringToSign(method, target string) string {
	return signer.StringToSign(method, target, timestamp, accessKey)
}

// sight is what the handler of a server has seen of one request.
type sight struct {
	method    string
	url       url.URL
	target    string
	targetErr error
	verifyErr error
}

// executed returns all that a handler may go by.
func (s sight) executed() string {
	return fmt.Sprintf("%s path %q, raw path %q, query %q, empty query %v, opaque %q",
		s.method, s.url.Path, s.url.RawPath, s.url.RawQuery, s.url.ForceQuery, s.url.Opaque)
}

// rawServer is an HTTP server that takes request lines as they are.
type rawServer struct {
	conns pipes
	seen  chan sight
}

func startServer(tb testing.TB) *rawServer {
	s := &rawServer{conns: pipes{make(chan net.Conn), make(chan struct{})}, seen: make(chan sight, 1)}
	verifier := signature.NewVerifier(knows(accessKey, secretKey), at(1767225600000))
	server := &http.Server{
		DisableGeneralOptionsHandler: true,
		Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			target, err := signature.Target(r)
			s.seen <- sight{r.Method, *r.URL, target, err, verifier.Verify(r)}
		}),
	}
	go func() { _ = server.Serve(s.conns) }()
	tb.Cleanup(func() { _ = server.Close() })
	return s
}

// send sends one request line with the signature of a target. It returns what the handler has seen,
// and false if the HTTP server has refused the request before.
func (s *rawServer) send(tb testing.TB, method, uri, signed string) (sight, bool) {
	client, server := net.Pipe()
	s.conns.accept <- server
	defer func() { _ = client.Close() }()
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte(stringToSign(method, signed)))
	go func() {
		_, _ = fmt.Fprintf(client, "%s %s HTTP/1.1\r\nHost: other\r\nConnection: close\r\n%s: %s\r\n%s: %s\r\n%s: %s\r\n\r\n", method, uri,
			signer.HeaderTimestamp, timestamp, signer.HeaderAccessKey, accessKey,
			signer.HeaderSignature, base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}()
	resp, err := http.ReadResponse(bufio.NewReader(client), nil)
	if err != nil {
		tb.Fatalf("%s %s: %v", method, uri, err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	select {
	case seen := <-s.seen:
		return seen, true
	default:
		return sight{}, false
	}
}

// pipes is a listener for the ends of pipes.
type pipes struct {
	accept chan net.Conn
	closed chan struct{}
}

func (p pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.accept:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p pipes) Close() error   { close(p.closed); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }
