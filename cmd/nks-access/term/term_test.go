package term_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestAwait(t *testing.T) {
	wrong := errors.New("wrong")
	value, err := term.Await(context.Background(), func() (int, error) { return 7, wrong })
	if value != 7 || !errors.Is(err, wrong) {
		t.Errorf("got %d and %v, want 7 and the error of read", value, err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	never := make(chan int)
	value, err = term.Await(ctx, func() (int, error) {
		cancel()
		return <-never, nil
	})
	if value != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %d and %v, want 0 and the error of the context", value, err)
	}
}

func TestABufferIsNoTerminal(t *testing.T) {
	if term.IsTerminal(new(bytes.Buffer)) {
		t.Error("a buffer is a terminal")
	}
}
