package speccheck_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/cmd/nks-access/speccheck"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gateway"
	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/signer"
)

const (
	user = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c" // has an entry
	role = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"       // has none
)

// service is an emulator with one entry, and a handler in front of it.
type service struct {
	emulator *emulator.Emulator
	handler  http.Handler
	writes   int // requests that are no reads
}

// newService returns a service. between, when there is one, sees each request before the emulator.
func newService(t *testing.T, options emulator.Options,
	between func(http.ResponseWriter, *http.Request, http.Handler)) *service {
	t.Helper()
	view := nks.AccessPolicy{Type: nks.PolicyTypeNKSViewPolicy, Scope: nks.AccessPolicyScopeCluster}
	edit := nks.AccessPolicy{Type: nks.PolicyTypeNKSEditPolicy, Scope: nks.AccessPolicyScopeNamespace,
		Namespaces: []string{"team-a"}}
	options.Entries = map[string][]nks.CreateAccessEntryRequest{emulator.DemoClusterUUID: {{
		Type: nks.EntryTypeUser, Entry: user, Policies: []nks.AccessPolicy{view, edit},
	}}}
	e, err := emulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	s := &service{emulator: e, handler: e}
	if between != nil {
		s.handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { between(w, r, e) })
	}
	return s
}

// RoundTrip hands a request to the handler. A handler that aborts closes the connection.
func (s *service) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	defer func() {
		if aborted := recover(); aborted != nil {
			resp = nil
			err = io.EOF
		}
	}()
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	if req.Method != http.MethodGet {
		s.writes++
	}
	served := req.Clone(req.Context())
	served.RequestURI = req.URL.RequestURI()
	if served.Body == nil {
		served.Body = http.NoBody
	}
	recorder := httptest.NewRecorder()
	s.handler.ServeHTTP(recorder, served)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	return recorder.Result(), nil
}

func (s *service) gateway(t *testing.T) *gateway.Gateway {
	t.Helper()
	g, err := gateway.New(gateway.Config{
		BaseURL:     "http://127.0.0.1:1/vnks/v2",
		Credentials: signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey),
		HTTPClient:  &http.Client{Transport: s},
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// check runs a check. With life it writes, for the role.
func (s *service) check(ctx context.Context, t *testing.T, life bool) (*speccheck.Report, error) {
	t.Helper()
	options := s.options(t)
	if life {
		options.Cluster = emulator.DemoClusterName
		options.Life = &speccheck.Life{Principal: role, Confirm: func(context.Context, string) error { return nil }}
	}
	return speccheck.Run(ctx, options)
}

func (s *service) options(t *testing.T) speccheck.Options {
	t.Helper()
	return speccheck.Options{Gateway: s.gateway(t), Contract: contract(), Program: "test"}
}

// contract returns the contract. Parsing it takes long with the race detector.
var contract = sync.OnceValue(func() *openapi3.T {
	doc, err := api.Document()
	if err != nil {
		panic(err)
	}
	return doc
})

// entries returns the entries of the emulator, "NRN UUID" for each.
func (s *service) entries(t *testing.T) string {
	t.Helper()
	s.emulator.SetFaults(emulator.Faults{})
	handler := s.handler
	s.handler = s.emulator
	defer func() { s.handler = handler }()
	req, err := http.NewRequest(http.MethodGet,
		"http://127.0.0.1:1/vnks/v2/clusters/"+emulator.DemoClusterUUID+"/access-entries", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.gateway(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		AccessEntries []struct{ Entry, UUID string } `json:"accessEntries"`
	}
	if err := gateway.Decode(resp, &list); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, entry := range list.AccessEntries {
		lines = append(lines, entry.Entry+" "+entry.UUID)
	}
	return strings.Join(lines, "\n")
}

// response is what a handler in between makes of the response of the emulator.
type response struct {
	status int
	header http.Header
	body   string
}

// changed returns a handler in between that changes the responses to requests that match.
func changed(match func(*http.Request, int) bool, change func(*response)) func(http.ResponseWriter, *http.Request,
	http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		recorder := httptest.NewRecorder()
		next.ServeHTTP(recorder, r)
		resp := &response{recorder.Code, recorder.Header(), recorder.Body.String()}
		if match(r, resp.status) {
			change(resp)
		}
		for name, values := range resp.header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.status)
		_, _ = io.WriteString(w, resp.body)
	}
}

// edit changes the JSON value of a body.
func (r *response) edit(change func(any) any) {
	var value any
	if json.Unmarshal([]byte(r.body), &value) != nil {
		return
	}
	data, err := json.Marshal(change(value))
	if err != nil {
		panic(err)
	}
	r.body = string(data)
}

// walk calls change with every object in a JSON value.
func walk(value any, change func(map[string]any)) any {
	switch value := value.(type) {
	case map[string]any:
		for _, child := range value {
			walk(child, change)
		}
		change(value)
	case []any:
		for _, child := range value {
			walk(child, change)
		}
	}
	return value
}

// readBody returns the body of a request, which can be read again.
func readBody(r *http.Request) string {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	return string(data)
}

func withBody(r *http.Request, body string) *http.Request {
	r.Body = io.NopCloser(strings.NewReader(body))
	r.ContentLength = int64(len(body))
	return r
}

func text(t *testing.T, report *speccheck.Report) string {
	t.Helper()
	if report == nil {
		return ""
	}
	data, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s\n%s", report.Markdown(), data)
}
