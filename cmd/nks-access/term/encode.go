package term

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// WriteJSON writes value as indented JSON.
func WriteJSON(w io.Writer, value any) error {
	data, err := toJSON(value)
	if err != nil {
		return err
	}
	return writeText(w, data)
}

// WriteYAML writes value as YAML, with the field names of its JSON. Reading the result returns the
// same text.
func WriteYAML(w io.Writer, value any) error {
	data, err := toJSON(value)
	if err != nil {
		return err
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		return err
	}
	removeQuotes(&document)
	data, err = yaml.Dump(&document, yaml.WithV3Defaults(), yaml.WithIndent(2))
	if err != nil {
		return err
	}
	return writeText(w, escapeInvisible(data))
}

func toJSON(value any) ([]byte, error) {
	data, err := json.MarshalIndent(value, "", "  ")
	return escapeInvisible(data), err
}

// writeText writes text that ends with one line break.
func writeText(w io.Writer, data []byte) error {
	_, err := fmt.Fprintln(w, strings.TrimSuffix(string(data), "\n"))
	return err
}

// removeQuotes removes the quotes and brackets of JSON where YAML does not need them. The encoder
// does not quote line separators by itself.
func removeQuotes(node *yaml.Node) {
	if !strings.ContainsFunc(node.Value, invisible) {
		node.Style = 0
	}
	for _, child := range node.Content {
		removeQuotes(child)
	}
}

// escapeInvisible escapes what json.Marshal leaves as it is, but steers a terminal.
func escapeInvisible(data []byte) []byte {
	var out []byte
	for _, r := range string(data) {
		if r >= 0x7f && invisible(r) {
			out = fmt.Appendf(out, "\\u%04x", r)
		} else {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}
