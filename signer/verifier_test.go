package signer_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/nks-access/nks-access/signer"
)

func TestVerify(t *testing.T) {
	const now = 1767225600000
	verifier := signer.NewVerifier(knows(accessKey, secretKey), at(now))
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		want   error // its type is compared; nil is accepted
	}{
		{"as signed", func(*http.Request) {}, nil},
		{"under the older name", func(r *http.Request) {
			r.Header.Set(signer.HeaderSignatureV1, r.Header.Get(signer.HeaderSignature))
			r.Header.Del(signer.HeaderSignature)
		}, nil},
		{"right under the older name and wrong under the newer", func(r *http.Request) {
			r.Header.Set(signer.HeaderSignatureV1, r.Header.Get(signer.HeaderSignature))
			r.Header.Set(signer.HeaderSignature, "wrong")
		}, &signer.SignatureError{}},
		{"through a proxy that names the host", func(r *http.Request) { r.RequestURI = "https://example.com" + r.RequestURI }, nil},
		{"five minutes late", sign(accessKey, secretKey, now-5*60_000), nil},
		{"five minutes early", sign(accessKey, secretKey, now+5*60_000), nil},

		{"two timestamps", again(signer.HeaderTimestamp, "1767225600001"), &signer.TimestampError{}},
		{"the timestamp twice", again(signer.HeaderTimestamp, "1767225600000"), &signer.TimestampError{}},
		{"two access keys", again(signer.HeaderAccessKey, "OTHER"), &signer.UnknownKeyError{}},
		{"two signatures", again(signer.HeaderSignature, "wrong"), &signer.SignatureError{}},
		{"no timestamp", func(r *http.Request) { r.Header.Del(signer.HeaderTimestamp) }, &signer.MissingHeaderError{}},
		{"no access key", func(r *http.Request) { r.Header.Del(signer.HeaderAccessKey) }, &signer.MissingHeaderError{}},
		{"no signature", func(r *http.Request) { r.Header.Del(signer.HeaderSignature) }, &signer.MissingHeaderError{}},
		{"empty signature", func(r *http.Request) { r.Header.Set(signer.HeaderSignature, "") }, &signer.MissingHeaderError{}},
		{"unknown access key", sign("OTHER", secretKey, now), &signer.UnknownKeyError{}},
		{"timestamp in words", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "now") }, &signer.TimestampError{}},
		{"timestamp with a fraction", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "1767225600000.5") }, &signer.TimestampError{}},
		{"timestamp beyond 64 bits", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "99999999999999999999") }, &signer.TimestampError{}},
		{"timestamp at the edge of 64 bits", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "-9223372036854775808") }, &signer.SkewError{}},
		{"timestamp in seconds", sign(accessKey, secretKey, now/1000), &signer.SkewError{}},
		{"a millisecond more than five minutes late", sign(accessKey, secretKey, now-5*60_000-1), &signer.SkewError{}},
		{"a millisecond more than five minutes early", sign(accessKey, secretKey, now+5*60_000+1), &signer.SkewError{}},
		{"another secret key", sign(accessKey, secretKey+"x", now), &signer.SignatureError{}},
		{"another method", func(r *http.Request) { r.Method = "DELETE" }, &signer.SignatureError{}},
		{"another path", receivedAs("/vnks/v2/clusters/other?a=1"), &signer.SignatureError{}},
		{"no query", receivedAs("/vnks/v2/clusters"), &signer.SignatureError{}},
		{"another path behind the request line", func(r *http.Request) { r.URL.Path = "/vnks/v2/clusters/other" }, &signer.TargetError{}},
		{"another query behind the request line", func(r *http.Request) { r.URL.RawQuery = "a=2" }, &signer.TargetError{}},
		{"another timestamp", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "1767225600001") }, &signer.SignatureError{}},
		{"the same timestamp, written otherwise", func(r *http.Request) { r.Header.Set(signer.HeaderTimestamp, "+1767225600000") }, &signer.SignatureError{}},
		{"signature cut short", func(r *http.Request) {
			r.Header.Set(signer.HeaderSignature, r.Header.Get(signer.HeaderSignature)[:20])
		}, &signer.SignatureError{}},
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
	err := signer.NewVerifier(knows(accessKey, secretKey), nil).Verify(r)
	var wrong *signer.SignatureError
	if !errors.As(err, &wrong) {
		t.Fatalf("got %v", err)
	}
	want := "GET /vnks/v2/clusters?a=1\n" + r.Header.Get(signer.HeaderTimestamp) + "\n" + accessKey
	if wrong.StringToSign != want || wrong.Signature != "bm90IGl0" {
		t.Errorf("got %+v, want %q", wrong, want)
	}
}
