package term_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestConfirm(t *testing.T) {
	for answer, want := range map[string]error{
		"y\n": nil, "YES\n": nil, " y \r\n": nil, "y": nil,
		"": term.ErrDeclined, "\n": term.ErrDeclined, "n\n": term.ErrDeclined, "yes please\n": term.ErrDeclined,
	} {
		var said bytes.Buffer
		err := term.NewQuestions(strings.NewReader(answer), &said).Confirm(context.Background(), "Remove a\x1bb?")
		if !errors.Is(err, want) {
			t.Errorf("answer %q: got %v, want %v", answer, err, want)
		}
		asked := "Remove " + `a\x1bb` + "? [y/N] \n"
		if said.String() != asked {
			t.Errorf("it asked %q, want %q", said.String(), asked)
		}
	}
}

// Two questions read two lines of the same input.
func TestAskTwice(t *testing.T) {
	questions := term.NewQuestions(strings.NewReader("y\ndemo\n"), io.Discard)
	first := questions.Confirm(context.Background(), "Make these changes?")
	second, err := questions.Ask(context.Background(), "Name: ")
	if first != nil || second != "demo" || err != nil {
		t.Errorf("got %v, %q, %v", first, second, err)
	}
}

func TestAskEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	reader, writer := io.Pipe()
	defer func() { _ = writer.Close() }()
	_, err := term.NewQuestions(reader, io.Discard).Ask(ctx, "Name: ")
	if !errors.Is(err, context.Canceled) || !errors.Is(err, term.ErrDeclined) {
		t.Errorf("got %v", err)
	}
}

func TestNobodyIsAskedWithoutATerminal(t *testing.T) {
	if term.NewQuestions(strings.NewReader("y\n"), io.Discard).Possible() {
		t.Error("a string is a terminal")
	}
}
