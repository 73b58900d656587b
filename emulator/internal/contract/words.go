package contract

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// violation is one broken rule of a property. The words say so in a sentence.
type violation struct{ property, rule, words string }

// MarshalJSON writes the violation in the form of the service.
func (v violation) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Property    string            `json:"property"`
		Children    []any             `json:"children"`
		Constraints map[string]string `json:"constraints"`
	}{v.property, []any{}, map[string]string{v.rule: v.words}})
}

// maxViolations is how many violations a response lists. Checking stops there, which bounds its
// work.
const maxViolations = 20

type violations []violation

// check adds what is wrong with a value.
func (all *violations) check(property string, schema *openapi3.Schema, value any) {
	before := len(*all)
	all.visit(property, schema, value)
	// The validator knows every rule that a schema may have. It collects no errors here: each would
	// hold the value as text.
	if len(*all) == before && schema.VisitJSON(value, openapi3.FailFast()) != nil {
		all.add(property, "schema", "does not fit the contract")
	}
}

func (all *violations) add(property, rule, words string) {
	if len(*all) < maxViolations {
		*all = append(*all, violation{property, rule, cmp.Or(property, "the body") + " " + words})
	}
}

// visit adds what is wrong with a property. It goes into objects and lists itself, and lets the
// validator check the rest.
func (all *violations) visit(property string, schema *openapi3.Schema, value any) {
	object, isObject := value.(map[string]any)
	switch {
	case len(*all) >= maxViolations: // nothing more is listed
	case len(schema.OneOf) > 0 && isObject:
		all.visitOneOf(property, schema.OneOf, object)
	case len(schema.OneOf) > 0:
		all.visit(property, schema.OneOf[0].Value, value) // all alternatives are objects
	case isObject && schema.Type.Is("object"):
		for _, name := range schema.Required {
			if _, sent := object[name]; !sent {
				all.add(join(property, name), "required", "is required")
			}
		}
		closed := schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if field := schema.Properties[name]; field != nil {
				all.visit(join(property, name), field.Value, object[name])
			} else if closed {
				all.add(join(property, name), "properties", "is not a field that this request takes")
			}
		}
	default:
		flat := *schema
		flat.Items = nil
		var broken *openapi3.SchemaError
		if errors.As(flat.VisitJSON(value), &broken) {
			all.add(property, broken.SchemaField, words(broken))
		} else if text, _ := value.(string); strings.ContainsFunc(text, unprintable) {
			all.add(property, "characters", noControlCharacters)
		}
		if list, isList := value.([]any); isList && schema.Items != nil {
			for i, item := range list {
				all.visit(fmt.Sprintf("%s[%d]", property, i), schema.Items.Value, item)
			}
		}
	}
}

const noControlCharacters = "must not contain control characters or invalid Unicode"

// unprintable reports whether no log or terminal can show r. That names must not contain it is a
// rule of the emulator. A lone surrogate such as \ud800 is decoded to the replacement character.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }

// visitOneOf adds why an object fits none of the alternatives. Each alternative allows one value of
// the same field, so that field says which alternative was meant.
func (all *violations) visitOneOf(property string, alternatives openapi3.SchemaRefs, object map[string]any) {
	found := make([]violations, len(alternatives))
	meant, field := -1, ""
	var allowed []any
	for i, alternative := range alternatives {
		found[i].visit(property, alternative.Value, object)
		for name, schema := range alternative.Value.Properties {
			if len(schema.Value.Enum) == 1 {
				field, allowed = name, append(allowed, schema.Value.Enum[0])
				if object[name] == schema.Value.Enum[0] {
					meant = i
				}
			}
		}
	}
	field = join(property, field)
	for _, v := range found[max(meant, 0)] {
		missing := func(other violations) bool { return !slices.Contains(other, v) }
		inEach := !slices.ContainsFunc(found, missing)
		switch {
		case meant < 0 && v.property == field && v.rule == "enum":
			v.words = field + " must be " + either(allowed)
		case meant < 0 && !inEach:
			continue
		case !inEach && !strings.HasSuffix(v.property, "]"):
			v.words += fmt.Sprintf(" when %s is %v", field, allowed[meant])
		}
		*all = append(*all, v)
	}
	*all = (*all)[:min(len(*all), maxViolations)]
}

func words(broken *openapi3.SchemaError) string {
	schema := broken.Schema
	switch broken.SchemaField {
	case "nullable":
		return "must not be null"
	case "type":
		return "must be of type " + schema.Type.Slice()[0]
	case "enum":
		return "must be " + either(schema.Enum)
	case "pattern":
		if schema.Title == "" { // the name of a group or namespace
			return noControlCharacters
		}
		return fmt.Sprintf("must be a well-formed %s, such as %v", cmp.Or(schema.Title, schema.Pattern), schema.Example)
	case "minLength":
		return fmt.Sprintf("must be at least %d characters long", schema.MinLength)
	case "maxLength":
		return fmt.Sprintf("must be at most %d characters long", *schema.MaxLength)
	case "minItems":
		return fmt.Sprintf("must hold at least %d", schema.MinItems)
	case "maxItems":
		return fmt.Sprintf("must hold at most %d", *schema.MaxItems)
	default:
		return "breaks a rule: " + broken.Reason
	}
}

// either joins the allowed values: USER or ROLE.
func either(values []any) string {
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = fmt.Sprint(value)
	}
	return strings.Join(words, " or ")
}

// join adds a key to the name of a property: policies[0], policies[0].scope.
func join(property, key string) string { return strings.TrimPrefix(property+"."+key, ".") }
