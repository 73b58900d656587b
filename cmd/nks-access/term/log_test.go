package term_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	logger := term.NewLogger(&out, slog.LevelDebug)
	logger.Info("Retrying.")
	logger.Warn("The clock is off.", "by", "7m")
	logger.Debug("request", "method", "GET")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || lines[0] != "Retrying." || lines[1] != "Warning: The clock is off. (by: 7m)" {
		t.Errorf("got %q", lines)
	}
	if !strings.HasSuffix(lines[2], "level=DEBUG msg=request method=GET") {
		t.Errorf("got %q", lines[2])
	}
	out.Reset()
	term.NewLogger(&out, slog.LevelError).Warn("The clock is off.")
	if out.Len() > 0 {
		t.Errorf("a warning was written: %q", out.String())
	}
}
