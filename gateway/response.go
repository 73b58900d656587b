package gateway

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/nks-access/nks-access/internal/unseen"
)

const (
	maxErrorBytes = 64 << 10 // of the body of an error
	shownBytes    = 200      // of a body that is not what was expected
	longestRetry  = 24 * time.Hour
)

const notJSON = "the response is not the expected JSON"

// checked reads the response. A response that is no success becomes an [*Error].
func (g *Gateway) checked(next handler) handler {
	return func(req *http.Request) (*http.Response, error) {
		resp, err := next(req)
		if err != nil {
			return nil, err
		}
		received := resp.Body
		defer func() { _ = received.Close() }()
		failed := &Error{Status: resp.StatusCode, RequestID: Clean(resp.Header.Get("X-Ncp-Request-Id"))}
		if resp.StatusCode < 200 {
			// After 101 the body is the connection, and reading it could take for ever.
			failed.Message = "the response is not one of HTTP requests and responses"
			return nil, failed
		}
		limit := responseLimit(req.Context())
		body, err := readLimited(received, limit)
		if resp.StatusCode/100 != 2 {
			g.explain(failed, resp.Header, body)
			return nil, failed
		}
		if reason := checkSize(body, limit); reason != "" {
			failed.Message = reason
			failed.tooLarge = true
			return nil, failed
		}
		if err != nil {
			failed.Status = 0
			failed.Err = fmt.Errorf("the response was cut off: %w", err)
			return nil, failed
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		return resp, nil
	}
}

// Decode decodes the body of a success. The error is an [*Error] that shows the beginning of the body.
func Decode(resp *http.Response, into any) error {
	body, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(body, into)
	}
	if err != nil {
		return Unexpected(resp, body)
	}
	return nil
}

// TooLarge returns the error for a success that holds more than a limit. It is [ErrTooLarge].
func TooLarge(resp *http.Response, message string) *Error {
	failed := Unexpected(resp, nil)
	failed.Message = message
	failed.tooLarge = true
	return failed
}

// Unexpected returns the error for a success whose body is not what the contract says.
func Unexpected(resp *http.Response, body []byte) *Error {
	return &Error{
		Status:    resp.StatusCode,
		Message:   notJSON,
		Details:   Clean(string(body[:min(len(body), shownBytes)])),
		RequestID: Clean(resp.Header.Get("X-Ncp-Request-Id")),
	}
}

// explain fills in what header and body say, in any form that the gateway, the services and proxies
// have been seen to send.
func (g *Gateway) explain(e *Error, header http.Header, body []byte) {
	e.header = header
	e.body = body
	e.date, _ = http.ParseTime(header.Get("Date"))
	e.retryAfter = parseRetryAfter(header.Get("Retry-After"), g.clock.now())
	text := bytes.TrimSpace(body[:min(len(body), maxErrorBytes)])
	start := bytes.ToLower(text[:min(len(text), 20)])
	switch {
	case len(text) == 0:
	case text[0] == '{' || text[0] == '[' || strings.Contains(header.Get("Content-Type"), "json"):
		e.explainJSON(text)
	case bytes.HasPrefix(start, []byte("<!doctype html")) || bytes.HasPrefix(start, []byte("<html")):
		e.html = true
		e.Message = "the response is an HTML page, probably from a proxy"
		e.Details = elementText(text, "title|h1")
	case text[0] == '<':
		e.Code = elementText(text, "(?:error|return)?code")
		e.Message = elementText(text, "(?:error|return)?message")
		e.Details = elementText(text, "details?")
	default:
		e.Message = Clean(string(text))
	}
}

// parseRetryAfter returns how long to wait. The header has seconds or a date.
func parseRetryAfter(header string, now time.Time) time.Duration {
	if date, err := http.ParseTime(header); err == nil {
		return max(date.Sub(now), 0)
	}
	seconds, err := strconv.Atoi(header)
	if err != nil || seconds < 0 {
		return 0
	}
	return min(time.Duration(min(seconds, int(longestRetry/time.Second)))*time.Second, longestRetry)
}

// elementText returns the text of the first element of XML or HTML whose name matches, or "".
func elementText(text []byte, name string) string {
	match := regexp.MustCompile(`(?i)<(?:` + name + `)\b[^>]*>([^<]+)`).FindSubmatch(text)
	if match == nil {
		return ""
	}
	return Clean(html.UnescapeString(string(match[1])))
}

// errorBody is the body of an error. The gateway and NKS put the fields into "error". Version 1 of
// the Sub Account API has them at the top level. Codes are strings or numbers.
type errorBody struct {
	errorFields
	Error errorFields `json:"error"`
}

type errorFields struct {
	ErrorCode json.RawMessage `json:"errorCode"`
	Message   string          `json:"message"`
	Details   json.RawMessage `json:"details"`
}

func (f errorFields) empty() bool {
	return len(f.ErrorCode) == 0 && f.Message == "" && len(f.Details) == 0
}

func (e *Error) explainJSON(text []byte) {
	var body errorBody
	err := json.Unmarshal(text, &body) // a body of another form may set some fields
	fields := body.Error
	if fields.empty() {
		fields = body.errorFields
	}
	e.Code = Clean(jsonText(fields.ErrorCode))
	e.Message = Clean(fields.Message)
	e.Details = Clean(jsonText(fields.Details))
	nothing := e.Code == "" && e.Message == "" && e.Details == ""
	if err != nil || nothing {
		e.Message = cmp.Or(e.Message, notJSON)
		e.Details = Clean(string(text))
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

// Clean makes text of a server safe for a terminal and a log: one line, no control characters and
// none that cannot be seen, at most 2,000 bytes.
func Clean(text string) string {
	const longest = 2000
	split := func(r rune) bool { return r == ' ' || !unicode.IsPrint(r) || unseen.Is(r) }
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, "?"), split), " ")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	return text
}
