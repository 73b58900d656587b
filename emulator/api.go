package emulator

import (
	"errors"
	"log/slog"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/nks-access/nks-access/emulator/internal/clinic"
	"github.com/nks-access/nks-access/emulator/internal/contract"
	"github.com/nks-access/nks-access/signer"
)

// maxLoggedBytes is how much of a body, a target or a header is logged.
const maxLoggedBytes = 2 << 10

// serveAPI responds to a request to the API, and logs it.
func (e *Emulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	if r.Body == nil { // a request that did not come over HTTP
		r.Body = http.NoBody
	}
	x := &exchange{ResponseWriter: w, Request: Request{
		Time: e.now(), Method: r.Method, Target: clinic.Target(r), AccessKey: r.Header.Get(signer.HeaderAccessKey), Signature: "not checked",
	}}
	defer func() {
		x.Duration = time.Since(start)
		// Clients send secret keys where they do not belong.
		for _, text := range []*string{&x.Method, &x.Target, &x.AccessKey, &x.Body, &x.Answer, &x.Signature} {
			if *text = e.hide(*text); len(*text) > maxLoggedBytes {
				*text = (*text)[:maxLoggedBytes] + "…"
			}
		}
		e.log.Add(x.Request)
		e.logger.LogAttrs(r.Context(), slog.LevelInfo, "request", x.attrs()...)
		if x.dropped {
			panic(http.ErrAbortHandler) // closes the connection without a response
		}
	}()
	e.respond(x, r, e.faults.Load())
}

// respond injects faults and verifies the signature. The mux does the rest.
func (e *Emulator) respond(x *exchange, r *http.Request, faults *activeFaults) {
	if faults.Latency > 0 {
		select {
		case <-time.After(faults.Latency):
		case <-r.Context().Done():
		}
	}
	if faults.limiter != nil {
		if wait, ok := reserve(faults.limiter, e.clock()); !ok {
			x.Fault = "rate"
			x.Header().Set("Retry-After", wait)
			e.writeError(x, r, contract.Throttled())
			return
		}
	}
	if e.random.hit(faults.Fail.Probability) {
		x.Fault = "fail"
		e.writeError(x, r, contract.Failed(faults.Fail.Status))
		return
	}
	if err := e.verifier.Verify(r); err != nil {
		x.Diagnosis = e.diagnose(r, err)
		x.Signature = x.Diagnosis.Summary()
		e.writeError(x, r, contract.AuthenticationFailed(x.Signature, x.Diagnosis.Expected))
		return
	}
	x.Signature = "ok"
	x.lose = r.Method != http.MethodGet && e.random.hit(faults.Lose)
	x.Header().Set("Date", e.now().UTC().Format(http.TimeFormat))
	// The mux would redirect //clusters to /clusters, and a signed request must not follow
	// redirects.
	if escaped := r.URL.EscapedPath(); path.Clean(escaped) != escaped {
		e.writeError(x, r, contract.PathNotFound(escaped, BasePaths))
		return
	}
	e.mux.ServeHTTP(x, r)
}

// checkedMux registers the handlers of one base path behind the checks of permission and contract.
type checkedMux struct {
	*Emulator
	base string
}

// HandleFunc registers a handler. The pattern says which operation it is.
func (m checkedMux) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	operation := contract.Operations()[strings.Replace(pattern, m.base, "", 1)]
	m.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		x, ok := w.(*exchange)
		if !ok { // serveAPI passes no other
			return
		}
		x.Operation = operation.ID
		if permitted := m.permitted[x.AccessKey]; permitted != nil && !slices.Contains(permitted, operation.ID) {
			m.writeError(w, r, contract.Forbidden(x.AccessKey, operation.ID))
			return
		}
		body, err := operation.Check(w, r)
		x.Body = string(body[:min(len(body), maxLoggedBytes+1)])
		if err != nil {
			m.writeError(w, r, err)
			return
		}
		handler(w, r)
	})
}

// writeError responds with an error. The cause of an error of the emulator itself is in the log
// only.
func (e *Emulator) writeError(w http.ResponseWriter, r *http.Request, err error) {
	if x, ok := w.(*exchange); ok && x.Status != 0 {
		return // the client left during the response
	}
	var response *contract.Error
	if !errors.As(err, &response) {
		e.logger.LogAttrs(r.Context(), slog.LevelError, "internal error", slog.String("error", e.hide(err.Error())))
		response = contract.Internal()
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
	if x.Status == 0 && !x.dropped {
		x.WriteHeader(http.StatusOK)
	}
	if x.dropped {
		return len(data), nil
	}
	if x.Status >= 400 {
		x.Answer += string(data[:min(len(data), maxLoggedBytes+1)])
	}
	return x.ResponseWriter.Write(data)
}

// Unwrap lets http.MaxBytesReader close the connection after a body that is too large.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

func (x *exchange) attrs() []slog.Attr {
	attrs := []slog.Attr{
		slog.String("method", x.Method), slog.String("target", x.Target), slog.Int("status", x.Status),
		slog.Duration("duration", x.Duration), slog.String("accessKey", x.AccessKey), slog.String("operation", x.Operation),
	}
	if x.Fault != "" {
		attrs = append(attrs, slog.String("fault", x.Fault))
	}
	if x.Signature != "ok" {
		attrs = append(attrs, slog.String("signature", x.Signature))
	}
	return attrs
}
