// Package emulator is the access entries API of NAVER Cloud's Kubernetes service on your own machine, in memory, to develop
// and test against without an account:
//
//	server, err := emulator.Start(emulator.Options{})
//	defer server.Close()
//	client, err := nks.NewClientWithResponses(server.URL+"/vnks/v2", nks.WithRequestEditorFn(
//		signer.New(signer.Static(emulator.DemoAccessKey, emulator.DemoSecretKey)).Sign))
//
// It verifies every signature, checks every request against the contract, and remembers what it was told. It behaves as the
// provider's pages and public code say the service does. Where they are silent it does the following, which the service
// may not:
//
//   - Success is always status 200.
//   - An update replaces the lists that are present, and keeps those left out.
//   - A second entry for the same principal on a cluster is refused with 409.
//   - A signature is verified before anything else is looked at.
//   - Every base path shows the same clusters, whatever their region.
//   - A cluster with authType CONFIG_MAP refuses changes with 400.
//   - A request that is no HTTP, such as one with a broken request line, is answered by Go's HTTP server, not in JSON.
package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gen/nks"
	"github.com/nks-access/nks-access/gen/nksserver"
	"github.com/nks-access/nks-access/signer"
)

// The key pair and the cluster of an emulator that was given none.
const (
	DemoAccessKey   = "DEMOACCESSKEY0000001"
	DemoSecretKey   = "demo-secret-key-of-the-emulator-000000001"
	DemoClusterUUID = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
	DemoClusterName = "demo"
)

// MaxBodyBytes is the size of the largest request body the emulator takes. The service's own limit is not documented.
const MaxBodyBytes = 1 << 20

// BasePaths are the paths that the API is served under: those of all base URLs of the service.
var BasePaths = []string{"/vnks/v2", "/vnks/sgn-v2", "/vnks/jpn-v2", "/vnks/krs-v2", "/nks/v2"}

// Options are what an emulator knows from the start. The zero value is good to use.
type Options struct {
	// Keys are the key pairs that may sign, the demo key when nil.
	Keys []signer.Credentials
	// Clusters are the clusters of the account, the demo cluster when nil.
	Clusters []nks.Cluster
	// Clock tells the time that timestamps are compared with, time.Now when nil.
	Clock func() time.Time
}

// Emulator serves the API. It is safe for concurrent use.
type Emulator struct {
	verifier *signer.Verifier
	mux      *http.ServeMux
	clock    func() time.Time
}

// New returns an emulator with no access entries yet.
func New(options Options) *Emulator {
	if options.Keys == nil {
		options.Keys = []signer.Credentials{{AccessKey: DemoAccessKey, SecretKey: DemoSecretKey}}
	}
	if options.Clusters == nil {
		options.Clusters = []nks.Cluster{{
			UUID: DemoClusterUUID, Name: DemoClusterName, Status: "RUNNING", AuthType: "API", RegionCode: "KR",
			K8sVersion: "1.33.4", Endpoint: "https://kubernetes.example.com",
		}}
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	secrets := make(map[string]string, len(options.Keys))
	for _, key := range options.Keys {
		secrets[key.AccessKey] = key.SecretKey
	}
	e := &Emulator{
		verifier: signer.NewVerifier(func(accessKey string) (string, bool) {
			secret, ok := secrets[accessKey]
			return secret, ok
		}, options.Clock),
		mux:   http.NewServeMux(),
		clock: options.Clock,
	}
	handler := nksserver.NewStrictHandlerWithOptions(&service{NewMemory(), newClusters(options.Clusters, options.Clock), uuid.NewString}, nil, nksserver.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  e.refuse,
		ResponseErrorHandlerFunc: e.writeError,
	})
	contract := newContract()
	for _, base := range BasePaths {
		nksserver.HandlerWithOptions(handler, nksserver.StdHTTPServerOptions{
			BaseURL:          base,
			BaseRouter:       checkedMux{e, contract, base},
			ErrorHandlerFunc: e.refuse,
		})
	}
	return e
}

// ServeHTTP answers one request.
func (e *Emulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := e.verifier.Verify(r); err != nil {
		e.writeError(w, r, authenticationFailed(err))
		return
	}
	// The mux would redirect //clusters to /clusters, which a signed request must not follow.
	if escaped := r.URL.EscapedPath(); path.Clean(escaped) != escaped {
		e.writeError(w, r, pathNotFound(r))
		return
	}
	handler, pattern := e.mux.Handler(r)
	if pattern == "" || r.Method == http.MethodHead {
		e.writeError(w, r, noRoute(handler, w.Header(), r))
		return
	}
	e.mux.ServeHTTP(w, r)
}

// noRoute explains why there is no handler for r. The mux says which methods a path takes in the answer that it would give
// itself; it takes HEAD for GET, which the contract does not know.
func noRoute(handler http.Handler, header http.Header, r *http.Request) error {
	answer := &statusRecorder{header: http.Header{}}
	if r.Method == http.MethodHead {
		header.Set("Allow", http.MethodGet)
		return methodNotAllowed(r, http.MethodGet)
	}
	handler.ServeHTTP(answer, r)
	if answer.status != http.StatusMethodNotAllowed {
		return pathNotFound(r)
	}
	allow := strings.Replace(answer.header.Get("Allow"), ", HEAD", "", 1)
	header.Set("Allow", allow)
	return methodNotAllowed(r, allow)
}

type statusRecorder struct {
	header http.Header
	status int
}

func (s *statusRecorder) Header() http.Header         { return s.header }
func (s *statusRecorder) Write(b []byte) (int, error) { return len(b), nil }
func (s *statusRecorder) WriteHeader(status int)      { s.status = status }

// checkedMux registers the handlers of one base path behind the check against the contract.
type checkedMux struct {
	*Emulator
	contract *contract
	base     string
}

func (m checkedMux) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	method, path, _ := strings.Cut(pattern, " ")
	operation := m.contract.operation(method, strings.TrimPrefix(path, m.base))
	m.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil { // a request that did not come over HTTP
			r.Body = http.NoBody
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxBodyBytes)
		if err := operation.check(r); err != nil {
			m.writeError(w, r, err)
			return
		}
		handler(w, r)
	})
}

// refuse answers a request that the generated server cannot decode, which the check against the contract should have found.
func (e *Emulator) refuse(w http.ResponseWriter, r *http.Request, err error) {
	e.writeError(w, r, badRequest(newViolation("", "json", err.Error())))
}

func authenticationFailed(err error) error {
	details := "Invalid authentication information: " + err.Error() + "."
	if wrong := (*signer.SignatureError)(nil); errors.As(err, &wrong) {
		details = fmt.Sprintf("Invalid authentication information: the signature is wrong. The string to sign is %q, "+
			"HMAC-SHA256 with the secret key of the access key, in base64.", wrong.StringToSign)
	}
	return gatewayError(http.StatusUnauthorized, "200", "Authentication Failed", details)
}
