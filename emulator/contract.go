package emulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/api"
)

// contract is the document.
type contract struct{ doc *openapi3.T }

// newContract reads the document once for all emulators, which do not change it.
var newContract = sync.OnceValue(func() *contract {
	doc, err := api.Document()
	if err != nil {
		panic(err) // the document is compiled in, and tested
	}
	return &contract{doc}
})

// operationIDs lists the operations, by name.
func (c *contract) operationIDs() []string {
	var ids []string
	for _, item := range c.doc.Paths.Map() {
		for _, operation := range item.Operations() {
			ids = append(ids, operation.OperationID)
		}
	}
	slices.Sort(ids)
	return ids
}

// operation is what the contract says of the requests of one operation.
type operation struct {
	id         string
	parameters map[string]*openapi3.Schema // of the path
	body       *openapi3.Schema            // nil when there is none
}

func (c *contract) operation(method, path string) operation {
	item := c.doc.Paths.Find(path)
	op := operation{id: item.GetOperation(method).OperationID, parameters: map[string]*openapi3.Schema{}}
	for _, parameter := range item.Parameters {
		op.parameters[parameter.Value.Name] = parameter.Value.Schema.Value
	}
	if body := item.GetOperation(method).RequestBody; body != nil {
		op.body = body.Value.Content["application/json"].Schema.Value
	}
	return op
}

// maxExplainedBytes is the size of the largest body of which everything that is wrong is listed, and not only the first.
const maxExplainedBytes = 32 << 10

// check returns the body of r, and an error unless r keeps the contract. It leaves the body of r to be read again: what was checked, and not the bytes
// that came, because a field that is there twice may be read in two ways.
func (o operation) check(r *http.Request) ([]byte, error) {
	var received []byte
	var violations []violation
	for name, schema := range o.parameters {
		violations = append(violations, schemaViolations(name, schema.VisitJSON(r.PathValue(name)))...)
	}
	if o.body != nil {
		body, data, err := readJSON(r)
		if err != nil {
			return data, err
		}
		received = data
		if err := o.body.VisitJSON(body); err != nil && len(data) <= maxExplainedBytes {
			violations = append(violations, schemaViolations("", o.body.VisitJSON(body, openapi3.MultiErrors()))...)
		} else {
			violations = append(violations, schemaViolations("", err)...)
		}
	}
	if len(violations) > 0 {
		return received, badRequest(violations...)
	}
	return received, nil
}

func readJSON(r *http.Request) (body any, data []byte, err error) {
	contentType := r.Header.Get("Content-Type")
	if mediaType, _, err := mime.ParseMediaType(contentType); err != nil || mediaType != "application/json" {
		return nil, nil, unsupportedMediaType(contentType)
	}
	data, err = io.ReadAll(r.Body)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return nil, data, bodyTooLarge()
	}
	if err != nil {
		return nil, data, badRequest(newViolation("", "json", "the body ended before it was complete"))
	}
	if err := json.Unmarshal(data, &body); err != nil {
		return nil, data, badRequest(newViolation("", "json", brokenJSON(data, err)))
	}
	checked, err := json.Marshal(body)
	r.Body = io.NopCloser(bytes.NewReader(checked))
	return body, data, err
}

// brokenJSON says where the JSON in data is broken, and how.
func brokenJSON(data []byte, err error) string {
	if len(bytes.TrimSpace(data)) == 0 {
		return "the body is empty, it must be a JSON object"
	}
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		before := data[:min(int(syntax.Offset), len(data))]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - (bytes.LastIndexByte(before, '\n') + 1)
		return fmt.Sprintf("the body is not JSON: line %d, column %d: %s", line, column, syntax)
	}
	return "the body is not JSON: " + err.Error()
}

// schemaViolations puts what the validator found wrong with property into words.
func schemaViolations(property string, err error) []violation {
	switch err := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		var all []violation
		for _, e := range err {
			all = append(all, schemaViolations(property, e)...)
		}
		return all
	case *openapi3.SchemaError:
		for _, key := range err.JSONPointer() {
			property = join(property, key)
		}
		if err.SchemaField == "oneOf" {
			return alternativeViolations(property, err.Schema, err.Value)
		}
		if err.SchemaField == "properties" {
			var name string
			_, _ = fmt.Sscanf(err.Reason, "property %q is unsupported", &name)
			property = join(property, name)
		}
		return []violation{newViolation(property, err.SchemaField, named(property)+" "+words(err))}
	default:
		return []violation{newViolation(property, "schema", err.Error())}
	}
}

// alternativeViolations explains why an object fits none of the alternatives of a oneOf. Each alternative allows one value
// of the same field, so that field says which alternative was meant.
func alternativeViolations(property string, schema *openapi3.Schema, value any) []violation {
	object, isObject := value.(map[string]any)
	if !isObject {
		return []violation{newViolation(property, "type", named(property)+" must be of type object")}
	}
	var meant, others []violation
	var field, when string
	var allowed []string
	for _, alternative := range schema.OneOf {
		found := schemaViolations(property, alternative.Value.VisitJSON(value, openapi3.MultiErrors()))
		name, only := onlyValue(alternative.Value)
		allowed = append(allowed, only)
		if field = name; object[name] == only {
			meant, when = found, only
		} else {
			others = append(others, found...)
		}
	}
	choice := join(property, field)
	if when == "" {
		// No alternative was meant: the field is wrong, and so is what every alternative refuses.
		all := []violation{newViolation(choice, "enum", choice+" must be "+strings.Join(allowed, " or "))}
		if _, sent := object[field]; !sent {
			all[0] = newViolation(choice, "required", choice+" is required")
		}
		for i, v := range others {
			if v.Property != choice && slices.ContainsFunc(others[:i], v.same) {
				all = append(all, v)
			}
		}
		return all
	}
	for _, v := range meant {
		if slices.ContainsFunc(others, v.same) {
			continue
		}
		for rule, words := range v.Constraints {
			v.Constraints[rule] = fmt.Sprintf("%s when %s is %s", words, choice, when)
		}
	}
	return meant
}

// same reports whether two violations break the same rule of the same property.
func (v violation) same(other violation) bool {
	return v.Property == other.Property && maps.Equal(v.Constraints, other.Constraints)
}

// onlyValue returns the field of an alternative that allows one value, and that value.
func onlyValue(alternative *openapi3.Schema) (field, value string) {
	for name, schema := range alternative.Properties {
		if len(schema.Value.Enum) == 1 {
			return name, fmt.Sprint(schema.Value.Enum[0])
		}
	}
	return "", ""
}

func words(err *openapi3.SchemaError) string {
	schema := err.Schema
	switch err.SchemaField {
	case "required":
		return "is required"
	case "properties":
		return "is not a field that this request takes"
	case "nullable":
		return "must not be null"
	case "type":
		return "must be of type " + strings.Join(schema.Type.Slice(), " or ")
	case "enum":
		allowed := make([]string, len(schema.Enum))
		for i, value := range schema.Enum {
			allowed[i] = fmt.Sprint(value)
		}
		return "must be " + strings.Join(allowed, " or ")
	case "pattern":
		if schema.Title != "" {
			return fmt.Sprintf("must be a well-formed %s, such as %v", schema.Title, schema.Example)
		}
		return "must match " + schema.Pattern
	case "minLength":
		return fmt.Sprintf("must be at least %d characters long", schema.MinLength)
	case "maxLength":
		return fmt.Sprintf("must be at most %d characters long", *schema.MaxLength)
	case "minItems":
		return fmt.Sprintf("must hold at least %d", schema.MinItems)
	case "maxItems":
		return fmt.Sprintf("must hold at most %d", *schema.MaxItems)
	default:
		return err.Reason
	}
}

// join adds a key to the name of a property: policies, policies[0], policies[0].scope.
func join(property, key string) string {
	if _, err := strconv.Atoi(key); err == nil {
		return property + "[" + key + "]"
	}
	if property == "" {
		return key
	}
	return property + "." + key
}

func named(property string) string {
	if property == "" {
		return "the body"
	}
	return property
}
