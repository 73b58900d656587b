package emulator

import (
	"errors"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/clinic"
	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/gen/nksserver"
	"github.com/nks-access/nks-access/signer"
)

func (e *Emulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	if r.Body == nil { // a request that did not come over HTTP
		r.Body = http.NoBody
	}
	x := &exchange{ResponseWriter: w, Request: Request{
		Time: e.now(), Method: r.Method, Target: clinic.Target(r), AccessKey: r.Header.Get(signer.HeaderAccessKey),
		Signature: "not checked",
	}}
	defer func() {
		x.Duration = time.Since(start)
		// Clients send secret keys where they do not belong.
		for _, text := range []*string{&x.Method, &x.Target, &x.AccessKey, &x.Body, &x.Answer, &x.Signature} {
			*text = e.hide(*text)
		}
		e.log.Add(x.Request)
		e.logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", x.Method), slog.String("target", x.Target), slog.Int("status", x.Status),
			slog.Duration("duration", x.Duration), slog.String("accessKey", x.AccessKey),
			slog.String("operation", x.Operation), slog.String("fault", x.Fault), slog.String("signature", x.Signature))
		if x.dropped {
			panic(http.ErrAbortHandler) // closes the connection without a response
		}
	}()
	if err := e.admit(x, r); err != nil {
		e.writeError(x, r, err)
		return
	}
	x.Header().Set("Date", e.now().UTC().Format(http.TimeFormat))
	e.mux.ServeHTTP(x, r)
}

// admit injects faults, verifies the signature, and checks the form of the path. It returns the
// response to a request that is refused.
func (e *Emulator) admit(x *exchange, r *http.Request) error {
	faults := e.Faults()
	if faults.Latency > 0 {
		select {
		case <-time.After(faults.Latency):
		case <-r.Context().Done():
		}
	}
	if seconds := wait(e.limiter.Load(), e.clock()); seconds > 0 {
		x.Fault = "rate"
		x.Header().Set("Retry-After", strconv.Itoa(seconds))
		return contract.GatewayErrorf(http.StatusTooManyRequests,
			"There are more requests than the fault rate allows. Retry-After says how long to wait.")
	}
	if e.random.hit(faults.Fail.Probability) {
		x.Fault = "fail"
		return contract.Failed(faults.Fail.Status)
	}
	if err := e.verifier.Verify(r); err != nil {
		x.Diagnosis = e.diagnose(r, err)
		x.Signature = x.Diagnosis.Summary()
		return contract.AuthenticationFailed(x.Signature, x.Diagnosis.Expected)
	}
	x.Signature = "ok"
	x.lose = r.Method != http.MethodGet && e.random.hit(faults.Lose)
	// The mux would redirect //clusters to /clusters, and a signed request must not follow
	// redirects.
	if escaped := r.URL.EscapedPath(); path.Clean(escaped) != escaped {
		return contract.PathNotFound(escaped, BasePaths)
	}
	return nil
}

// routeAPI registers every operation under every base path, and an error for all else.
func (e *Emulator) routeAPI() {
	badRequest := func(w http.ResponseWriter, r *http.Request, err error) {
		e.writeError(w, r, contract.Errorf(http.StatusBadRequest, "%v", err))
	}
	handler := nksserver.NewStrictHandlerWithOptions(service{e}, nil, nksserver.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  badRequest,
		ResponseErrorHandlerFunc: e.writeError,
	})
	for _, base := range BasePaths {
		check := func(next http.Handler) http.Handler { return e.checked(base, next) }
		nksserver.HandlerWithOptions(handler, nksserver.StdHTTPServerOptions{
			BaseURL: base, BaseRouter: e.mux, Middlewares: []nksserver.MiddlewareFunc{check},
			// Called in place of the middleware if the path has something else than a UUID.
			ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
				check(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { badRequest(w, r, err) })).ServeHTTP(w, r)
			},
		})
		for path, methods := range contract.Paths() {
			notAllowed := func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Allow", methods)
				e.writeError(w, r, contract.Errorf(http.StatusMethodNotAllowed,
					"%s takes %s, not %s.", r.URL.EscapedPath(), methods, r.Method))
			}
			e.mux.HandleFunc(base+path, notAllowed)
			e.mux.HandleFunc("HEAD "+base+path, notAllowed) // the mux would take HEAD for GET
		}
	}
	e.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		e.writeError(w, r, contract.PathNotFound(r.URL.EscapedPath(), BasePaths))
	})
}

// checked is the middleware of a base path. It checks the permission of the key, and the request
// against the contract.
func (e *Emulator) checked(base string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange) // serveAPI passes no other
		operation := contract.Operations()[strings.Replace(r.Pattern, base, "", 1)]
		x.Operation = operation.ID
		if permitted := e.permitted[x.AccessKey]; permitted != nil && !slices.Contains(permitted, operation.ID) {
			e.writeError(w, r, contract.Errorf(http.StatusForbidden,
				"The key %s may not use %s.", x.AccessKey, operation.ID))
			return
		}
		body, err := operation.Check(w, r)
		x.Body = string(body) // whole, so that no part of a secret key escapes the hiding
		if err != nil {
			e.writeError(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// writeError responds with an error. The cause of an error of the emulator itself is in the log
// only.
func (e *Emulator) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if x, ok := w.(*exchange); ok && x.Status != 0 {
		return // the client left during the response
	}
	var exists *ExistsError
	if errors.As(err, &exists) {
		err = contract.Errorf(http.StatusConflict,
			"Cluster %s already has access entry %s for the principal.", r.PathValue("uuid"), exists.UUID)
	} else if errors.Is(err, ErrNoEntry) {
		err = contract.Errorf(http.StatusNotFound,
			"Cluster %s has no access entry %s.", r.PathValue("uuid"), r.PathValue("entryUuid"))
	}
	var response *contract.Error
	if !errors.As(err, &response) {
		e.logger.LogAttrs(r.Context(), slog.LevelError, "internal error", slog.String("error", e.hide(err.Error())))
		response = contract.GatewayErrorf(http.StatusInternalServerError, "The log of the emulator says why.")
	}
	response.Write(w, e.now())
}

// exchange is a request and the response to it.
type exchange struct {
	http.ResponseWriter
	Request
	lose    bool // drop the response if it is a success
	dropped bool
}

func (x *exchange) WriteHeader(status int) {
	x.Status = status
	if x.lose && status < 300 {
		x.dropped, x.Fault, x.Status = true, "lose", 0
		return
	}
	x.ResponseWriter.WriteHeader(status)
}

func (x *exchange) Write(data []byte) (int, error) {
	if x.dropped {
		return len(data), nil
	}
	if x.Status >= 400 {
		x.Answer += string(data)
	}
	return x.ResponseWriter.Write(data)
}

// Unwrap lets http.MaxBytesReader close the connection after a body that is too large.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }
