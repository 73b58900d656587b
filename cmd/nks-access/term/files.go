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

// ReadFile reads a file, or stdin if path is Stdin. It returns the name of the file for errors. The
// error is an *InputError if there is no such file, or if it is larger than limit bytes.
func ReadFile(ctx context.Context, path string, stdin io.Reader, limit int64) (name string, data []byte, err error) {
	if path == Stdin {
		data, err = readLimited(ctx, "stdin", stdin, limit)
		return "stdin", data, err
	}
	file, err := os.Open(path)
	if err != nil {
		return path, nil, &InputError{err}
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return path, nil, inputErrorf("%s: is a directory, want a file", path)
	}
	data, err = readLimited(ctx, path, file, limit)
	return path, data, err
}

func readLimited(ctx context.Context, name string, input io.Reader, limit int64) ([]byte, error) {
	oneTooMany := io.LimitReader(input, limit+1)
	data, err := Await(ctx, func() ([]byte, error) { return io.ReadAll(oneTooMany) })
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, inputErrorf("%s: is larger than %d bytes", name, limit)
	}
	return data, nil
}

// WriteFile writes a file as a whole, or leaves the one that is there as it was.
func WriteFile(path string, data []byte) error {
	temporary, err := WriteTemporary(filepath.Dir(path), ".nks-access-*", data)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
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
