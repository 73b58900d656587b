package term_test

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func ExampleWriteYAML() {
	_ = term.WriteYAML(os.Stdout, map[string]any{"groups": []string{"dev", "null", "a: b"}})
	// Output:
	// groups:
	//   - dev
	//   - "null"
	//   - 'a: b'
}

func ExampleWriteJSON() {
	_ = term.WriteJSON(os.Stdout, []string{"한글", "\u202e"})
	// Output:
	// [
	//   "한글",
	//   "\u202e"
	// ]
}

// Whatever is in a name, both formats show nothing that steers a terminal, and read back as written.
func TestFormatsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SliceOf(strangeText()).Draw(t, "value")
		for _, format := range []struct {
			name  string
			write func(*bytes.Buffer) error
			read  func([]byte, any) error
		}{
			{"JSON", func(b *bytes.Buffer) error { return term.WriteJSON(b, value) }, json.Unmarshal},
			{"YAML", func(b *bytes.Buffer) error { return term.WriteYAML(b, value) }, func(data []byte, v any) error {
				return yaml.Unmarshal(data, v)
			}},
		} {
			var written bytes.Buffer
			if err := format.write(&written); err != nil {
				t.Fatalf("%s: %v", format.name, err)
			}
			if text := written.String(); term.PrintableLines(text) != text || strings.Contains(text, "\t") {
				t.Fatalf("%s is not printable: %q", format.name, text)
			}
			var back []string
			if err := format.read(written.Bytes(), &back); err != nil {
				t.Fatalf("%s: %v in %q", format.name, err, written.String())
			}
			if strings.Join(back, "\x00") != strings.Join(value, "\x00") || len(back) != len(value) {
				t.Fatalf("%s: got %q, want %q", format.name, back, value)
			}
		}
	})
}
