package term

import (
	"slices"
	"strings"
	"unicode"
)

// Printable replaces characters that steer a terminal. Names come from other people.
func Printable(text string) string { return replaceInvisible(text) }

// PrintableLines is Printable for text of several lines. It keeps line breaks and tabs, with which
// cobra indents its suggestions.
func PrintableLines(text string) string { return replaceInvisible(text, '\n', '\t') }

func replaceInvisible(text string, keep ...rune) string {
	return strings.Map(func(r rune) rune {
		if invisible(r) && !slices.Contains(keep, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// invisible reports whether a character steers a terminal or changes the direction of text.
func invisible(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}
