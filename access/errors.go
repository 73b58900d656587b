package access

import (
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
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
	ErrUnavailable     = errors.New("service is not available")      // 5XX, or no response
	ErrUnknownOutcome  = errors.New("the change may have been made") // see UnknownOutcomeError
	ErrAmbiguous       = errors.New("more than one has the name")    // of two clusters
)

// Error is a failed call: an error response, or no response.
type Error struct {
	Op      string        // what was tried, such as "create access entry for nrn:… on cluster …"
	Cluster string        // UUID of the cluster; empty if the call is about none
	Entry   string        // UUID or NRN of the entry; empty if the call is about none
	Status  int           // HTTP status; 0 without a response
	Code    nks.ErrorCode // error code of the gateway ("210") or the service ("400"); may be empty
	Message string        // may be empty
	Details string        // text or JSON; may be empty
	Err     error         // why there is no response

	retryAfter   time.Duration
	date         time.Time // of the response
	html         bool      // the body is an HTML page, so the response is from a proxy
	contradicted bool      // the list of entries does not confirm it
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

// Is reports whether the error is of the kind target.
func (e *Error) Is(target error) bool {
	kind := e.kind()
	return kind != nil && kind == target
}

func (e *Error) kind() error {
	switch {
	case e.Status == 0, e.contradicted:
		return ErrUnavailable
	case e.Status == http.StatusUnauthorized && e.Code == "210", e.Status == http.StatusForbidden:
		return ErrForbidden
	case e.Status == http.StatusUnauthorized:
		return ErrUnauthenticated
	case e.Status == http.StatusNotFound:
		return ErrNotFound
	case e.Status == http.StatusConflict:
		return ErrBusy
	case e.Status == http.StatusTooManyRequests:
		return ErrThrottled
	case e.Status == http.StatusRequestTimeout, e.Status >= 500:
		return ErrUnavailable
	case e.Status >= 400:
		return ErrInvalid
	}
	return ErrUnavailable // a redirect, or an unreadable success
}

// ExistsError says that the principal already has an entry with other groups or policies. It is
// [ErrExists].
type ExistsError struct{ Existing Entry }

func (e *ExistsError) Error() string {
	return fmt.Sprintf("create access entry for %s on cluster %s: it already has entry %s, which differs",
		e.Existing.Principal, e.Existing.ClusterUUID, e.Existing.UUID)
}

// Is makes the error ErrExists.
func (e *ExistsError) Is(target error) bool { return target == ErrExists }

// explain fills in code, message and details from the body, in any form that the gateway, the
// service and proxies have been seen to send.
func (e *Error) explain(contentType string, body []byte) {
	text := bytes.TrimSpace(body)
	switch {
	case len(text) == 0:
	case text[0] == '{' || text[0] == '[' || strings.Contains(contentType, "json"):
		e.explainJSON(text)
	case bytes.HasPrefix(bytes.ToLower(text), []byte("<!doctype html")) || bytes.HasPrefix(bytes.ToLower(text), []byte("<html")):
		e.html = true
		e.Message = "the response is an HTML page, probably from a proxy"
		e.Details = firstElement(text, "title", "h1")
	case text[0] == '<':
		e.Code = nks.ErrorCode(firstElement(text, "errorcode", "returncode", "code"))
		e.Message = firstElement(text, "message", "errormessage", "returnmessage")
		e.Details = firstElement(text, "details", "detail")
	default:
		e.Message = clean(string(text))
	}
}

func (e *Error) explainJSON(text []byte) {
	var body struct {
		Error   json.RawMessage
		Message json.RawMessage // some proxies send this form
	}
	if err := json.Unmarshal(text, &body); err != nil {
		e.Message, e.Details = "the response is not the expected JSON", clean(string(text))
		return
	}
	var info struct {
		ErrorCode any
		Message   any
		Details   json.RawMessage
	}
	switch {
	case len(body.Error) > 0 && body.Error[0] == '{' && json.Unmarshal(body.Error, &info) == nil:
		e.Code = nks.ErrorCode(clean(jsonText(info.ErrorCode)))
		e.Message = clean(jsonText(info.Message))
		e.Details = clean(detailText(info.Details))
	case len(body.Error) > 0:
		e.Message = clean(detailText(body.Error))
	default:
		e.Message = clean(detailText(body.Message))
	}
	if e.Code == "" && e.Message == "" && e.Details == "" {
		e.Details = clean(string(text))
	}
}

// jsonText returns a JSON string or number as text.
func jsonText(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	case float64:
		return fmt.Sprintf("%.0f", value)
	}
	text, _ := json.Marshal(value)
	return string(text)
}

// detailText returns a string as it is, the messages of violations as the service sends them, or
// the JSON.
func detailText(details json.RawMessage) string {
	var text string
	if len(details) == 0 || string(details) == "null" || json.Unmarshal(details, &text) == nil {
		return text
	}
	var violations struct {
		Error []struct{ Constraints map[string]string }
	}
	if json.Unmarshal(details, &violations) == nil {
		var words []string
		for _, v := range violations.Error {
			words = append(words, slices.Sorted(maps.Values(v.Constraints))...)
		}
		if len(words) > 0 {
			return strings.Join(words, "; ")
		}
	}
	return string(details)
}

// firstElement returns the text of the first XML element with one of the names. Case does not
// count.
func firstElement(text []byte, names ...string) string {
	for _, name := range names {
		decoder := xml.NewDecoder(bytes.NewReader(text))
		decoder.Strict, decoder.AutoClose, decoder.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
		decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
		for inside := false; ; {
			token, err := decoder.Token()
			if err != nil {
				break
			}
			switch token := token.(type) {
			case xml.StartElement:
				inside = strings.EqualFold(token.Name.Local, name)
			case xml.EndElement:
				inside = false
			case xml.CharData:
				if found := clean(string(token)); inside && found != "" {
					return found
				}
			}
		}
	}
	return ""
}

const maxErrorText = 2000

// clean makes text of a server safe for a terminal and a log: one line, no control characters, at
// most 2,000 bytes.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxErrorText {
		text = strings.ToValidUTF8(text[:maxErrorText], "") + "…"
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
