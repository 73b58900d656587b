package desired

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/nks-access/nks-access/internal/textfile"
)

// maxBytes is the size of all files that are loaded together. A file of this size is read, planned
// and refused within seconds and 500 MB, whatever is in it.
const maxBytes = 2 << 20

// Source is the content of a file, and the name to report mistakes with.
type Source struct {
	Name string
	Data []byte
}

// readSources reads files, and the .yaml, .yml and .json files of folders.
func readSources(ctx context.Context, paths []string) ([]Source, error) {
	var sources []Source
	left := maxBytes
	for _, path := range paths {
		files, err := filesOf(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			data, err := readFile(ctx, file, left)
			if err != nil {
				return nil, err
			}
			left -= len(data)
			sources = append(sources, Source{file, data})
		}
	}
	return sources, nil
}

// filesOf returns the files that a path stands for.
func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, textfile.Named(err)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, textfile.Named(err)
	}
	var files []string
	for _, entry := range entries {
		extension := filepath.Ext(entry.Name())
		if !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, extension) {
			files = append(files, filepath.Join(path, entry.Name()))
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: the folder has no .yaml, .yml or .json file", textfile.Name(path))
	}
	return files, nil
}

// readFile reads a file of at most limit bytes. A pipe that nobody writes to would block for ever, so
// readFile returns when ctx ends, and leaves the read to end with the program.
func readFile(ctx context.Context, path string, limit int) ([]byte, error) {
	type result struct {
		data []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		data, err := readUpTo(path, limit)
		read <- result{data, err}
	}()
	select {
	case r := <-read:
		return r.data, r.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", textfile.Name(path), ctx.Err())
	}
}

func readUpTo(path string, limit int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, textfile.Named(err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, int64(limit)+1))
	if err != nil {
		return nil, textfile.Named(err)
	}
	if len(data) > limit {
		return nil, tooLong(path)
	}
	return data, nil
}

func tooLong(path string) error {
	return fmt.Errorf("%s: all files together may have %d bytes; split them into several runs",
		textfile.Name(path), maxBytes)
}
