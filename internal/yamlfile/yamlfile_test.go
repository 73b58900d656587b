package yamlfile_test

import (
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/goccy/go-yaml"

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

func TestText(t *testing.T) {
	const text = "entry: 개발\ngroups: [a, b]\n"
	for name, data := range map[string]string{
		"UTF-8": text, "UTF-8 with a byte order mark": "\ufeff" + text,
		"UTF-16LE": utf16Text(text, false), "UTF-16BE": utf16Text(text, true),
	} {
		if got, err := yamlfile.Text([]byte(data)); err != nil || string(got) != text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	deepList := strings.Repeat("[", 50) + strings.Repeat("]", 50)
	for name, c := range map[string]struct{ data, want string }{
		"invalid UTF-8":       {"a: b\nc: \xff\n", "2:4: is not valid UTF-8"},
		"brackets":            {strings.Repeat("[", 20000), "1:100: is nested more than 100 deep"},
		"braces":              {"a: " + strings.Repeat("{a: ", 20000), "nested more than 100 deep"},
		"indentation":         {indented(20000), "nested more than 100 deep"},
		"dashes":              {strings.Repeat("- ", 20000) + "a", "nested more than 100 deep"},
		"many lists":          {strings.Repeat("- "+deepList+"\n", 1000), ""},
		"a list of many maps": {strings.Repeat("- a: 1\n  b: [1, 2]\n", 1000), ""},
	} {
		_, err := yamlfile.Text([]byte(c.data))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func indented(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", i%200) + "a:\n")
	}
	return b.String()
}

// What passes is parsed without trouble.
func FuzzText(f *testing.F) {
	f.Add([]byte("a: [b, {c: d}]\n- - - e\n"))
	f.Add([]byte("\xff\xfea\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if text, err := yamlfile.Text(data); err == nil && len(text) < 1000 {
			_ = yaml.Unmarshal(text, new(any))
		}
	})
}
