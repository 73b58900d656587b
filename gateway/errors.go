package gateway

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// The kinds of errors, for errors.Is.
var (
	ErrInvalid         = errors.New("invalid request")          // 400, 413, or not sent because it is invalid
	ErrUnauthenticated = errors.New("not authenticated")        // 401: wrong key, signature or clock
	ErrForbidden       = errors.New("forbidden")                // 403, or 401 with code 210
	ErrNotFound        = errors.New("not found")                // 404
	ErrBusy            = errors.New("cluster is busy")          // 409: an earlier change is under way
	ErrThrottled       = errors.New("too many requests")        // 429
	ErrUnavailable     = errors.New("service is not available") // 5XX, a page of a proxy, or no response
	ErrTooLarge        = errors.New("response is too large")    // also ErrUnavailable
)

// Error is a failed call: an error response, or no response.
type Error struct {
	Op        string // what was tried, such as "create access entry for nrn:… on cluster …"
	Status    int    // HTTP status; 0 without a response
	Code      string // error code of the gateway ("210") or the service ("400"); may be empty
	Message   string // may be empty
	Details   string // text or JSON; may be empty
	RequestID string // of the header x-ncp-request-id; may be empty
	Err       error  // why there is no response

	unsent     bool // there was no connection
	html       bool // the body is an HTML page, so the response is from a proxy
	tooLarge   bool
	hint       string
	retryAfter time.Duration
	date       time.Time // of the response
	header     http.Header
	body       []byte
}

// Response returns the error response as it was received, with a body that can be read. It returns
// nil if there was no response, or one that HTTP does not have for requests, such as 101.
func (e *Error) Response() *http.Response {
	if e.header == nil {
		return nil
	}
	return &http.Response{
		StatusCode:    e.Status,
		Header:        e.header.Clone(),
		Body:          io.NopCloser(bytes.NewReader(e.body)),
		ContentLength: int64(len(e.body)),
	}
}

// Error returns the operation and the reason.
func (e *Error) Error() string {
	if e.Op == "" {
		return e.Reason()
	}
	return e.Op + ": " + e.Reason()
}

// Reason returns why the call failed, without the operation.
func (e *Error) Reason() string {
	var s strings.Builder
	if e.Status != 0 {
		fmt.Fprintf(&s, "%d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Message != "" && e.Message != http.StatusText(e.Status) {
		s.WriteString(": " + e.Message)
	}
	if e.Code != "" && e.Code != fmt.Sprint(e.Status) {
		fmt.Fprintf(&s, " (code %s)", e.Code)
	}
	if e.Details != "" {
		s.WriteString(": " + e.Details)
	}
	if e.Err != nil {
		s.WriteString(": " + e.Err.Error())
	}
	if e.hint != "" {
		s.WriteString("; " + e.hint)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&s, " (request ID %s)", e.RequestID)
	}
	return strings.TrimPrefix(s.String(), ": ")
}

// Unwrap returns why there is no response.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the kind of the error, such as ErrNotFound.
func (e *Error) Is(target error) bool {
	return target == e.kind() || e.tooLarge && target == ErrTooLarge
}

// MayHaveArrived reports whether the service may have done what was asked, or may do it yet: the
// response was lost or cut off, is a 5XX, or is a success that is not from the service. It is false if
// there was no connection, and for a 4XX.
func (e *Error) MayHaveArrived() bool { return !e.unsent && e.Status/100 != 4 }

func (e *Error) kind() error {
	switch {
	case e.html:
		return ErrUnavailable
	case e.Status/100 != 4: // proxies, redirects, and 2XX responses that are not valid JSON, too
		return ErrUnavailable
	case e.Status == http.StatusUnauthorized && e.Code == "210":
		return ErrForbidden
	}
	return cmp.Or(kinds[e.Status], ErrInvalid)
}

var kinds = map[int]error{
	http.StatusUnauthorized:    ErrUnauthenticated,
	http.StatusForbidden:       ErrForbidden,
	http.StatusNotFound:        ErrNotFound,
	http.StatusRequestTimeout:  ErrUnavailable,
	http.StatusConflict:        ErrBusy,
	http.StatusTooManyRequests: ErrThrottled,
}

// SettingError says that a base URL, an environment or a region is invalid. It is [ErrInvalid].
type SettingError struct {
	Setting string // such as "region", or "base URL from NCLOUD_API_GW"
	Rule    string // such as "must be one of KR, SGN"
}

func (e *SettingError) Error() string { return e.Setting + " " + e.Rule }

// Is reports whether target is ErrInvalid.
func (e *SettingError) Is(target error) bool { return target == ErrInvalid }

// Lasting joins the error of the last attempt with the reason why there is no other attempt.
func Lasting(last, reason error) error {
	if last == nil || errors.Is(last, reason) {
		return cmp.Or(last, reason)
	}
	return fmt.Errorf("%w; gave up: %w", last, reason)
}
