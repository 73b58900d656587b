package term

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// File is the content of a file, and its name for messages.
type File struct {
	Name string
	Data []byte
}

// ReadFiles reads files as [ReadFile] does, at most limit bytes of all together. A folder stands for
// the files in it with one of the extensions, in the order of their names.
func ReadFiles(
	ctx context.Context, paths []string, stdin io.Reader, limit int64, extensions ...string,
) ([]File, error) {
	var files []File
	left := limit
	for _, path := range paths {
		members, err := filesOf(path, extensions)
		if err != nil {
			return nil, err
		}
		for _, member := range members {
			name, data, err := readNamed(ctx, member, stdin, left)
			if errors.Is(err, errTooLarge) {
				return nil, inputErrorf("%s: more than %d bytes, with the files before it", name, limit)
			}
			if err != nil {
				return nil, err
			}
			left -= int64(len(data))
			files = append(files, File{Name: name, Data: data})
		}
	}
	return files, nil
}

// filesOf returns the files that a path stands for.
func filesOf(path string, extensions []string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, nil // reading it says what is wrong
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, &InputError{err}
	}
	var members []string
	for _, entry := range entries {
		if !entry.IsDir() && slices.Contains(extensions, filepath.Ext(entry.Name())) {
			members = append(members, filepath.Join(path, entry.Name()))
		}
	}
	if len(members) == 0 {
		return nil, inputErrorf("%s: the folder has no file that ends in %s", path, strings.Join(extensions, " or "))
	}
	return members, nil
}
