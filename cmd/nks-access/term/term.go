// Package term holds what the commands share when they read and write: tables, colours, questions,
// a progress bar, printable text, formats, and files. It knows nothing of clusters and entries.
package term

import (
	"context"
	"os"

	"golang.org/x/term"
)

// IsTerminal reports whether a stream is a terminal.
func IsTerminal(stream any) bool {
	file, isFile := stream.(*os.File)
	return isFile && term.IsTerminal(int(file.Fd()))
}

// Await calls read, which may wait for a person or a pipe. If ctx ends first, it returns the error of
// ctx, and what read returns later is lost.
func Await[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	results := make(chan result, 1)
	go func() {
		value, err := read()
		results <- result{value, err}
	}()
	select {
	case r := <-results:
		return r.value, r.err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
}
