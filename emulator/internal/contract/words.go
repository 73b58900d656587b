package contract

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Bounds on the work of explaining a request. The validator collects every violation, and each
// costs memory.
const (
	maxViolations = 20   // that a response lists
	maxItems      = 60   // of a list that are looked at, more than the contract allows for groups and namespaces
	maxNames      = 100  // of an object; of a larger one only the first violation is reported
	maxString     = 1000 // bytes of a string that are looked at, more than the contract allows for an NRN
)

// Violations returns what is wrong with a value, in words.
func Violations(property string, schema *openapi3.Schema, value any) []Violation {
	first := schema.VisitJSON(value)
	if first == nil {
		return nil
	}
	var all []Violation
	if short, ok := shortened(value); ok {
		all = inWords(property, schema.VisitJSON(short, openapi3.MultiErrors()))
	}
	if len(all) == 0 {
		all = inWords(property, first)
	}
	return all[:min(len(all), maxViolations)]
}

// shortened returns a value with its lists and strings cut, and false if an object has too many
// names.
func shortened(value any) (short any, ok bool) {
	switch value := value.(type) {
	case string:
		return value[:min(len(value), maxString)], true
	case []any:
		list := slices.Clone(value[:min(len(value), maxItems)])
		for i := range list {
			if list[i], ok = shortened(list[i]); !ok {
				return nil, false
			}
		}
		return list, true
	case map[string]any:
		if len(value) > maxNames {
			return nil, false
		}
		object := make(map[string]any, len(value))
		for name := range value {
			if object[name], ok = shortened(value[name]); !ok {
				return nil, false
			}
		}
		return object, true
	}
	return value, true
}

// inWords puts what the validator found wrong with a property into words.
func inWords(property string, err error) []Violation {
	switch err := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		var all []Violation
		for _, e := range err {
			all = append(all, inWords(property, e)...)
		}
		return all
	case *openapi3.SchemaError:
		for _, key := range err.JSONPointer() {
			property = join(property, key)
		}
		if err.SchemaField == "oneOf" {
			return alternatives(property, err.Schema, err.Value)
		}
		if err.SchemaField == "properties" {
			var name string
			_, _ = fmt.Sscanf(err.Reason, "property %q is unsupported", &name)
			property = join(property, name)
		}
		return []Violation{newViolation(property, err.SchemaField, named(property)+" "+words(err))}
	default:
		return []Violation{newViolation(property, "schema", err.Error())}
	}
}

// alternatives explains why an object fits none of the alternatives of a oneOf. Each alternative
// allows one value of the same field, so that field says which alternative was meant.
func alternatives(property string, schema *openapi3.Schema, value any) []Violation {
	object, isObject := value.(map[string]any)
	if !isObject {
		return []Violation{newViolation(property, "type", named(property)+" must be of type object")}
	}
	var meant, others []Violation
	var field, when string
	var allowed []string
	for _, alternative := range schema.OneOf {
		found := inWords(property, alternative.Value.VisitJSON(value, openapi3.MultiErrors()))
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
		all := []Violation{newViolation(choice, "enum", choice+" must be "+strings.Join(allowed, " or "))}
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
func (v Violation) same(other Violation) bool {
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
