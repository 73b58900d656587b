package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// MaxBodyBytes is the size of the largest request body. The limit of the service is not documented.
const MaxBodyBytes = 1 << 20

// Check returns the body of r, and an error if r breaks the contract. The body of r can be read
// again.
func (o Operation) Check(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	var found violations
	for _, parameter := range o.parameters {
		name := parameter.Value.Name
		found.check(name, parameter.Value.Schema.Value, r.PathValue(name))
	}
	var data []byte
	if o.body != nil {
		contentType := r.Header.Get("Content-Type")
		if mediaType, _, err := mime.ParseMediaType(contentType); err != nil || mediaType != "application/json" {
			return nil, Errorf(http.StatusBadRequest, "Content-Type must be application/json, not %q.", contentType)
		}
		var err error
		data, err = io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBodyBytes))
		if errors.As(err, new(*http.MaxBytesError)) {
			return data, GatewayErrorf(http.StatusRequestEntityTooLarge, "The body must be at most %d bytes long.", MaxBodyBytes)
		} else if err != nil {
			found.add("", "json", "ended before it was complete")
		} else {
			found.checkJSON(o.body, data)
		}
		r.Body = io.NopCloser(bytes.NewReader(data))
	}
	if len(found) > 0 {
		return data, serviceError(http.StatusBadRequest, map[string]any{"error": found})
	}
	return data, nil
}

// checking holds a token for every body that is being checked. More at once would cost memory, and
// would keep other requests waiting.
var checking = make(chan struct{}, 2)

func (all *violations) checkJSON(schema *openapi3.Schema, data []byte) {
	checking <- struct{}{}
	defer func() { <-checking }()
	value, err := decode(data)
	if err != nil {
		all.add("", "json", err.Error())
		return
	}
	all.check("", schema, value)
}

// Convert checks a value against a schema, and converts it to target. Its errors name the field,
// after where.
func Convert(where, schema string, value, target any) error {
	var found violations
	if found.check(where, document().Components.Schemas[schema].Value, value); len(found) > 0 {
		return errors.New(found[0].words)
	}
	data, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(data, target)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	return nil
}

const (
	maxDepth  = 20     // the contract needs 5
	maxValues = 10_000 // the contract needs some thousand: every policy on 50 namespaces
	maxName   = 100    // bytes of a name in an object
)

// decode decodes JSON like encoding/json, but refuses what two programs may read differently: a
// name that an object has twice, and text that is not UTF-8. It also bounds the depth and the
// number of values. Its errors lack their subject, the body.
func decode(data []byte) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errors.New("is empty; it must be a JSON object")
	}
	if !utf8.Valid(data) {
		return nil, errors.New("is not UTF-8")
	}
	d := decoder{Decoder: json.NewDecoder(bytes.NewReader(data))}
	d.UseNumber() // a number may have a million digits
	value := d.value(0)
	if d.err == nil {
		if _, err := d.Token(); err != io.EOF {
			d.err = errors.New("there is more after the JSON value")
		}
	}
	if d.err != nil {
		before := data[:min(int(d.InputOffset()), len(data))] // up to the last token
		line, column := 1+bytes.Count(before, []byte("\n")), len(before)-(bytes.LastIndexByte(before, '\n')+1)
		return nil, fmt.Errorf("is not JSON that the API takes: line %d, column %d: %w", line, column, d.err)
	}
	return value, nil
}

// decoder keeps its first error, and reads nothing after it.
type decoder struct {
	*json.Decoder
	values int
	err    error
}

func (d *decoder) value(depth int) any {
	token := d.token()
	switch d.values++; {
	case d.err != nil:
	case d.values > maxValues:
		d.err = fmt.Errorf("it holds more than %d values", maxValues)
	case depth > maxDepth:
		d.err = fmt.Errorf("it is nested more than %d deep", maxDepth)
	case token == json.Delim('['):
		list := []any{}
		for d.err == nil && d.More() {
			list = append(list, d.value(depth+1))
		}
		d.token()
		return list
	case token == json.Delim('{'):
		object := map[string]any{}
		for d.err == nil && d.More() {
			name, _ := d.token().(string) // the decoder takes no other
			if _, twice := object[name]; twice && d.err == nil {
				d.err = fmt.Errorf("%q is there twice", name)
			} else if len(name) > maxName {
				d.err = fmt.Errorf("a name is longer than %d bytes", maxName)
			}
			object[name] = d.value(depth + 1)
		}
		d.token()
		return object
	}
	return token
}

func (d *decoder) token() (token json.Token) {
	if d.err == nil {
		token, d.err = d.Token()
	}
	if d.err == io.EOF || d.err == io.ErrUnexpectedEOF {
		d.err = errors.New("unexpected end")
	}
	return token
}
