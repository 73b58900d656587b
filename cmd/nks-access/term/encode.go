package term

import (
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// WriteJSON writes value as indented JSON.
func WriteJSON(w io.Writer, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	return writeText(w, EscapeJSON(data))
}

// yamlItems is how many items of a list are written at a time. The tree of a YAML document takes about
// a hundred times the size of its text.
const yamlItems = 500

// WriteYAML writes value as YAML, with the field names of its JSON. Reading the result returns the
// same text. A long list is written in parts, so that it does not take much memory.
func WriteYAML(w io.Writer, value any) error {
	list := reflect.ValueOf(value)
	if list.Kind() != reflect.Slice || list.Len() <= yamlItems {
		return writeYAML(w, value)
	}
	for start := 0; start < list.Len(); start += yamlItems {
		end := min(start+yamlItems, list.Len())
		if err := writeYAML(w, list.Slice(start, end).Interface()); err != nil {
			return err
		}
	}
	return nil
}

func writeYAML(w io.Writer, value any) error {
	data, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(escapeForYAML(data), &document); err != nil {
		return err
	}
	removeQuotes(&document)
	data, err = yaml.Dump(&document, yaml.WithV3Defaults(), yaml.WithIndent(2))
	if err != nil {
		return err
	}
	return writeText(w, escapeForYAML(data))
}

// writeText writes text that ends with one line break.
func writeText(w io.Writer, data []byte) error {
	_, err := fmt.Fprintln(w, strings.TrimSuffix(string(data), "\n"))
	return err
}

// removeQuotes removes the quotes and brackets of JSON where YAML does not need them. The encoder
// does not quote characters that cannot be seen by itself.
func removeQuotes(node *yaml.Node) {
	if PrintableLine(node.Value) == node.Value {
		node.Style = 0
	}
	for _, child := range node.Content {
		removeQuotes(child)
	}
}

// EscapeJSON returns JSON with escapes for the characters that cannot be seen and that [json.Marshal]
// leaves as they are. It means the same.
func EscapeJSON(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for c := range characters(string(data)) {
		if !needsEscape(c) {
			out = append(out, c.raw...)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c.char}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// escapeForYAML is EscapeJSON with the escapes of YAML, which knows no surrogate pairs.
func escapeForYAML(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for c := range characters(string(data)) {
		if needsEscape(c) {
			out = append(out, c.escaped()...)
		} else {
			out = append(out, c.raw...)
		}
	}
	return out
}

// needsEscape reports whether a character within quotes cannot be seen. Those of ASCII are escaped
// already, or stand between values.
func needsEscape(c character) bool {
	return c.char >= utf8.RuneSelf && c.isHidden() || c.char == '\x7f'
}
