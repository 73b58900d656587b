package yamlfile_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/nks-access/nks-access/internal/yamlfile"
)

func utf16Text(s string, bigEndian bool) string {
	var b strings.Builder
	for _, unit := range append([]uint16{0xfeff}, utf16.Encode([]rune(s))...) {
		if bigEndian {
			b.Write([]byte{byte(unit >> 8), byte(unit)})
		} else {
			b.Write([]byte{byte(unit), byte(unit >> 8)})
		}
	}
	return b.String()
}

type entry struct {
	Entry  string
	Groups []string
	Lists  [][]any
}

func TestDecode(t *testing.T) {
	const text = "entry: 개발\ngroups: [a, 'b']\n"
	want := entry{Entry: "개발", Groups: []string{"a", "b"}}
	for name, data := range map[string]string{
		"UTF-8": text, "UTF-8 with a byte order mark": "\ufeff" + text,
		"UTF-16LE": utf16Text(text, false), "UTF-16BE": utf16Text(text, true), "JSON": `{"entry": "개발", "groups": ["a", "b"]}`,
	} {
		var got entry
		if err := yamlfile.Decode("f", []byte(data), &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Programs write JSON with escapes, which YAML knows only in part.
func TestEscapesOfJSON(t *testing.T) {
	data := `{"entry": "\ud83d\ude00 \\ud83d\\ude00 \\\uD83D\uDE00 \/", "groups": ["\uac1c"]}`
	var want, got entry
	if err := json.Unmarshal([]byte(data), &want); err != nil {
		t.Fatal(err)
	}
	if err := yamlfile.Decode("f", []byte(data), &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, text := range []string{`{"entry": "\ud83d"}`, `{"entry": "\ude00\ud83d"}`, `entry: "\ud83d\ude00"`} {
		if err := yamlfile.Decode("f", []byte(text), &got); err == nil {
			t.Errorf("%s: got %+v, want an error", text, got)
		}
	}
}

// YAML 1.2 takes a colon for a part of the text if no space follows, and a date for text.
func TestText(t *testing.T) {
	var got entry
	err := yamlfile.Decode("f", []byte("{entry: 2026-01-02, groups: [system:masters, nrn:PUB:IAM::5:Role/x, yes, 1]}"), &got)
	if want := (entry{Entry: "2026-01-02", Groups: []string{"system:masters", "nrn:PUB:IAM::5:Role/x", "yes", "1"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMistakes(t *testing.T) {
	deep := strings.Repeat("[", 50) + strings.Repeat("]", 50)
	for name, c := range map[string]struct{ data, want string }{
		"nothing":                 {"# only a comment\n", "f:1:1: the file is empty"},
		"UTF-16 without a mark":   {"e\x00:\x00 \x00b\x00", "f:1:1: the file has zero bytes, as UTF-16 without a byte order mark has; save it as UTF-8"},
		"invalid UTF-8":           {"entry: b\nc: \xff\n", "f:2:4: invalid leading UTF-8 octet"},
		"a syntax error":          {"groups: [a\nentry: b\n", "f:2:6: "},
		"an unknown field":        {"entry: a\nentires: b\ngroup: c\n", "f:2:1: unknown field \"entires\" (want entry, groups, lists)\nf:3:1: unknown field \"group\" (did you mean groups?)"},
		"a field of nobody":       {"policies: b\n", `f:1:1: unknown field "policies" (want entry, groups, lists)`},
		"a field twice":           {"entry: a\nentry: b\n", `f:2:1: duplicate key "entry", first at line 1`},
		"an end too early":        {`{"groups": [`, "f:2:1: the file ends too early; is a ], a } or a value missing?"},
		"a value that is missing": {"groups: [a, }\n", "f:1:13: a value is missing, or its quotes"},
		"two documents":           {"entry: a\n---\nentry: b\n", "f:3:1: a second document"},
		"an anchor":               {"entry: &a b\n", "f:1:8: anchors, aliases and tags are not allowed"},
		"a tag":                   {"entry: !!str b\n", "f:1:8: anchors, aliases and tags are not allowed"},
		"a merge key":             {"<<: {entry: a}\n", `f:1:1: unknown field "<<" (want entry, groups, lists)`},
		"an empty item":           {"groups: [a, ~]\n", "f:1:13: an empty list item"},
		"text in place of a list": {"groups: TOPSECRET\n", "f:1:9: got text, want a list"},
		"a map in place of text":  {"entry: {a: TOPSECRET}\n", "f:1:8: got a map, want text"},
		"a list in place of all":  {"- TOPSECRET\n", "f:1:1: got a list, want a map"},
		"brackets":                {strings.Repeat("[", 20000), "f:1:101: nested more than 100 deep"},
		"braces":                  {"a: " + strings.Repeat("{a: ", 20000), "nested more than 100 deep"},
		"indentation":             {indented(20000), "nested more than 100 deep"},
		"dashes":                  {strings.Repeat("- ", 20000) + "a", "nested more than 100 deep"},
		"many keys":               {numbered(20000), "f:20:1: unknown field \"k19\" (want entry, groups, lists)\nf: and 19980 more"},
		"a field many times":      {strings.Repeat("entry: a\n", 20000), "f:21:1: duplicate key \"entry\", first at line 1\nf: and 19979 more"},
		"many lists":              {"lists:\n" + strings.Repeat("- "+deep+"\n", 1000), ""},
	} {
		err := yamlfile.Decode("f", []byte(c.data), new(entry))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "TOPSECRET") {
			t.Errorf("%s: the error has a value of the file: %v", name, err)
		}
	}
}

func numbered(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "k%d: a\n", i)
	}
	return b.String()
}

func indented(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i%200) + "a:\n")
	}
	return b.String()
}

func TestJSON(t *testing.T) {
	root, err := yamlfile.Parse("f", []byte("b: 1\na: [x, 1.5, true, ~, \"a\\\"\\n\", '2']\nc: {}\nd: []\n'5': 2026-01-01\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := yamlfile.JSON(root)
	if want := `{"b":1,"a":["x",1.5,true,null,"a\"\n","2"],"c":{},"d":[],"5":"2026-01-01"}`; err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
}

// What is read is JSON, or there is a mistake in it.
func FuzzParse(f *testing.F) {
	f.Add([]byte("a: [b, {c: d}]\n- - - e\n"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Add([]byte("? [a]\n: .inf\n"))
	f.Add([]byte("?"))
	f.Add([]byte("1: a"))
	f.Fuzz(func(t *testing.T, data []byte) {
		root, err := yamlfile.Parse("f", data)
		if err != nil || root == nil {
			return
		}
		if text, err := yamlfile.JSON(root); err == nil && !json.Valid(text) {
			t.Errorf("%q became %q", data, text)
		}
	})
}
