package term

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrDeclined is the error of a question that was not answered with yes.
var ErrDeclined = errors.New("nothing was changed")

// Questions asks a person.
type Questions struct {
	input  io.Reader
	lines  *bufio.Reader // of input
	output io.Writer
}

// NewQuestions returns Questions that are written to output, and whose answers are read from input.
func NewQuestions(input io.Reader, output io.Writer) *Questions {
	return &Questions{input: input, lines: bufio.NewReader(input), output: output}
}

// Possible reports whether there is a person to ask: the input is a terminal.
func (q *Questions) Possible() bool { return IsTerminal(q.input) }

// Confirm asks a question, and returns nil if the answer is yes. Otherwise the error is ErrDeclined.
// If ctx ended or the input failed, it wraps that error, too.
func (q *Questions) Confirm(ctx context.Context, question string) error {
	answer, err := q.Ask(ctx, PrintableLine(question)+" [y/N] ")
	if err != nil {
		return err
	}
	switch strings.ToLower(answer) {
	case "y", "yes":
		return nil
	}
	return ErrDeclined
}

// Ask writes a prompt as it is, and returns the line that was entered, without blanks around it. If
// ctx ended or the input failed, the error wraps ErrDeclined and that error.
func (q *Questions) Ask(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(q.output, prompt)
	line, err := Await(ctx, func() (string, error) { return q.lines.ReadString('\n') })
	if err != nil || !q.Possible() {
		fmt.Fprintln(q.output) // nobody has ended the line of the question
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return "", errors.Join(ErrDeclined, err)
	}
	return strings.TrimSpace(line), nil
}
