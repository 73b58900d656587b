package interop

import (
	"context"
	"crypto"
	stdhmac "crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/NaverCloudPlatform/ncloud-sdk-go-v2/hmac"

	"github.com/nks-access/nks-access/signer"
)

const signedURL = "https://nks.apigw.ntruss.com/vnks/v2/clusters/" + clusterUUID + "/access-entries"

// BenchmarkSigning measures the signing of one request: method and URL in, three headers out.
func BenchmarkSigning(b *testing.B) {
	request := func(b *testing.B) *http.Request {
		req, err := http.NewRequest("GET", signedURL, nil)
		if err != nil {
			b.Fatal(err)
		}
		return req
	}
	// This is what prepareRequest of the SDK does (services/vnks/api_client.go).
	b.Run("this=sdk", func(b *testing.B) {
		req := request(b)
		b.ReportAllocs()
		for b.Loop() {
			clear(req.Header)
			timestamp := strconv.FormatInt(time.Now().UnixNano()/int64(time.Millisecond), 10)
			signature, err := hmac.NewSigner(secretKey, crypto.SHA256).Sign("GET", signedURL, accessKey, timestamp)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("x-ncp-apigw-timestamp", timestamp)
			req.Header.Set("x-ncp-iam-access-key", accessKey)
			req.Header.Set("x-ncp-apigw-signature-v1", signature)
		}
	})
	b.Run("this=bare", func(b *testing.B) {
		message := []byte(signer.StringToSign("GET", request(b).URL.RequestURI(), "1767225600000", accessKey))
		b.ReportAllocs()
		for b.Loop() {
			mac := stdhmac.New(sha256.New, []byte(secretKey))
			mac.Write(message)
			_ = base64.StdEncoding.EncodeToString(mac.Sum(nil))
		}
	})
	b.Run("this=signer", func(b *testing.B) {
		req := request(b)
		s := signer.New(signer.Static(accessKey, secretKey))
		ctx := context.Background()
		b.ReportAllocs()
		for b.Loop() {
			clear(req.Header)
			if err := s.Sign(ctx, req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
