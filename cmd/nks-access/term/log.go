package term

import (
	"context"
	"fmt"
	"io"
	"log/slog"
)

// sentences is a handler of log records that writes those at level info and above as plain lines.
type sentences struct {
	slog.Handler // writes the records below
	w            io.Writer
}

// NewLogger returns a logger that writes messages at level info and above as lines for people, and
// those below as text with fields. It writes nothing below level.
func NewLogger(w io.Writer, level slog.Level) *slog.Logger {
	text := slog.NewTextHandler(w, &slog.HandlerOptions{Level: level})
	return slog.New(sentences{text, w})
}

// Handle writes one record.
func (s sentences) Handle(ctx context.Context, record slog.Record) error {
	if record.Level < slog.LevelInfo {
		return s.Handler.Handle(ctx, record)
	}
	line := record.Message
	if record.Level >= slog.LevelWarn {
		line = "Warning: " + line
	}
	record.Attrs(func(a slog.Attr) bool {
		line += fmt.Sprintf(" (%s: %s)", a.Key, a.Value)
		return true
	})
	_, err := fmt.Fprintln(s.w, PrintableLine(line))
	return err
}
