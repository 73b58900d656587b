package term_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
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

// counted counts how many items have been encoded.
type counted struct{ encoded *int }

func (c counted) MarshalJSON() ([]byte, error) {
	*c.encoded++
	return fmt.Appendf(nil, `{"n":%d}`, *c.encoded), nil
}

// writerFunc is a function that is an [io.Writer].
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(data []byte) (int, error) { return f(data) }

// A tree of a whole list would take gigabytes for a list that is allowed.
func TestLongListsAreWrittenInParts(t *testing.T) {
	encoded := 0
	var written bytes.Buffer
	atFirstWrite := 0
	w := writerFunc(func(data []byte) (int, error) {
		if written.Len() == 0 {
			atFirstWrite = encoded
		}
		return written.Write(data)
	})
	if err := term.WriteYAML(w, slices.Repeat([]counted{{&encoded}}, 1234)); err != nil {
		t.Fatal(err)
	}
	if atFirstWrite > 500 {
		t.Errorf("%d items were encoded before the first was written", atFirstWrite)
	}
	var back []struct{ N int }
	if err := yaml.Unmarshal(written.Bytes(), &back); err != nil || len(back) != 1234 {
		t.Fatalf("%d items, %v", len(back), err)
	}
	for i, item := range back {
		if item.N != i+1 {
			t.Fatalf("item %d is %d", i, item.N)
		}
	}
}

// What is allocated tells the memory without depending on the speed of the machine.
func TestEscapingTakesLittleMemory(t *testing.T) {
	text := bytes.Repeat([]byte("visible text\n"), 100_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	term.EscapeJSON(text)
	runtime.ReadMemStats(&after)
	if times := (after.TotalAlloc - before.TotalAlloc) / uint64(len(text)); times > 5 {
		t.Errorf("escaping allocates %d times the size of the text", times)
	}
}
