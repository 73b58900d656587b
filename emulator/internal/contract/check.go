package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Check returns the body of r, and an error if r breaks the contract. The body of r can be read
// again.
func (o Operation) Check(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var violations []Violation
	for name, schema := range o.parameters {
		violations = append(violations, Violations(name, schema, r.PathValue(name))...)
	}
	var data []byte
	if o.body != nil {
		value, received, err := read(w, r)
		if err != nil {
			return received, err
		}
		data = received
		violations = append(violations, Violations("", o.body, value)...)
		if len(violations) == 0 {
			violations = names("", value)
		}
	}
	if len(violations) > 0 {
		return data, violated(violations...)
	}
	return data, nil
}

// Convert checks a value against a schema, and converts it to target. Its errors name the field,
// after where.
func Convert(where, schema string, value, target any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	plain, err := Decode(data)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	for _, v := range append(Violations(where, Schema(schema), plain), names(where, plain)...) {
		for _, words := range v.Constraints {
			return errors.New(words)
		}
	}
	return json.Unmarshal(data, target)
}

// read returns the body of r as a JSON value and as it came.
func read(w http.ResponseWriter, r *http.Request) (value any, data []byte, err error) {
	contentType := r.Header.Get("Content-Type")
	if mediaType, _, err := mime.ParseMediaType(contentType); err != nil || mediaType != "application/json" {
		return nil, nil, BadRequest("Content-Type must be application/json, not %q.", contentType)
	}
	data, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBodyBytes))
	if errors.As(err, new(*http.MaxBytesError)) {
		return nil, data, bodyTooLarge()
	}
	if err != nil {
		return nil, data, violated(newViolation("", "json", "the body ended before it was complete"))
	}
	if value, err = Decode(data); err != nil {
		return nil, data, violated(newViolation("", "json", err.Error()))
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	return value, data, nil
}

// The contract needs a depth of 5 and, with every policy on 50 namespaces, a few thousand values.
const (
	maxDepth  = 20
	maxValues = 10_000
	maxName   = 100 // bytes of a name in an object
)

// Decode decodes JSON like encoding/json, but refuses what two programs may read differently: a
// name that an object has twice, and text that is not UTF-8. It also bounds the depth and the
// number of values.
func Decode(data []byte) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("the body is empty; it must be a JSON object")
	}
	if !utf8.Valid(data) {
		return nil, errors.New("the body is not UTF-8")
	}
	d := decoder{Decoder: json.NewDecoder(bytes.NewReader(data)), data: data}
	value, err := d.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, d.errorf("there is more after the JSON value")
	}
	return value, nil
}

type decoder struct {
	*json.Decoder
	data   []byte
	values int
}

func (d *decoder) value(depth int) (any, error) {
	if d.values++; d.values > maxValues {
		return nil, d.errorf("it holds more than %d values", maxValues)
	}
	if depth > maxDepth {
		return nil, d.errorf("it is nested more than %d deep", maxDepth)
	}
	token, err := d.token()
	switch {
	case err != nil:
		return nil, err
	case token == json.Delim('['):
		list := []any{}
		for d.More() {
			item, err := d.value(depth + 1)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		_, err := d.token()
		return list, err
	case token == json.Delim('{'):
		object := map[string]any{}
		for d.More() {
			token, err := d.token()
			if err != nil {
				return nil, err
			}
			name, _ := token.(string) // the decoder takes no other
			if len(name) > maxName {
				return nil, d.errorf("a name is longer than %d bytes", maxName)
			}
			if _, twice := object[name]; twice {
				return nil, d.errorf("%q is there twice", name)
			}
			if object[name], err = d.value(depth + 1); err != nil {
				return nil, err
			}
		}
		_, err := d.token()
		return object, err
	}
	return token, nil
}

func (d *decoder) token() (json.Token, error) {
	token, err := d.Token()
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, d.errorf("unexpected end")
	case err != nil:
		return nil, d.errorf("%w", err)
	}
	return token, nil
}

// errorf returns an error with the position of the last token.
func (d *decoder) errorf(format string, args ...any) error {
	before := d.data[:min(int(d.InputOffset()), len(d.data))]
	line, column := 1+bytes.Count(before, []byte("\n")), len(before)-(bytes.LastIndexByte(before, '\n')+1)
	return fmt.Errorf("the body is not JSON that the API takes: line %d, column %d: %w", line, column, fmt.Errorf(format, args...))
}

// names returns the groups and namespaces that no log or terminal can show. This rule is the
// emulator's own.
func names(property string, value any) (violations []Violation) {
	switch value := value.(type) {
	case string:
		// A lone surrogate such as \ud800 is decoded to the replacement character.
		if strings.ContainsFunc(value, unicode.IsControl) || strings.ContainsRune(value, utf8.RuneError) {
			return []Violation{newViolation(property, "characters", property+" must not contain control characters or invalid Unicode")}
		}
	case []any:
		for i, item := range value {
			violations = append(violations, names(fmt.Sprintf("%s[%d]", property, i), item)...)
		}
	case map[string]any:
		for name, item := range value {
			violations = append(violations, names(join(property, name), item)...)
		}
	}
	slices.SortFunc(violations, func(a, b Violation) int { return strings.Compare(a.Property, b.Property) })
	return violations[:min(len(violations), maxViolations)]
}
