package access

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/nks-access/nks-access/gen/nks"
)

// The kinds of errors of this package, for errors.Is.
var (
	ErrInvalid         = errors.New("invalid request")               // 400, 413, or not sent because it is invalid
	ErrUnauthenticated = errors.New("not authenticated")             // 401: wrong key, signature or clock
	ErrForbidden       = errors.New("forbidden")                     // 403, or 401 with code 210
	ErrNotFound        = errors.New("not found")                     // 404: no such cluster or entry
	ErrExists          = errors.New("entry exists and differs")      // see ExistsError
	ErrBusy            = errors.New("cluster is busy")               // 409: an earlier change is under way
	ErrThrottled       = errors.New("too many requests")             // 429
	ErrUnavailable     = errors.New("service is not available")      // 5XX, a page of a proxy, or no response
	ErrUnknownOutcome  = errors.New("the change may have been made") // see UnknownOutcomeError
	ErrAmbiguous       = errors.New("more than one has the name")    // for the name of a cluster
)

// Error is a failed call: an error response, or no response.
type Error struct {
	Op      string        // what was tried, such as "create access entry for nrn:… on cluster …"
	Status  int           // HTTP status; 0 without a response
	Code    nks.ErrorCode // error code of the gateway ("210") or the service ("400"); may be empty
	Message string        // may be empty
	Details string        // text or JSON; may be empty
	Err     error         // why there is no response

	unsent     bool // there was no connection
	html       bool // the body is an HTML page, so the response is from a proxy
	retryAfter time.Duration
	date       time.Time // of the response
}

// Error returns the operation and the reason.
func (e *Error) Error() string { return e.Op + ": " + e.reason() }

func (e *Error) reason() string {
	var s strings.Builder
	if e.Status != 0 {
		fmt.Fprintf(&s, "%d %s", e.Status, http.StatusText(e.Status))
	}
	if e.Message != "" && e.Message != http.StatusText(e.Status) {
		s.WriteString(": " + e.Message)
	}
	if e.Code != "" && string(e.Code) != fmt.Sprint(e.Status) {
		fmt.Fprintf(&s, " (code %s)", e.Code)
	}
	if e.Details != "" {
		s.WriteString(": " + e.Details)
	}
	if e.Err != nil {
		s.WriteString(": " + e.Err.Error())
	}
	return strings.TrimPrefix(s.String(), ": ")
}

// Unwrap returns why there is no response.
func (e *Error) Unwrap() error { return e.Err }

// Is reports whether target is the kind of the error, such as ErrNotFound.
func (e *Error) Is(target error) bool { return target == e.kind() }

var kinds = map[int]error{
	http.StatusUnauthorized:    ErrUnauthenticated,
	http.StatusForbidden:       ErrForbidden,
	http.StatusNotFound:        ErrNotFound,
	http.StatusRequestTimeout:  ErrUnavailable,
	http.StatusConflict:        ErrBusy,
	http.StatusTooManyRequests: ErrThrottled,
}

func (e *Error) kind() error {
	switch {
	case e.html, e.Status/100 != 4: // a proxy, a redirect, a success that is not readable, too
		return ErrUnavailable
	case e.Status == http.StatusUnauthorized && e.Code == "210":
		return ErrForbidden
	}
	return cmp.Or(kinds[e.Status], ErrInvalid)
}

// status returns the status of the response, 0 if err has none.
func status(err error) int {
	failed := &Error{}
	errors.As(err, &failed)
	return failed.Status
}

// ExistsError says that the principal already has an entry with other groups or policies. It is
// [ErrExists].
type ExistsError struct{ Existing Entry }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("create access entry for %s on cluster %s: it already has entry %s, which differs",
		e.Existing.Principal, e.Existing.ClusterUUID, e.Existing.UUID)
}

// Is reports whether target is ErrExists.
func (e *ExistsError) Is(target error) bool { return target == ErrExists }

const notJSON = "the response is not the expected JSON"

// explain fills in code, message and details from the body, in any form that the gateway, the
// service and proxies have been seen to send.
func (e *Error) explain(contentType string, body []byte) {
	text := bytes.TrimSpace(body)
	start := bytes.ToLower(text[:min(len(text), 20)])
	switch {
	case len(text) == 0:
	case text[0] == '{' || text[0] == '[' || strings.Contains(contentType, "json"):
		e.explainJSON(text)
	case bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html")):
		e.html = true
		e.Message = "the response is an HTML page, probably from a proxy"
		e.Details = elementText(text, "title|h1")
	case text[0] == '<':
		e.Code = nks.ErrorCode(elementText(text, "(?:error|return)?code"))
		e.Message = elementText(text, "(?:error|return)?message")
		e.Details = elementText(text, "details?")
	default:
		e.Message = clean(string(text))
	}
}

// elementText returns the text of the first element of XML or HTML whose name matches, or "".
func elementText(text []byte, name string) string {
	match := regexp.MustCompile(`(?i)<(?:` + name + `)\b[^>]*>([^<]+)`).FindSubmatch(text)
	if match == nil {
		return ""
	}
	return clean(html.UnescapeString(string(match[1])))
}

func (e *Error) explainJSON(text []byte) {
	var body nks.Error
	err := json.Unmarshal(text, &body) // a body of another form may set some fields
	info := body.Error
	e.Code, e.Message = nks.ErrorCode(clean(string(info.ErrorCode))), clean(info.Message)
	e.Details = clean(jsonText(info.Details))
	if err != nil || e.Code == "" && e.Message == "" && e.Details == "" {
		e.Message, e.Details = cmp.Or(e.Message, notJSON), clean(string(text))
	}
}

// jsonText returns a string as it is, the messages of violations as the service sends them, or the
// JSON.
func jsonText(value json.RawMessage) string {
	var text string
	if len(value) == 0 || json.Unmarshal(value, &text) == nil { // null, too
		return text
	}
	var violations struct {
		Error []struct{ Constraints map[string]string }
	}
	var words []string
	if json.Unmarshal(value, &violations) == nil {
		for _, v := range violations.Error {
			words = append(words, slices.Sorted(maps.Values(v.Constraints))...)
		}
	}
	return cmp.Or(strings.Join(words, "; "), string(value))
}

// clean makes text of a server safe for a terminal and a log: one line, no control characters, at
// most 2,000 bytes.
func clean(text string) string {
	const longest = 2000
	split := func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) }
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), split), " ")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}

// lasting joins the error of the last attempt with the reason why there is no other attempt.
func lasting(last, reason error) error {
	if last == nil || errors.Is(last, reason) {
		return cmp.Or(last, reason)
	}
	return fmt.Errorf("%w; gave up: %w", last, reason)
}
