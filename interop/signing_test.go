package interop

import (
	"context"
	"crypto"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/hmac"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// The SDK and the signer sign 10,000 random requests alike, and the emulator accepts the signatures
// of the SDK.
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
	var keys []emulator.Key
	for i := range 100 {
		keys = append(keys, emulator.Key{Credentials: signer.Credentials{
			AccessKey: fmt.Sprintf("A%d%s", i, text("ABCDEFGHIJ0123456789", 30)),
			SecretKey: "s" + text("abcXYZ019+/=-_열쇠", 50) + "s",
		}})
	}
	var now time.Time
	emulated, err := emulator.New(emulator.Options{Keys: keys, Clock: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}

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
		key := keys[random.IntN(len(keys))]
		now = time.UnixMilli(random.Int64N(4e12))

		if err := signer.New(signer.Static(key.AccessKey, key.SecretKey), signer.WithClock(func() time.Time { return now })).Sign(context.Background(), req); err != nil {
			t.Fatalf("%s %q: %v", method, url, err)
		}
		timestamp := strconv.FormatInt(now.UnixMilli(), 10)
		want, err := hmac.NewSigner(key.SecretKey, crypto.SHA256).Sign(method, url, key.AccessKey, timestamp)
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
		response := httptest.NewRecorder()
		emulated.ServeHTTP(response, sent)
		if response.Code == http.StatusUnauthorized {
			t.Fatalf("%s %q: the emulator refuses the SDK's signature: %s", method, url, response.Body)
		}
	}
}
