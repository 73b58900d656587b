//go:build unix

package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
)

// Ctrl-C in the editor neither ends the program nor what comes after the editor.
func TestInterruptIsForTheEditor(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opened := newApp(strings.NewReader(""), io.Discard, io.Discard).newEditor()
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	opened.interrupts <- <-opened.interrupts // it has come
	cancel()                                 // as Main does it
	after, stop := opened.release(ctx)
	defer stop()
	if after.Err() != nil {
		t.Errorf("what comes after the editor ended: %v", after.Err())
	}
}

// Any other end of the program is one after the editor, too.
func TestReleaseKeepsTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	opened := newApp(strings.NewReader(""), io.Discard, io.Discard).newEditor()
	cancel()
	after, stop := opened.release(ctx)
	defer stop()
	if !errors.Is(after.Err(), context.Canceled) {
		t.Errorf("got %v", after.Err())
	}
}
