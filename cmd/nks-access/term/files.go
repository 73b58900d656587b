package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// InputError is a file that a person has to change, or name otherwise.
type InputError struct{ error }

// Unwrap returns the cause.
func (e *InputError) Unwrap() error { return e.error }

func inputErrorf(format string, args ...any) error {
	return &InputError{fmt.Errorf(format, args...)}
}

// Stdin is the path that stands for stdin.
const Stdin = "-"

// ReadFile reads a file, or stdin if path is [Stdin], and returns its name for messages. A pipe or a
// device is read until it ends or ctx ends. The error is an [*InputError] if there is no such file, if
// it is a folder, or if it is larger than limit bytes.
func ReadFile(ctx context.Context, path string, stdin io.Reader, limit int64) (name string, data []byte, err error) {
	name = path
	read := func() ([]byte, error) { return readPath(path, limit) }
	if path == Stdin {
		name = "stdin"
		read = func() ([]byte, error) { return readLimited(stdin, limit) }
	}
	data, err = Await(ctx, read)
	if errors.Is(err, errTooLarge) {
		return name, nil, inputErrorf("%s: is larger than %d bytes", name, limit)
	}
	if wrong := (*InputError)(nil); err != nil && !errors.As(err, &wrong) {
		err = fmt.Errorf("read %s: %w", name, err)
	}
	return name, data, err
}

// readPath reads a file. Opening a pipe waits for its writer.
func readPath(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &InputError{err}
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, inputErrorf("%s: is a directory, want a file", path)
	}
	return readLimited(file, limit)
}

var errTooLarge = errors.New("too large")

func readLimited(input io.Reader, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(input, limit+1))
	if err == nil && int64(len(data)) > limit {
		return nil, errTooLarge
	}
	return data, err
}

// WriteFile writes a file as a whole, or leaves the one that is there as it was. Into a pipe, a
// device, or a file that the system keeps open, such as /dev/stdout, it writes instead of replacing
// it, and waits for a reader until ctx ends.
func WriteFile(ctx context.Context, path string, data []byte) error {
	if path == Stdin {
		return inputErrorf("- is stdin; to write to stdout, use /dev/stdout")
	}
	if !isReplaceable(path) {
		_, err := Await(ctx, func() (int, error) { return appendTo(path, data) })
		return err
	}
	if target, err := os.Stat(path); err == nil && target.IsDir() {
		return inputErrorf("%s: is a directory, want a file", path)
	}
	temporary, err := WriteTemporary(filepath.Dir(path), ".nks-access-*", data)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

// isReplaceable reports whether another file may take the place of path: there is none, or a regular
// one, or a link to one that is not the system's.
func isReplaceable(path string) bool {
	link, err := os.Lstat(path)
	if err != nil {
		return true
	}
	target, err := os.Stat(path)
	if err != nil || target.IsDir() {
		return true // WriteFile says why it is not replaced
	}
	if link.Mode()&os.ModeSymlink != 0 && isOfSystem(path) {
		return false
	}
	return target.Mode().IsRegular()
}

// isOfSystem reports whether a link is one of those that stand for open files, such as /dev/stdout
// and /proc/self/fd/1.
func isOfSystem(path string) bool {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return false
	}
	for folder := filepath.Dir(absolute); folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if folder == "/dev" || folder == "/proc" {
			return true
		}
	}
	return false
}

// appendTo writes to a file that is there.
func appendTo(path string, data []byte) (int, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return 0, err
	}
	n, err := file.Write(data)
	return n, errors.Join(err, file.Close())
}

// WriteTemporary writes a new file, which the caller removes, and returns its path. An empty folder
// is the one for temporary files; see [os.CreateTemp] for the pattern.
func WriteTemporary(folder, pattern string, data []byte) (path string, err error) {
	file, err := os.CreateTemp(folder, pattern)
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	err = errors.Join(err, file.Close())
	if err != nil {
		_ = os.Remove(file.Name())
		return "", err
	}
	return file.Name(), nil
}
