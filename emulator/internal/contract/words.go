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

	"github.com/nks-access/nks-access/internal/meant"
)

// violation is one broken rule of a property. The words say so in a sentence.
type violation struct {
	property, rule, words string
	// nameless are the words without the name of an unknown field, which may be a secret. It is empty
	// for other rules.
	nameless string
}

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
	all.append(violation{property: property, rule: rule, words: subject(property) + " " + words})
}

func (all *violations) append(v violation) {
	if len(*all) < maxViolations {
		*all = append(*all, v)
	}
}

func subject(property string) string { return cmp.Or(property, "the body") }

// visit adds what is wrong with a property. It goes into objects and lists itself, and lets the
// validator check the rest.
func (all *violations) visit(property string, schema *openapi3.Schema, value any) {
	if len(*all) >= maxViolations {
		return
	}
	object, isObject := value.(map[string]any)
	if len(schema.OneOf) > 0 {
		if isObject {
			all.visitOneOf(property, schema.OneOf, object)
		} else {
			all.visit(property, schema.OneOf[0].Value, value) // all alternatives are objects
		}
		return
	}
	if isObject && schema.Type.Is("object") {
		all.visitObject(property, schema, object)
		return
	}
	all.visitValue(property, schema, value)
	list, isList := value.([]any)
	if isList && schema.Items != nil {
		for i, item := range list {
			all.visit(fmt.Sprintf("%s[%d]", property, i), schema.Items.Value, item)
		}
	}
}

// visitObject adds the fields that are missing, the unknown ones, and what is wrong with the others.
func (all *violations) visitObject(property string, schema *openapi3.Schema, object map[string]any) {
	for _, name := range schema.Required {
		if _, sent := object[name]; !sent {
			all.add(join(property, name), "required", "is required")
		}
	}
	closed := schema.AdditionalProperties.Has != nil && !*schema.AdditionalProperties.Has
	for _, name := range slices.Sorted(maps.Keys(object)) {
		field := schema.Properties[name]
		if field != nil {
			all.visit(join(property, name), field.Value, object[name])
		} else if closed {
			all.addUnknown(property, name, schema.Properties)
		}
	}
}

// addUnknown adds an unknown field of an object, whose known fields are given.
func (all *violations) addUnknown(object, name string, known openapi3.Schemas) {
	if len(*all) >= maxViolations {
		return
	}
	property := join(object, name)
	fields := slices.Sorted(maps.Keys(known))
	all.append(violation{
		property: property, rule: "properties",
		words:    property + " is not a field that this request takes" + meant.Bracketed(name, fields...),
		nameless: subject(object) + " has an unknown field (" + meant.Want(name, fields...) + ")",
	})
}

// visitValue adds what is wrong with a value itself, but not with the items of a list.
func (all *violations) visitValue(property string, schema *openapi3.Schema, value any) {
	flat := *schema
	flat.Items = nil
	var broken *openapi3.SchemaError
	if errors.As(flat.VisitJSON(value), &broken) {
		all.add(property, broken.SchemaField, explain(broken))
		return
	}
	text, _ := value.(string)
	if strings.ContainsFunc(text, unprintable) {
		all.add(property, "characters", noControlCharacters)
	}
}

const noControlCharacters = "must not contain control characters or invalid Unicode"

// unprintable reports whether no log or terminal can show r. That names must not contain it is a
// rule of the emulator. A lone surrogate such as \ud800 is decoded to the replacement character.
func unprintable(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }

// visitOneOf adds why an object fits none of the alternatives. The value of one field, such as the
// scope of a policy, selects the alternative to report.
func (all *violations) visitOneOf(property string, alternatives openapi3.SchemaRefs, object map[string]any) {
	name, values := selector(alternatives)
	field := join(property, name)
	found := make([]violations, len(alternatives))
	for i, alternative := range alternatives {
		found[i].visit(property, alternative.Value, object)
	}
	selected := slices.Index(values, object[name])
	if selected < 0 {
		all.addUnselected(found, field, values)
		return
	}
	for _, v := range found[selected] {
		item := strings.HasSuffix(v.property, "]") // what is wrong with an item does not depend on the field
		if !item && !inEach(found, v) {
			v.words += fmt.Sprintf(" when %s is %v", field, values[selected])
		}
		all.append(v)
	}
}

// addUnselected adds what is wrong with an object whose field selects no alternative: its value, and
// what breaks every alternative.
func (all *violations) addUnselected(found []violations, field string, values []any) {
	for _, v := range found[0] {
		if v.property == field && v.rule == "enum" {
			all.add(field, v.rule, "must be "+either(values))
		} else if inEach(found, v) {
			all.append(v)
		}
	}
}

// selector returns the field that each alternative allows one value of, and these values.
func selector(alternatives openapi3.SchemaRefs) (name string, values []any) {
	for _, alternative := range alternatives {
		for field, schema := range alternative.Value.Properties {
			if len(schema.Value.Enum) == 1 {
				name = field
				values = append(values, schema.Value.Enum[0])
			}
		}
	}
	return name, values
}

// inEach reports whether every alternative has a violation.
func inEach(found []violations, v violation) bool {
	same := func(other violation) bool {
		return other.property == v.property && other.rule == v.rule && other.words == v.words
	}
	for _, alternative := range found {
		if !slices.ContainsFunc(alternative, same) {
			return false
		}
	}
	return true
}

// explain returns the words for a rule that the validator has found broken.
func explain(broken *openapi3.SchemaError) string {
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
