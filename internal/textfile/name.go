package textfile

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
	"unicode"

	"github.com/nks-access/nks-access/internal/unseen"
)

// Name returns the name of a file for a message: in quotes and with escapes if it holds a line break or
// another character that cannot be seen. Whoever adds a file to a repository would otherwise write
// lines into the log of the job that reads it.
func Name(path string) string {
	isHidden := func(r rune) bool { return !unicode.IsPrint(r) || unseen.Is(r) }
	if !strings.ContainsFunc(strings.ToValidUTF8(path, "\x00"), isHidden) {
		return path
	}
	if strings.ContainsFunc(path, unseen.Is) {
		return strconv.QuoteToASCII(path) // Quote takes some of them for characters that can be seen
	}
	return strconv.Quote(path)
}

// Named returns an error of package os with the [Name] of its file. It returns any other error as it
// is.
func Named(err error) error {
	var failed *fs.PathError
	if !errors.As(err, &failed) {
		return err
	}
	return &fs.PathError{Op: failed.Op, Path: Name(failed.Path), Err: failed.Err}
}
