package contract

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Error is an error response in one of three forms: that of the gateway, that of NKS behind it, or
// that of the Sub Account API.
type Error struct {
	status     int
	flat       bool   // the form of the Sub Account API
	Code       any    `json:"errorCode"`            // a string from the gateway, a number from the service
	StatusCode int    `json:"statusCode,omitempty"` // from the service only
	Message    string `json:"message"`
	Details    any    `json:"details,omitempty"` // a string, violations, or nothing
}

func (e *Error) Error() string { return fmt.Sprintf("%d %s: %v", e.status, e.Message, e.Details) }

// FromGateway reports whether the gateway sends the error by itself, without the service.
func (e *Error) FromGateway() bool { return e.StatusCode == 0 && !e.flat }

// gatewayErrors are the codes and messages of the gateway, by status.
var gatewayErrors = map[int]struct{ code, message string }{
	http.StatusBadRequest:            {"100", "Bad Request Exception"},
	http.StatusUnauthorized:          {"200", "Authentication Failed"},
	http.StatusNotFound:              {"300", "Not Found Exception"},
	http.StatusTooManyRequests:       {"410", "Throttle Limited"},
	http.StatusRequestEntityTooLarge: {"430", "Request Entity Too Large"},
	http.StatusServiceUnavailable:    {"500", "Endpoint Error"},
	http.StatusGatewayTimeout:        {"510", "Endpoint Timeout"},
	http.StatusInternalServerError:   {"900", "Unexpected Error"},
}

// GatewayErrorf returns an error of the gateway, with one of its statuses.
func GatewayErrorf(status int, format string, args ...any) *Error {
	kind := gatewayErrors[status]
	return &Error{status: status, Code: kind.code, Message: kind.message, Details: fmt.Sprintf(format, args...)}
}

// Errorf returns an error of the service.
func Errorf(status int, format string, args ...any) *Error {
	return serviceError(status, fmt.Sprintf(format, args...))
}

func serviceError(status int, details any) *Error {
	messages := map[int]string{http.StatusForbidden: "ForbiddenException", http.StatusConflict: "ConflictException"}
	message := cmp.Or(messages[status], http.StatusText(status), "Error")
	return &Error{status: status, Code: status, StatusCode: status, Message: message, Details: details}
}

// AuthenticationFailed returns the error for a refused signature. Expected is the string to sign,
// "" if it is not known.
func AuthenticationFailed(words, expected string) *Error {
	if expected != "" {
		words += fmt.Sprintf(" The string to sign is %q. "+
			"Sign it with HMAC-SHA256 and the secret key of the access key, in base64.", expected)
	}
	return GatewayErrorf(http.StatusUnauthorized, "Invalid authentication information: %s", words)
}

// Failed returns an injected failure, with the form, code and message that the docs have for the
// status.
func Failed(status int) *Error {
	const why = "Injected: the emulator was told to fail."
	if status < 400 { // options in Go may leave it out
		status = http.StatusServiceUnavailable
	}
	if _, ok := gatewayErrors[status]; ok {
		return GatewayErrorf(status, why)
	}
	return Errorf(status, why)
}

// Write writes the error response. Now is the time by the clock of the emulator.
func (e *Error) Write(w http.ResponseWriter, now time.Time) {
	body := map[string]any{"error": e}
	if e.flat {
		body = map[string]any{"errorCode": e.Code, "message": e.Message}
	}
	if e.StatusCode != 0 {
		body["timestamp"] = now.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.WriteHeader(e.status)
	_ = json.NewEncoder(w).Encode(body) // the client may be gone
}
