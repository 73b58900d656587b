package term

import (
	"io"
	"os"
)

// Colour is a colour of text, as the terminal takes it.
type Colour string

// The colours that commands use.
const (
	Red    Colour = "\x1b[31m"
	Green  Colour = "\x1b[32m"
	Yellow Colour = "\x1b[33m"

	noColour = "\x1b[0m"
)

// Paint colours text if w is a terminal, and NO_COLOR is not set (no-color.org).
func Paint(w io.Writer, colour Colour, text string) string {
	unwanted := os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb"
	if unwanted || !IsTerminal(w) {
		return text
	}
	return string(colour) + text + noColour
}
