package desired_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/desired"
)

// A file without an end, and one that is too large, are refused.
func TestLoadLimits(t *testing.T) {
	const want = "all files together may have 2097152 bytes"
	if _, err := os.Stat("/dev/zero"); err == nil {
		if _, err := desired.Load(t.Context(), "/dev/zero"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("/dev/zero: %v", err)
		}
	}
	folder := t.TempDir()
	half := []byte("version: 1\n#" + strings.Repeat("a", 1<<20))
	for _, name := range []string{"a.yaml", "b.yaml"} {
		if err := os.WriteFile(filepath.Join(folder, name), half, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := desired.Load(t.Context(), folder); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a folder: %v", err)
	}
}

// Whoever adds a file to a repository writes no line into the log of the job that reads it.
func TestFileNamesStayOnTheirLine(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such names")
	}
	folder := filepath.Join(t.TempDir(), "a\n::error::fake")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	_, empty := desired.Load(t.Context(), folder)
	_, missing := desired.Load(t.Context(), filepath.Join(folder, "no such file"))
	file := filepath.Join(folder, "b\n::error::fake.yaml")
	if err := os.WriteFile(file, []byte("version: 1\nmistake: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, mistake := desired.Load(t.Context(), folder)
	if err := os.WriteFile(file, []byte("#"+strings.Repeat("a", 2<<20)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, tooLarge := desired.Load(t.Context(), folder)
	for name, err := range map[string]error{
		"an empty folder": empty, "no such file": missing, "a mistake": mistake, "too large": tooLarge,
	} {
		if err == nil || !strings.Contains(err.Error(), `\n::error::fake`) || strings.Contains(err.Error(), "\n::error::fake") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A pipe that nobody writes to does not hold the program up: Load returns when its context ends.
func TestLoadHonoursTheContext(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close(); _ = writer.Close() }()
	name := "/dev/fd/" + fmt.Sprint(reader.Fd())
	if _, err := os.Stat(name); err != nil {
		t.Skip("no /dev/fd on this system")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := desired.Load(ctx, name); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
}
