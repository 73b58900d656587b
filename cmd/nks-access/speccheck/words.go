package speccheck

import (
	"bytes"
	"encoding/json"
	"mime"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// A report is published. The functions of this file turn what the service sent into words for it. They
// repeat a value only if it is one of a few known ones, or has a form that no name, UUID, NRN, key or
// account number has. For all else they say what kind of value it is.

// form is what a body is.
type form string

const (
	formEmpty  form = "an empty body"
	formJSON   form = "JSON"
	formXML    form = "XML"
	formHTML   form = "HTML"
	formOthers form = "a body of another form"
)

// decode returns the value of a JSON body, and what the body is.
func decode(body []byte) (any, form) {
	text := bytes.TrimSpace(body)
	if len(text) == 0 {
		return nil, formEmpty
	}
	var value any
	if json.Unmarshal(text, &value) == nil {
		return value, formJSON
	}
	start := strings.ToLower(string(text[:min(len(text), 20)]))
	if strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html") {
		return nil, formHTML
	}
	if text[0] == '<' {
		return nil, formXML
	}
	return nil, formOthers
}

// kindOf says what a JSON value is.
func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case float64:
		return "a number"
	case string:
		if value == "" {
			return "an empty string"
		}
		return "a string"
	case []any:
		return "a list"
	}
	return "an object"
}

// kindOfField says what a field of an object is, or that it is absent.
func kindOfField(object map[string]any, field string) string {
	value, isSent := object[field]
	if !isSent {
		return "absent"
	}
	return kindOf(value)
}

// emptiness says how a list without items is written: absent, null or empty. It returns "" for a list
// with items.
func emptiness(object map[string]any, field string) string {
	value, isSent := object[field]
	if !isSent {
		return "absent"
	}
	list, isList := value.([]any)
	if !isList {
		return kindOf(value)
	}
	if len(list) > 0 {
		return ""
	}
	return "an empty list"
}

var (
	fieldPattern  = regexp.MustCompile(`^[a-z][A-Za-z]{1,39}[0-9]?$`)
	policyPattern = regexp.MustCompile(`^NKS[A-Za-z]{1,40}Policy$`)
	statusPattern = regexp.MustCompile(`^[A-Z]{2,16}(_[A-Z]{2,16})?$`)
	codePattern   = regexp.MustCompile(`^[0-9]{1,5}$`)
	headerPattern = regexp.MustCompile(`^[A-Za-z]{1,20}(-[A-Za-z]{1,20}){0,5}$`)
)

const another = "another value"

// fieldWord returns the name of a field that the contract does not have. Names that people choose, such
// as those of labels, are fields only in objects that the contract does not have.
func fieldWord(name string) string {
	if fieldPattern.MatchString(name) {
		return name
	}
	return "a field with an unusual name"
}

func policyWord(policyType string) string {
	if policyPattern.MatchString(policyType) {
		return policyType
	}
	return another
}

func statusWord(status string) string {
	if status == "" || statusPattern.MatchString(status) {
		return status
	}
	return another
}

// scopeWord returns the spelling of a scope.
func scopeWord(scope string) string {
	if slices.Contains([]string{"cluster", "namespace"}, strings.ToLower(scope)) {
		return scope
	}
	return another
}

// codeWord says what an error code is. Codes are short numbers.
func codeWord(object map[string]any) string {
	kind := kindOfField(object, "errorCode")
	code, _ := json.Marshal(object["errorCode"])
	if text := strings.Trim(string(code), `"`); codePattern.MatchString(text) {
		return kind + " " + text
	}
	return kind
}

// mediaWord returns a media type, without parameters.
func mediaWord(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if contentType == "" {
		return "absent"
	}
	known := []string{
		"application/json", "application/problem+json", "application/xml", "text/xml", "text/html", "text/plain",
	}
	if err == nil && slices.Contains(known, media) {
		return media
	}
	return another
}

// headerWord returns the name of a header.
func headerWord(name string) string {
	if headerPattern.MatchString(name) {
		return strings.ToLower(name)
	}
	return "a header with an unusual name"
}

// uuidWord says whose UUID a text is.
func uuidWord(text string, values parameters) string {
	if text != "" && strings.EqualFold(text, values["uuid"]) {
		return "the UUID of the cluster"
	}
	if text != "" && strings.EqualFold(text, values["entryUuid"]) {
		return "the UUID of the entry"
	}
	if _, err := uuid.Parse(text); err == nil {
		return "another UUID"
	}
	return "not a UUID"
}

// usernameWord says what the field username of an entry holds.
func usernameWord(entry map[string]any) string {
	text, isText := entry["username"].(string)
	if !isText || text == "" {
		return kindOfField(entry, "username")
	}
	nrn, _ := entry["entry"].(string)
	if text == nrn {
		return "the NRN of the entry"
	}
	if strings.HasSuffix(nrn, "/"+text) {
		return "the end of the NRN, after the slash"
	}
	if strings.HasPrefix(text, "nrn:") {
		return "another NRN"
	}
	if _, err := uuid.Parse(text); err == nil {
		return "a UUID that is not in the NRN"
	}
	return "another text"
}
