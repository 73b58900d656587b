//go:build unix

package term_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A pipe that nobody writes ends with the context, and so does one that nobody reads.
func TestPipesEndWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, _, err := term.ReadFile(ctx, pipe(t), nil, 5); !errors.Is(err, context.Canceled) {
		t.Errorf("reading: got %v", err)
	}
	if err := term.WriteFile(ctx, pipe(t), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("writing: got %v", err)
	}
}

// A device that never ends is refused by its size.
func TestEndlessDevice(t *testing.T) {
	_, _, err := term.ReadFile(context.Background(), "/dev/zero", nil, 1<<20)
	if wrong := (*term.InputError)(nil); !errors.As(err, &wrong) ||
		err.Error() != "/dev/zero: is larger than 1048576 bytes" {
		t.Errorf("got %v", err)
	}
}

// A pipe gets the text and stays a pipe.
func TestWriteFileIntoAPipe(t *testing.T) {
	path := pipe(t)
	read := make(chan []byte)
	go func() {
		data, _ := os.ReadFile(path)
		read <- data
	}()
	if err := term.WriteFile(context.Background(), path, []byte("plan")); err != nil {
		t.Fatal(err)
	}
	if data := <-read; string(data) != "plan" {
		t.Errorf("got %q", data)
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("got %v, %v, want a pipe", info, err)
	}
}

// A device stays a device, also behind a link.
func TestWriteFileIntoADevice(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink("/dev/null", link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/dev/null", link} {
		if err := term.WriteFile(context.Background(), path, []byte("plan")); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if info, err := os.Stat(link); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		t.Errorf("got %v, %v, want a device", info, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("got %v, %v, want a link", info, err)
	}
}

// /dev/fd/N stands for a file that is open: it gets the text.
func TestWriteFileIntoAnOpenFile(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "open"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	path := fmt.Sprintf("/dev/fd/%d", file.Fd())
	if _, err := file.WriteString("before "); err != nil {
		t.Fatal(err)
	}
	if err := term.WriteFile(context.Background(), path, []byte("plan")); err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(io.NewSectionReader(file, 0, 100))
	if err != nil || !bytes.Equal(data, []byte("before plan")) {
		t.Errorf("got %q, %v", data, err)
	}
}

// A link to a file is replaced, and the file stays as it was.
func TestWriteFileReplacesALink(t *testing.T) {
	folder := t.TempDir()
	target := filepath.Join(folder, "target")
	link := filepath.Join(folder, "link")
	if err := errors.Join(os.WriteFile(target, []byte("old"), 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	if err := term.WriteFile(context.Background(), link, []byte("plan")); err != nil {
		t.Fatal(err)
	}
	old, _ := os.ReadFile(target)
	written, _ := os.ReadFile(link)
	if string(old) != "old" || string(written) != "plan" {
		t.Errorf("target %q, link %q", old, written)
	}
}
