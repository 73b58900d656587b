package interop

import (
	"context"
	"crypto"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/hmac"

	"github.com/nks-access/nks-access/signer"
)

// The SDK and the signer sign 10,000 random requests alike, and the verifier accepts those of the
// SDK.
func TestSignaturesAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 0x6e6b73))
	text := func(alphabet string, most int) string {
		runes := []rune(alphabet)
		var b strings.Builder
		for range random.IntN(most + 1) {
			b.WriteRune(runes[random.IntN(len(runes))])
		}
		return b.String()
	}
	const pathRunes = "abcXYZ019-._~!$&'()*+,;=:@/%가é "
	methods := []string{"GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"}

	for n := 0; n < 10_000; {
		url := "https://nks.apigw.ntruss.com" + text("/", 2)
		if path := text(pathRunes, 60); path != "" {
			url = "https://nks.apigw.ntruss.com/" + path
		}
		if random.IntN(2) == 0 {
			url += "?" + text(pathRunes+"?&", 40)
		}
		method := methods[random.IntN(len(methods))]
		req, err := http.NewRequest(method, url, nil)
		if err != nil {
			continue // neither could send it
		}
		n++
		access := "A" + text("ABCDEFGHIJ0123456789", 30)
		secret := "s" + text("abcXYZ019+/=-_열쇠", 50) + "s"
		now := time.UnixMilli(random.Int64N(4e12))

		if err := signer.New(signer.Static(access, secret), signer.WithClock(func() time.Time { return now })).Sign(context.Background(), req); err != nil {
			t.Fatalf("%s %q: %v", method, url, err)
		}
		timestamp := strconv.FormatInt(now.UnixMilli(), 10)
		want, err := hmac.NewSigner(secret, crypto.SHA256).Sign(method, url, access, timestamp)
		if err != nil {
			t.Fatalf("%s %q: SDK: %v", method, url, err)
		}
		if got := req.Header.Get(signer.HeaderSignature); got != want || req.Header.Get(signer.HeaderTimestamp) != timestamp {
			t.Fatalf("%s %q at %s: the signer signs %s, the SDK %s", method, url, timestamp, got, want)
		}

		sent := req.Clone(context.Background())
		if sent.URL.Path == "" {
			sent.URL.Path = "/" // as it is sent and received
		}
		sent.Header.Del(signer.HeaderSignature)
		sent.Header.Set("x-ncp-apigw-signature-v1", want)
		knows := func(key string) (string, bool) { return secret, key == access }
		if err := signer.NewVerifier(knows, func() time.Time { return now }).Verify(sent); err != nil {
			t.Fatalf("%s %q: the verifier refuses the SDK's signature: %v", method, url, err)
		}
	}
}
