package emulator

import (
	"context"
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
	"github.com/nks-access/nks-access/emulator/internal/store"
	"github.com/nks-access/nks-access/emulator/internal/web"
	"github.com/nks-access/nks-access/gen/nksserver"
	"github.com/nks-access/nks-access/signer"
)

func (e *Emulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	if r.Body == nil { // a request that did not come over HTTP
		r.Body = http.NoBody
	}
	x := &exchange{writer: w, log: web.Request{
		Time: e.now(), Method: r.Method, Target: clinic.Target(r), AccessKey: r.Header.Get(signer.HeaderAccessKey),
		Operation: e.operationOf(r), Signature: "not checked",
	}}
	x.faults = e.Faults().forRequest(r.Method, x.log.Operation)
	x.Header().Set("Date", e.now().UTC().Format(http.TimeFormat))
	if err := e.admit(x, r); err != nil {
		e.writeError(x, r, err)
	} else {
		e.mux.ServeHTTP(x, r)
	}
	e.deviate(x)
	x.log.Duration = time.Since(start)
	e.record(r.Context(), x)
	x.send()
}

// record logs a request, without secret keys: clients send them where they do not belong.
func (e *Emulator) record(ctx context.Context, x *exchange) {
	request := x.record()
	for _, text := range []*string{
		&request.Method, &request.Target, &request.AccessKey, &request.Body, &request.Response, &request.Signature,
	} {
		*text = e.clinic.Hide(*text)
	}
	e.log.Add(request)
	e.logger.LogAttrs(ctx, slog.LevelInfo, "request",
		slog.String("method", request.Method), slog.String("target", request.Target),
		slog.Int("status", request.Status), slog.Duration("duration", request.Duration),
		slog.String("accessKey", request.AccessKey), slog.String("operation", request.Operation),
		slog.String("fault", request.Fault), slog.String("signature", request.Signature))
}

// admit injects faults, verifies the signature, and checks the form of the path. It returns the
// response to a request that is refused.
func (e *Emulator) admit(x *exchange, r *http.Request) error {
	faults := x.faults
	if faults.Latency > 0 {
		select {
		case <-time.After(faults.Latency):
		case <-r.Context().Done():
		}
	}
	if faults.Rate > 0 {
		if seconds := wait(e.limiter.Load(), e.clock()); seconds > 0 {
			x.log.Fault = "rate"
			x.Header().Set("Retry-After", strconv.Itoa(seconds))
			return contract.GatewayErrorf(http.StatusTooManyRequests,
				"There are more requests than the fault rate allows. Retry-After says how long to wait.")
		}
	}
	if e.random.hit(faults.Fail.Probability) {
		x.log.Fault = "fail"
		return contract.Failed(faults.Fail.Status)
	}
	err := e.verifier.Verify(r)
	if err != nil {
		diagnosis := e.clinic.Diagnose(r, err, e.now())
		x.log.Diagnosis = &diagnosis
		x.log.Signature = diagnosis.Summary()
	}
	e.clinic.See(r, e.now())
	if err != nil {
		return contract.AuthenticationFailed(x.log.Signature, x.log.Diagnosis.Expected)
	}
	x.log.Signature = "ok"
	x.lose = r.Method != http.MethodGet && e.random.hit(faults.Lose)
	// The mux would redirect //clusters to /clusters, and a signed request must not follow
	// redirects.
	if escaped := r.URL.EscapedPath(); path.Clean(escaped) != escaped {
		return contract.PathNotFound(escaped, BasePaths())
	}
	return nil
}

// operationOf returns the operationId of a request, or "" if no contract has its path and method.
func (e *Emulator) operationOf(r *http.Request) string {
	if r.URL == nil {
		return ""
	}
	_, pattern := e.mux.Handler(r)
	return e.operations[pattern]
}

// routeAPI registers every operation under every base path, and an error for all else.
func (e *Emulator) routeAPI() {
	e.mux = http.NewServeMux()
	e.operations = map[string]string{}
	badRequest := func(w http.ResponseWriter, r *http.Request, err error) {
		e.writeError(w, r, contract.Errorf(http.StatusBadRequest, "%v", err))
	}
	handler := nksserver.NewStrictHandlerWithOptions(service{e}, nil, nksserver.StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  badRequest,
		ResponseErrorHandlerFunc: e.writeError,
	})
	for _, base := range BasePaths() {
		check := func(next http.Handler) http.Handler { return e.checked(base, next) }
		nksserver.HandlerWithOptions(handler, nksserver.StdHTTPServerOptions{
			BaseURL: base, BaseRouter: e.mux, Middlewares: []nksserver.MiddlewareFunc{check},
			// Called in place of the middleware if the path has something else than a UUID.
			ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
				check(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { badRequest(w, r, err) })).ServeHTTP(w, r)
			},
		})
		for path, operation := range contract.Operations() {
			method, path, _ := strings.Cut(path, " ")
			e.operations[method+" "+base+path] = operation.ID
		}
		for path, allowed := range contract.Paths() {
			notAllowed := func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Allow", allowed)
				e.writeError(w, r, contract.Errorf(http.StatusMethodNotAllowed,
					"%s takes %s, not %s.", r.URL.EscapedPath(), allowed, r.Method))
			}
			e.mux.HandleFunc(base+path, notAllowed)
			e.mux.HandleFunc("HEAD "+base+path, notAllowed) // the mux would take HEAD for GET
		}
	}
	e.routeNames()
	e.routeOthers()
	e.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		e.writeError(w, r, contract.PathNotFound(r.URL.EscapedPath(), BasePaths()))
	})
}

// checked is the middleware of a base path. It checks the permission of the key, and the request
// against the contract.
func (e *Emulator) checked(base string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		x := w.(*exchange) // serveAPI passes no other
		operation := contract.Operations()[strings.Replace(r.Pattern, base, "", 1)]
		if err := e.permit(x, operation.ID); err != nil {
			e.writeError(w, r, err)
			return
		}
		body, err := operation.Check(w, r, x.faults.Unknown)
		x.log.Body = string(body) // whole, so that no part of a secret key escapes the hiding
		if err != nil {
			e.writeError(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// permit returns the response to a key that may not use an operation.
func (e *Emulator) permit(x *exchange, operation string) error {
	permitted := e.permitted[x.log.AccessKey]
	if permitted == nil || slices.Contains(permitted, operation) {
		return nil
	}
	return contract.Errorf(http.StatusForbidden, "The key %s may not use %s.", x.log.AccessKey, operation)
}

// writeError responds with an error. The cause of an error of the emulator itself is in the log
// only.
func (e *Emulator) writeError(w http.ResponseWriter, r *http.Request, err error) {
	response := e.errorResponse(r, err)
	if x, ok := w.(*exchange); ok {
		if x.status != 0 {
			return // the response has begun
		}
		x.fromGateway = response.FromGateway()
	}
	response.Write(w, e.now())
}

func (e *Emulator) errorResponse(r *http.Request, err error) *contract.Error {
	var response *contract.Error
	if errors.As(err, &response) {
		return response
	}
	var exists *store.ExistsError
	if errors.As(err, &exists) {
		return contract.Errorf(http.StatusConflict,
			"Cluster %s already has access entry %s for the principal.", r.PathValue("uuid"), exists.UUID)
	}
	if errors.Is(err, store.ErrNoEntry) {
		return contract.Errorf(http.StatusNotFound,
			"Cluster %s has no access entry %s.", r.PathValue("uuid"), r.PathValue("entryUuid"))
	}
	e.logger.LogAttrs(r.Context(), slog.LevelError, "internal error", slog.String("error", e.clinic.Hide(err.Error())))
	return contract.GatewayErrorf(http.StatusInternalServerError, "The log of the emulator says why.")
}
