package textfile_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/nks-access/nks-access/internal/textfile"
)

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"access/prod.yaml":   "access/prod.yaml",
		"접근 권한.yaml":         "접근 권한.yaml",
		"a\n::error::b.yaml": `"a\n::error::b.yaml"`,
		"a\x1b[2J.yaml":      `"a\x1b[2J.yaml"`,
		"a\u202eb.yaml":      `"a\u202eb.yaml"`,
		"a\xff.yaml":         `"a\xff.yaml"`,
		"a\u3164b.yaml":      `"a\u3164b.yaml"`,
		"a\ufe0fb.yaml":      `"a\ufe0fb.yaml"`,
	} {
		if got := textfile.Name(name); got != want {
			t.Errorf("%q: got %s, want %s", name, got, want)
		}
	}
}

func TestNamed(t *testing.T) {
	_, err := os.Open("no such\nfile")
	named := textfile.Named(err)
	if named.Error() != `open "no such\nfile": `+errors.Unwrap(err).Error() || !errors.Is(named, fs.ErrNotExist) {
		t.Errorf("got %v", named)
	}
	if other := errors.New("a\nb"); textfile.Named(other) != other {
		t.Errorf("another error became %v", textfile.Named(other))
	}
}
