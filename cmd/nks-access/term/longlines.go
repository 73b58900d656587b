package term

import (
	"fmt"
	"strings"
)

// maxLine is how many characters of a line ShortLines shows: far more than a message needs.
const maxLine = 2000

// ShortLines returns text without the middle of its very long lines. A message repeats what was wrong,
// which can be as long as a file. Its beginning says where that is, and its end what would be right.
func ShortLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = shortLine(line)
	}
	return strings.Join(lines, "\n")
}

func shortLine(line string) string {
	if len(line) <= maxLine {
		return line
	}
	runes := []rune(line)
	left := len(runes) - maxLine
	if left <= 0 {
		return line
	}
	start := string(runes[:maxLine/2])
	end := string(runes[len(runes)-maxLine/2:])
	return fmt.Sprintf("%s… (%d characters left out) …%s", start, left, end)
}
