package emulator_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

// fuzzed sends a signed request without a network, and returns the answer to it.
func fuzzed(t *testing.T, e http.Handler, method, target string, body []byte) *httptest.ResponseRecorder {
	u, err := url.ParseRequestURI(target)
	if err != nil || u.Host != "" || u.Opaque != "" {
		return nil // no server would hand such a request over
	}
	req := &http.Request{
		Method: method, URL: u, RequestURI: target, Host: "127.0.0.1", RemoteAddr: "127.0.0.1:1", Header: http.Header{}, Body: http.NoBody,
	}
	if body != nil {
		req.Body = http.MaxBytesReader(nil, readCloser{bytes.NewReader(body)}, 1<<30)
	}
	req.URL.Scheme, req.URL.Host = "https", "127.0.0.1"
	s := signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey))
	if err := s.Sign(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	req.URL.Scheme, req.URL.Host = "", ""
	req.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	e.ServeHTTP(w, req)
	return w
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func errorSchema(f *testing.F) *openapi3.Schema {
	doc, err := api.Document()
	if err != nil {
		f.Fatal(err)
	}
	return doc.Components.Schemas["ErrorResponse"].Value
}

// Whatever the path, the answer is a success or the error that the contract has.
func FuzzPaths(f *testing.F) {
	schema := errorSchema(f)
	f.Add("GET", base+"/clusters")
	f.Add("DELETE", entries+"/%2e%2e")
	f.Add("PATCH", base+"//clusters/{uuid}?a=%zz")
	f.Add("HEAD", "/")
	f.Add("OPTIONS", "*")
	f.Fuzz(func(t *testing.T, method, target string) {
		w := fuzzed(t, newEmulator(t, emulator.Options{}), method, target, nil)
		if w == nil || w.Code < 400 || w.Header().Get("Content-Type") != "application/json" && w.Code != http.StatusInternalServerError {
			return // the console and its like answer in HTML and text
		}
		checkError(t, schema, w)
	})
}

// Whatever the body, an entry is created that the contract allows, or none, and the answer says
// why.
func FuzzBodies(f *testing.F) {
	schema := errorSchema(f)
	f.Add([]byte(`{"type":"USER","entry":"` + user + `","groups":["g"],"policies":[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["a"]}]}`))
	f.Add([]byte(`{"type":"ROLE","type":"USER","entry":"` + user + `","policies":[{}],"policies":null}`))
	f.Add([]byte(`[[[[`))
	f.Add([]byte("\ufeff{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		e := newEmulator(t, emulator.Options{})
		w := fuzzed(t, e, "POST", entries, body)
		list := fuzzed(t, e, "GET", entries, nil)
		var got struct{ AccessEntries []any }
		if err := json.Unmarshal(list.Body.Bytes(), &got); err != nil || list.Code != http.StatusOK {
			t.Fatalf("list: %d %s", list.Code, list.Body)
		}
		if w.Code == http.StatusOK != (len(got.AccessEntries) == 1) {
			t.Fatalf("answered %d, and there are %d entries", w.Code, len(got.AccessEntries))
		}
		if w.Code != http.StatusOK {
			if w.Code >= 500 {
				t.Errorf("status %d", w.Code)
			}
			checkError(t, schema, w)
		}
	})
}

func checkError(t *testing.T, schema *openapi3.Schema, w *httptest.ResponseRecorder) {
	var body any
	if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
		t.Fatalf("%d: %v in %s", w.Code, err, w.Body)
	}
	if err := schema.VisitJSON(body); err != nil {
		t.Errorf("%d: %v", w.Code, err)
	}
}
