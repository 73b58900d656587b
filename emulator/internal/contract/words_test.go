package contract

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// The contract has no such rule today. If it gets one, the validator still refuses what breaks it.
func TestARuleWithoutWords(t *testing.T) {
	object := &openapi3.Schema{Type: &openapi3.Types{"object"}, MinProps: 1}
	number := &openapi3.Schema{Type: &openapi3.Types{"number"}, Min: openapi3.Ptr(5.0)}
	for _, c := range []struct {
		schema *openapi3.Schema
		value  any
		want   violation
	}{
		{object, map[string]any{}, violation{rule: "schema", words: "the body does not fit the contract"}},
		{number, 4.0, violation{rule: "minimum", words: "the body breaks a rule: number must be at least 5"}},
	} {
		var found violations
		found.check("", c.schema, c.value)
		if len(found) != 1 || found[0] != c.want {
			t.Errorf("got %+v, want %+v", found, c.want)
		}
	}
}
