package term_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestReadFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a.yaml")
	if err := os.WriteFile(path, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path, stdin, want, says string
	}{
		"a file":           {path, "", "12345", ""},
		"stdin":            {term.Stdin, "123", "123", ""},
		"a large stdin":    {term.Stdin, "123456", "", "stdin: is larger than 5 bytes"},
		"a folder":         {folder, "", "", folder + ": is a directory, want a file"},
		"nothing is there": {path + "x", "", "", "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			_, data, err := term.ReadFile(context.Background(), c.path, strings.NewReader(c.stdin), 5)
			if c.says == "" {
				if string(data) != c.want || err != nil {
					t.Errorf("got %q, %v", data, err)
				}
				return
			}
			if mistake := (*term.InputError)(nil); !errors.As(err, &mistake) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestReadFileEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	reader, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	if _, _, err := term.ReadFile(ctx, term.Stdin, reader, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// A file is replaced as a whole, and no other file is left.
func TestWriteFile(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "plan.json")
	for _, text := range []string{"first", "second"} {
		if err := term.WriteFile(context.Background(), path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(path); string(data) != text || err != nil {
			t.Errorf("got %q, %v", data, err)
		}
	}
	err := term.WriteFile(context.Background(), folder, nil)
	if err == nil || err.Error() != folder+": is a directory, want a file" {
		t.Errorf("a folder: %v", err)
	}
	if err := term.WriteFile(context.Background(), term.Stdin, nil); err == nil {
		t.Error("a file - was written")
	}
	if err := term.WriteFile(context.Background(), filepath.Join(folder, "nowhere", "x"), nil); !errors.Is(
		err,
		fs.ErrNotExist,
	) {
		t.Errorf("got %v", err)
	}
	if files, _ := os.ReadDir(folder); len(files) != 1 {
		t.Errorf("left: %v", files)
	}
}
