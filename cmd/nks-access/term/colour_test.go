package term_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// terminal returns a terminal, where the system has a device for them.
func terminal(t *testing.T) *os.File {
	t.Helper()
	file, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

func TestPaint(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	t.Setenv("TERM", "xterm")
	if got := term.Paint(new(bytes.Buffer), term.Red, "text"); got != "text" {
		t.Errorf("without a terminal: %q", got)
	}
	screen := terminal(t)
	if got := term.Paint(screen, term.Red, "text"); got != "\x1b[31mtext\x1b[0m" {
		t.Errorf("on a terminal: %q", got)
	}
	for name, value := range map[string]string{"NO_COLOR": "1", "TERM": "dumb"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, value)
			if got := term.Paint(screen, term.Red, "text"); got != "text" {
				t.Errorf("with %s=%s: %q", name, value, got)
			}
		})
	}
}
