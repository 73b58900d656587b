package signer_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"testing"

	"github.com/nks-access/nks-access/signer"
)

const benchURL = "https://nks.apigw.ntruss.com/vnks/v2/clusters/0000a20e-e0fb-4dc9-af1b-97fd3f8d0000/access-entries"

func BenchmarkSign(b *testing.B) {
	req, err := http.NewRequest("GET", benchURL, nil)
	if err != nil {
		b.Fatal(err)
	}
	s := signer.New(signer.Static(accessKey, secretKey))
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Sign(ctx, req); err != nil {
			b.Fatal(err)
		}
	}
}

// The floor: HMAC-SHA256 and base64 of the same string, and nothing else.
func BenchmarkBareHMAC(b *testing.B) {
	message := []byte(signer.StringToSign("GET", benchURL[len("https://nks.apigw.ntruss.com"):], "1767225600000", accessKey))
	var signature string
	b.ReportAllocs()
	for b.Loop() {
		mac := hmac.New(sha256.New, []byte(secretKey))
		mac.Write(message)
		signature = base64.StdEncoding.EncodeToString(mac.Sum(nil))
	}
	_ = signature
}
