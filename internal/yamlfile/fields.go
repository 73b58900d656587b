package yamlfile

import (
	"reflect"
	"strings"
)

// fieldsOf returns the names of the fields of a struct and of all structs in it, by the name that the
// YAML library has for the type.
func fieldsOf(t reflect.Type) map[string][]string {
	fields := map[string][]string{}
	collectFields(t, fields)
	return fields
}

func collectFields(t reflect.Type, fields map[string][]string) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		collectFields(t.Elem(), fields)
	case reflect.Struct:
		if _, seen := fields[t.String()]; seen {
			return
		}
		fields[t.String()] = []string{}
		for _, field := range reflect.VisibleFields(t) {
			if field.IsExported() {
				fields[t.String()] = append(fields[t.String()], fieldName(field))
				collectFields(field.Type, fields)
			}
		}
	}
}

// fieldName returns the name that a field has in YAML.
func fieldName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("yaml"), ",")
	if name == "" {
		return strings.ToLower(field.Name)
	}
	return name
}
