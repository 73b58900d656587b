package proxy

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"time"
)

// record is what the log says of a request. It has neither query nor headers nor body, which may hold
// secrets.
type record struct {
	http.ResponseWriter
	status    int
	operation string // operationId; empty if the contract has none
	refused   string // why the proxy itself responded
}

// WriteHeader notes the status.
func (r *record) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write writes a part of the body.
func (r *record) Write(data []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(data)
}

// Unwrap returns the writer below, for http.MaxBytesReader.
func (r *record) Unwrap() http.ResponseWriter { return r.ResponseWriter }

type recordKey struct{}

// recordOf returns the record of a request.
func recordOf(r *http.Request) *record {
	found, _ := r.Context().Value(recordKey{}).(*record)
	if found == nil {
		return &record{}
	}
	return found
}

func noteOperation(r *http.Request, operation string) { recordOf(r).operation = operation }

// maxLoggedPath is how many bytes of a path a line shows.
const maxLoggedPath = 200

// logged logs a line for each request.
func (p *Proxy) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &record{ResponseWriter: w}
		defer func() {
			attributes := []slog.Attr{
				slog.String("method", p.shown(r.Method)),
				slog.String("path", p.shown(r.URL.EscapedPath())),
				slog.Int("status", seen.status),
				slog.Duration("duration", time.Since(start)),
			}
			if seen.operation != "" {
				attributes = append(attributes, slog.String("operation", seen.operation))
			}
			if seen.refused != "" {
				attributes = append(attributes, slog.String("refused", seen.refused))
			}
			p.options.Logger.LogAttrs(r.Context(), slog.LevelInfo, "request", attributes...)
		}()
		next.ServeHTTP(seen, r.WithContext(context.WithValue(r.Context(), recordKey{}, seen)))
	})
}

// shown returns text of a request for the log.
func (p *Proxy) shown(text string) string {
	if p.options.Token != "" {
		text = strings.ReplaceAll(text, p.options.Token, "***")
	}
	if len(text) > maxLoggedPath {
		return text[:maxLoggedPath] + "…"
	}
	return text
}

// ownHeader is the header of the proxy's own responses. No response of a service has it.
const ownHeader = "X-Nks-Access-Proxy"

// refuse responds to a request that is not passed on, or that has no response. The body has the form
// of the contract's errors. The header says that the proxy made it.
func refuse(w http.ResponseWriter, r *http.Request, status int, words string) {
	recordOf(r).refused = words
	header := w.Header()
	protect(header)
	header.Set("Content-Type", "application/json")
	header.Set(ownHeader, "refused")
	w.WriteHeader(status)
	type details struct {
		Message string `json:"message"`
		Details string `json:"details"`
	}
	_ = json.NewEncoder(w).Encode(map[string]details{"error": {http.StatusText(status), "nks-access proxy: " + words}})
}
