package contract

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// MaxBodyBytes is the size of the largest request body. The limit of the service is not documented.
const MaxBodyBytes = 1 << 20

// Check returns the body of r, and an error if r breaks the contract. With anyPolicy policies may have
// any type. The body of r can be read again.
func (o Operation) Check(w http.ResponseWriter, r *http.Request, anyPolicy bool) ([]byte, error) {
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
			found.checkJSON(o.body, data, anyPolicy)
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

func (all *violations) checkJSON(schema *openapi3.Schema, data []byte, anyPolicy bool) {
	checking <- struct{}{}
	defer func() { <-checking }()
	value, err := decode(data)
	if err != nil {
		all.add("", "json", err.Error())
		return
	}
	if anyPolicy {
		value = withKnownPolicies(value)
	}
	all.check("", schema, value)
}

// entrySchema is the schema of a request that creates an entry.
const entrySchema = "CreateAccessEntryRequest"

// CheckEntry checks a Go value against the schema of a request that creates an entry, by its JSON.
// With anyPolicy policies may have any type. Its error names the field, after where, and repeats no
// value.
func CheckEntry(where string, entry any, anyPolicy bool) error {
	data, err := json.Marshal(entry)
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	var plain any
	if err := json.Unmarshal(data, &plain); err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	if anyPolicy {
		plain = withKnownPolicies(plain)
	}
	return checkPlain(where, entrySchema, plain)
}

// ConvertEntry checks an entry of maps, lists and scalars like CheckEntry, and converts it to target.
// Its error does not repeat the name of an unknown field either.
func ConvertEntry(where string, entry, target any, anyPolicy bool) error {
	checked := entry
	if anyPolicy {
		checked = withKnownPolicies(entry)
	}
	if err := checkPlain(where, entrySchema, checked); err != nil {
		return err
	}
	return convert(where, entry, target)
}

// Convert checks a value of maps, lists and scalars against a schema, and converts it to target. Its
// error names the field, after where, and repeats no value, nor the name of an unknown field.
func Convert(where, schema string, value, target any) error {
	if err := checkPlain(where, schema, value); err != nil {
		return err
	}
	return convert(where, value, target)
}

func convert(where string, value, target any) error {
	data, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(data, target)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", where, err)
	}
	return nil
}

// withKnownPolicies returns a body whose policies of unknown types have a known one instead.
func withKnownPolicies(body any) any {
	object, _ := body.(map[string]any)
	policies, _ := object["policies"].([]any)
	if len(policies) == 0 {
		return body
	}
	known := document().Components.Schemas["PolicyType"].Value.Enum
	replaced := make([]any, len(policies))
	for i, item := range policies {
		replaced[i] = item
		policy, _ := item.(map[string]any)
		kind, _ := policy["type"].(string)
		if kind != "" && !slices.Contains(known, any(kind)) {
			copied := maps.Clone(policy)
			copied["type"] = known[0]
			replaced[i] = copied
		}
	}
	copied := maps.Clone(object)
	copied["policies"] = replaced
	return copied
}

func checkPlain(where, schema string, value any) error {
	var found violations
	found.check(where, document().Components.Schemas[schema].Value, value)
	if len(found) > 0 {
		return errors.New(cmp.Or(found[0].nameless, found[0].words))
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
	d.values++
	if d.values > maxValues {
		d.fail("it holds more than %d values", maxValues)
	}
	if depth > maxDepth {
		d.fail("it is nested more than %d deep", maxDepth)
	}
	if d.err != nil {
		return nil
	}
	switch token {
	case json.Delim('['):
		return d.list(depth)
	case json.Delim('{'):
		return d.object(depth)
	}
	return token
}

func (d *decoder) list(depth int) []any {
	list := []any{}
	for d.err == nil && d.More() {
		list = append(list, d.value(depth+1))
	}
	d.token()
	return list
}

func (d *decoder) object(depth int) map[string]any {
	object := map[string]any{}
	for d.err == nil && d.More() {
		name, _ := d.token().(string) // the decoder takes no other
		if len(name) > maxName {
			d.fail("a name is longer than %d bytes", maxName)
		}
		if _, duplicate := object[name]; duplicate {
			d.fail("duplicate field %q", name)
		}
		object[name] = d.value(depth + 1)
	}
	d.token()
	return object
}

// fail keeps the first error.
func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf(format, args...)
	}
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
