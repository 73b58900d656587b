package gateway_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/gateway"
)

// Every body that the gateway, the services, and proxies on the way are known to send, and some that
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
		{"gateway", 401, "application/json", `{"error":{"errorCode":"210","message":"Permission Denied"}}`, gateway.ErrForbidden, "401 Unauthorized: Permission Denied (code 210)"},
		{"gateway with details", 401, "application/json;charset=UTF-8", `{"error":{"errorCode":"200","message":"Authentication Failed","details":"Invalid authentication information."}}`, gateway.ErrUnauthenticated, "401 Unauthorized: Authentication Failed (code 200): Invalid authentication information."},
		{"service", 400, "application/json", `{"error":{"errorCode":400,"statusCode":400,"message":"Bad Request","details":{"error":[{"property":"storageSize","children":[],"constraints":{"max":"storageSize must not be greater than 2000"}}]}},"timestamp":"2024-10-08T08:56:48.855Z"}`, gateway.ErrInvalid, "400 Bad Request: storageSize must not be greater than 2000"},
		{"service without words", 403, "application/json", `{"error":{"errorCode":403,"message":"ForbiddenException"}}`, gateway.ErrForbidden, "403 Forbidden: ForbiddenException"},
		{"details of another form", 400, "application/json", `{"error":{"message":"x","details":{"a":[1]}}}`, gateway.ErrInvalid, `400 Bad Request: x: {"a":[1]}`},
		{"JSON without a content type", 404, "", `{"error":{"errorCode":"300","message":"Not Found Exception"}}`, gateway.ErrNotFound, "404 Not Found: Not Found Exception (code 300)"},
		{"JSON of a proxy", 404, "application/json", `{"message":"no Route matched"}`, gateway.ErrNotFound, `404 Not Found: no Route matched`},
		{"an error in a string", 400, "application/json", `{"error":"invalid_grant"}`, gateway.ErrInvalid, `400 Bad Request: the response is not the expected JSON: {"error":"invalid_grant"}`},
		{"a list of messages", 400, "application/json", `{"error":{"errorCode":400,"message":["a","b"]}}`, gateway.ErrInvalid, `400 Bad Request: the response is not the expected JSON: {"error":{"errorCode":400,"message":["a","b"]}}`},
		{"a message and a code of another type", 400, "application/json", `{"error":{"message":"x","errorCode":true,"details":"y"}}`, gateway.ErrInvalid, `400 Bad Request: x (code true): y`},
		{"JSON of nobody", 400, "application/json", `[1]`, gateway.ErrInvalid, "400 Bad Request: the response is not the expected JSON: [1]"},
		{"JSON cut off", 400, "application/json", `{"error":{"errorCode":"2`, gateway.ErrInvalid, `400 Bad Request: the response is not the expected JSON: {"error":{"errorCode":"2`},
		{"XML", 404, "application/xml", `<?xml version="1.0" encoding="EUC-KR"?><error><errorCode>300</errorCode><message>Not Found Exception</message></error>`, gateway.ErrNotFound, "404 Not Found: Not Found Exception (code 300)"},
		{"XML of another form", 401, "text/xml", `<responseError><returnCode>200</returnCode><returnMessage>Authentication Failed</returnMessage></responseError>`, gateway.ErrUnauthenticated, "401 Unauthorized: Authentication Failed (code 200)"},
		{"XML cut off", 413, "application/xml", `<error><errorCode>430</errorCode><mess`, gateway.ErrInvalid, "413 Request Entity Too Large (code 430)"},
		{"HTML", 404, "text/html", `<html><head><title>404 Not Found</title></head><body><center>nginx</center>`, gateway.ErrUnavailable, "404 Not Found: the response is an HTML page, probably from a proxy: 404 Not Found"},
		{"HTML with a doctype", 500, "text/html", "<!DOCTYPE html><h1>Oops &amp; sorry</h1>", gateway.ErrUnavailable, "500 Internal Server Error: the response is an HTML page, probably from a proxy: Oops & sorry"},
		{"plain text", 418, "text/plain", "no\x1b[31m tea\r\n\tfor you", gateway.ErrInvalid, "418 I'm a teapot: no [31m tea for you"},
		{"empty", 500, "", "", gateway.ErrUnavailable, "500 Internal Server Error"},
		{"endless text", 400, "text/plain", strings.Repeat("a", 5000), gateway.ErrInvalid, "400 Bad Request: " + strings.Repeat("a", 2000) + "…"},
		{"bad UTF-8", 400, "text/plain", "a\xff\xfeb", gateway.ErrInvalid, "400 Bad Request: a?b"},
		{"a redirect", 302, "text/html", "", gateway.ErrUnavailable, "302 Found"},
		{"version 1 of the Sub Account API", 400, "application/json", `{"errorCode":9011,"message":"no such thing"}`, gateway.ErrInvalid, "400 Bad Request: no such thing (code 9011)"},
		{"switching protocols", 101, "", "", gateway.ErrUnavailable, "101 Switching Protocols: the response is not one of HTTP requests and responses"},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateway(t, gateway.Config{}, func(req *http.Request) (*http.Response, error) {
				resp := response(c.status, c.body)
				resp.Header["Content-Type"] = []string{c.contentType}
				return resp, nil
			})
			_, err := g.Do(request(t, http.MethodGet, baseURL))
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
			if !errors.Is(err, c.kind) {
				t.Errorf("%v is not %v", err, c.kind)
			}
		})
	}
}

func TestTheRequestIDIsInTheError(t *testing.T) {
	g := newGateway(t, gateway.Config{}, func(*http.Request) (*http.Response, error) {
		resp := response(400, `{"error":{"errorCode":400,"message":"Bad Request"}}`)
		resp.Header.Set("x-ncp-request-id", "4f1c")
		return resp, nil
	})
	_, err := g.Do(request(t, http.MethodGet, baseURL))
	var failed *gateway.Error
	if !errors.As(err, &failed) || failed.RequestID != "4f1c" || !strings.Contains(err.Error(), "(request ID 4f1c)") {
		t.Errorf("got %v", err)
	}
}

// After 101, net/http hands out the connection as the body. Nobody may read from it.
func TestTheBodyOfAnotherProtocolIsNotRead(t *testing.T) {
	body := &untouchable{t: t}
	g := newGateway(t, gateway.Config{}, func(*http.Request) (*http.Response, error) {
		resp := response(http.StatusSwitchingProtocols, "")
		resp.Body = body
		return resp, nil
	})
	if _, err := g.Do(request(t, http.MethodGet, baseURL)); !errors.Is(err, gateway.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	if !body.closed {
		t.Error("the connection is still open")
	}
}

type untouchable struct {
	t      *testing.T
	closed bool
}

func (u *untouchable) Read([]byte) (int, error) {
	u.t.Error("read from the connection")
	return 0, io.EOF
}

func (u *untouchable) Close() error { u.closed = true; return nil }

func TestDecode(t *testing.T) {
	var result struct{ Name string }
	if err := gateway.Decode(response(200, `{"name":"a"}`), &result); err != nil || result.Name != "a" {
		t.Errorf("got %+v, %v", result, err)
	}
	err := gateway.Decode(response(200, "<html>welcome"), &result)
	if !errors.Is(err, gateway.ErrUnavailable) || !strings.Contains(err.Error(), "not the expected JSON: <html>welcome") {
		t.Errorf("got %v", err)
	}
}

// Some characters that nobody sees count as letters, marks and symbols.
func TestCleanShowsWhatCanBeSeen(t *testing.T) {
	for text, want := range map[string]string{
		"one\ntwo":        "one two",
		"a\u202eb":        "a b",
		"a\u3164b":        "a b", // a Hangul filler
		"a\u2800b":        "a b", // a Braille pattern without dots
		"a\ufe0fb\u034fc": "a b c",
		"접근 권한 é":         "접근 권한 é",
	} {
		if got := gateway.Clean(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
