package signature_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/signature"
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

func knows(access, secret string) func(string) (string, bool) {
	return func(key string) (string, bool) { return secret, key == access }
}

func TestVerify(t *testing.T) {
	const now = 1767225600000
	verifier := signature.NewVerifier(knows(accessKey, secretKey), at(now))
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		want   error // its type is compared; nil is accepted
	}{
		{"as signed", func(*http.Request) {}, nil},
		{"under the older name", func(r *http.Request) {
			r.Header.Set(signature.HeaderV1, r.Header.Get(signer.HeaderSignature))
			r.Header.Del(signer.HeaderSignature)
		}, nil},
		{"right under the older name and wrong under the newer", func(r *http.Request) {
			r.Header.Set(signature.HeaderV1, r.Header.Get(signer.HeaderSignature))
			r.Header.Set(signer.HeaderSignature, "wrong")
		}, &signature.SignatureError{}},
		{"through a proxy that names the host", func(r *http.Request) { r.RequestURI = "https://example.com" + r.RequestURI }, nil},
		{"five minutes late", sign(accessKey, secretKey, now-5*60_000), nil},
		{"five minutes early", sign(accessKey, secretKey, now+5*60_000), nil},

		{"two timestamps", again(signer.HeaderTimestamp, "1767225600001"), &signature.TimestampError{}},
		{"the timestamp twice", again(signer.HeaderTimestamp, "1767225600000"), &signature.TimestampError{}},
		{"two access keys", again(signer.HeaderAccessKey, "OTHER"), &signature.UnknownKeyError{}},
		{"two signatures", again(signer.HeaderSignature, "wrong"), &signature.SignatureError{}},
		{"no timestamp", func(r *http.Request) { r.Header.Del(signer.HeaderTimestamp) }, &signature.MissingHeaderError{}},
		{"no access key", func(r *http.Request) { r.Header.Del(signer.HeaderAccessKey) }, &signature.MissingHeaderError{}},
		{"no signature", func(r *http.Request) { r.Header.Del(signer.HeaderSignature) }, &signature.MissingHeaderError{}},
		{"empty signature", func(r *http.Request) { r.Header.Set(signer.HeaderSignature, "") }, &signature.MissingHeaderError{}},
		{"unknown access key", sign("OTHER", secretKey, now), &signature.UnknownKeyError{}},
		{"timestamp in words", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "now") }, &signature.TimestampError{}},
		{"timestamp with a fraction", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "1767225600000.5") }, &signature.TimestampError{}},
		{"timestamp beyond 64 bits", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "99999999999999999999") }, &signature.TimestampError{}},
		{"timestamp at the edge of 64 bits", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "-9223372036854775808") }, &signature.SkewError{}},
		{"timestamp in seconds", sign(accessKey, secretKey, now/1000), &signature.SkewError{}},
		{"a millisecond more than five minutes late", sign(accessKey, secretKey, now-5*60_000-1), &signature.SkewError{}},
		{"a millisecond more than five minutes early", sign(accessKey, secretKey, now+5*60_000+1), &signature.SkewError{}},
		{"another secret key", sign(accessKey, secretKey+"x", now), &signature.SignatureError{}},
		{"another method", func(r *http.Request) { r.Method = "DELETE" }, &signature.SignatureError{}},
		{"another path", receivedAs("/vnks/v2/clusters/other?a=1"), &signature.SignatureError{}},
		{"no query", receivedAs("/vnks/v2/clusters"), &signature.SignatureError{}},
		{"another path behind the request line", func(r *http.Request) { r.URL.Path = "/vnks/v2/clusters/other" }, &signature.TargetError{}},
		{"another query behind the request line", func(r *http.Request) { r.URL.RawQuery = "a=2" }, &signature.TargetError{}},
		{"another timestamp", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "1767225600001") }, &signature.SignatureError{}},
		{"the same timestamp, written otherwise", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "+1767225600000") }, &signature.SignatureError{}},
		{"signature cut short", func(r *http.Request) {
			r.Header.Set(signer.HeaderSignature, r.Header.Get(signer.HeaderSignature)[:20])
		}, &signature.SignatureError{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "https://example.com/vnks/v2/clusters?a=1", nil)
			r.RequestURI = "/vnks/v2/clusters?a=1"
			sign(accessKey, secretKey, now)(r)
			c.change(r)
			err := verifier.Verify(r)
			if got, want := fmt.Sprintf("%T", err), fmt.Sprintf("%T", c.want); got != want {
				t.Errorf("got %s (%v), want %s", got, err, want)
			}
			if err != nil && err.Error() == "" {
				t.Error("the error says nothing")
			}
		})
	}
}

// again adds a header that is there already.
func again(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Add(name, value) }
}

// receivedAs changes the target of a request.
func receivedAs(target string) func(*http.Request) {
	return func(r *http.Request) {
		r.RequestURI = target
		var err error
		if r.URL, err = url.ParseRequestURI(target); err != nil {
			panic(err)
		}
	}
}

func sign(access, secret string, milliseconds int64) func(*http.Request) {
	return func(r *http.Request) {
		if err := signer.New(signer.Static(access, secret), signer.WithClock(at(milliseconds))).Sign(r.Context(), r); err != nil {
			panic(err)
		}
	}
}

func TestSignatureErrorSaysWhatShouldHaveBeenSigned(t *testing.T) {
	r := httptest.NewRequest("GET", "/vnks/v2/clusters?a=1", nil)
	r.URL.Scheme, r.URL.Host = "https", "example.com"
	sign(accessKey, secretKey, time.Now().UnixMilli())(r)
	r.Header.Set(signer.HeaderSignature, "bm90IGl0")
	err := signature.NewVerifier(knows(accessKey, secretKey), nil).Verify(r)
	var wrong *signature.SignatureError
	if !errors.As(err, &wrong) {
		t.Fatalf("got %v", err)
	}
	want := "GET /vnks/v2/clusters?a=1\n" + r.Header.Get(signer.HeaderTimestamp) + "\n" + accessKey
	if wrong.StringToSign != want || wrong.Signature != "bm90IGl0" {
		t.Errorf("got %+v, want %q", wrong, want)
	}
}

func TestNothingPrintsTheSecretKey(t *testing.T) {
	const secret = "TOPSECRET"
	verifier := signature.NewVerifier(knows("access", secret), nil)
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	sign("access", secret, time.Now().UnixMilli())(r)
	receivedAs("/other")(r)
	err := verifier.Verify(r)
	if err == nil {
		t.Fatal("a changed path passed")
	}
	for _, value := range []any{verifier, err} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			text := fmt.Sprintf(verb, value)
			if strings.Contains(text, secret) || strings.Contains(text, fmt.Sprintf("%x", secret)) {
				t.Errorf("%T prints the secret key with %s: %s", value, verb, text)
			}
		}
	}
}

func FuzzSignAndVerify(f *testing.F) {
	f.Add("GET", "/vnks/v2/clusters", "a=1&a=2", "access", "secret")
	f.Add("DELETE", "/a%2Fb/가/%00", "q=가&r=%zz", "access", "s e c r e t")
	f.Add("", "", "", "k", "s")
	f.Add("get", "//x/../y", "?", "k:k", "열쇠")
	f.Fuzz(func(t *testing.T, method, path, query, access, secret string) {
		req, err := http.NewRequest(method, "https://example.com/"+strings.TrimPrefix(path, "/"), nil)
		if err != nil {
			return // not a URL or method of Go's client
		}
		req.URL.RawQuery = query
		signErr := signer.New(signer.Static(access, secret), signer.WithClock(at(1))).Sign(t.Context(), req)
		if signErr != nil {
			if text := signErr.Error(); !strings.Contains(text, "access key ") && !strings.Contains(text, "secret key ") {
				t.Fatalf("refused: %v", signErr)
			}
			return
		}
		var wire bytes.Buffer
		if err := req.Write(&wire); err != nil {
			return // Go does not send it: a control character in the query
		}
		received, err := http.ReadRequest(bufio.NewReader(&wire))
		if err != nil {
			return // a space in the query breaks the request line
		}
		if err := signature.NewVerifier(knows(access, secret), at(1)).Verify(received); err != nil {
			t.Errorf("%s %s: %v", method, received.RequestURI, err)
		}
		received.RequestURI += "x"
		if received.URL, err = url.ParseRequestURI(received.RequestURI); err != nil {
			t.Fatal(err)
		}
		var wrong *signature.SignatureError
		if err := signature.NewVerifier(knows(access, secret), at(1)).Verify(received); !errors.As(err, &wrong) {
			t.Errorf("a changed target passed: %v", err)
		}
	})
}
