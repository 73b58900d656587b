package term_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestReadFiles(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"b.yaml": "bb", "a.json": "a", "notes.txt": "no", "c.yaml/d.yaml": "no"} {
		path := filepath.Join(folder, name)
		err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
		if err != nil {
			t.Fatal(err)
		}
	}
	read := func(limit int64, paths ...string) (string, error) {
		files, err := term.ReadFiles(context.Background(), paths, strings.NewReader("stdin"), limit, ".yaml", ".json")
		var text string
		for _, file := range files {
			text += filepath.Base(file.Name) + "=" + string(file.Data) + " "
		}
		return text, err
	}
	if got, err := read(8, folder, "-"); got != "a.json=a b.yaml=bb stdin=stdin " || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := read(7, folder, "-"); err == nil || err.Error() != "stdin: more than 7 bytes, with the files before it" {
		t.Errorf("one byte too many: got %v", err)
	}
	if _, err := read(8, t.TempDir()); err == nil || !strings.HasSuffix(err.Error(), "the folder has no file that ends in .yaml or .json") {
		t.Errorf("an empty folder: got %v", err)
	}
	if _, err := read(8, filepath.Join(folder, "nowhere")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
