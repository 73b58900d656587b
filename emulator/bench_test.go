package emulator_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// benchWriter is an answer that is thrown away, but for its status.
type benchWriter struct {
	header http.Header
	status int
}

func (w *benchWriter) Header() http.Header         { return w.header }
func (w *benchWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *benchWriter) WriteHeader(status int)      { w.status = status }

// signed makes a request as a server would hand it over.
func signed(b *testing.B, method, path string, body []byte) *http.Request {
	req, err := http.NewRequest(method, "http://127.0.0.1"+path, bytes.NewReader(body))
	if err != nil {
		b.Fatal(err)
	}
	if err := signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)).Sign(context.Background(), req); err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.RequestURI = path
	return req
}

func serve(b *testing.B, e http.Handler, req *http.Request) {
	w := &benchWriter{header: http.Header{}}
	e.ServeHTTP(w, req)
	if w.status != http.StatusOK {
		b.Fatalf("status %d", w.status)
	}
}

func createBody(i int) []byte {
	return fmt.Appendf(nil, `{"type":"USER","entry":"nrn:PUB:IAM::1:SubAccount/%d","groups":["dev"],"policies":[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["dev","*-ns"]}]}`, i)
}

// With the signature and the contract checked, without a network.
func BenchmarkGet(b *testing.B) {
	e := newEmulator(b, emulator.Options{Seed: 1})
	serve(b, e, signed(b, "POST", entries, createBody(0)))
	req := signed(b, "GET", entries, nil)
	b.ReportAllocs()
	for b.Loop() {
		serve(b, e, req)
	}
}

func BenchmarkCreate(b *testing.B) {
	e := newEmulator(b, emulator.Options{})
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		b.StopTimer()
		req := signed(b, "POST", entries, createBody(i))
		i++
		b.StartTimer()
		serve(b, e, req)
	}
}
