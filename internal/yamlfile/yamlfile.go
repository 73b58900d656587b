// Package yamlfile prepares the text of a YAML file for the parser: it decodes UTF-16 and refuses
// text that would keep the parser busy.
package yamlfile

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// MaxDepth is how deep lists and maps may be nested. The time of the parser grows with the square
// of the depth.
const MaxDepth = 100

// Error says what is wrong with a text, and where. Line and Column begin with 1.
type Error struct {
	Line, Column int
	Reason       string
}

func (e *Error) Error() string { return fmt.Sprintf("%d:%d: %s", e.Line, e.Column, e.Reason) }

// Text returns data as UTF-8 without a byte order mark. Data may be UTF-8, or UTF-16 with a byte
// order mark, which the > of a Windows shell writes. It returns an [*Error] if data is not valid
// UTF-8, or nested deeper than MaxDepth.
func Text(data []byte) ([]byte, error) {
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data)
	if err != nil {
		return nil, &Error{1, 1, "is neither UTF-8 nor UTF-16"}
	}
	if !utf8.Valid(text) {
		valid := text
		for i := 0; i < len(text); {
			r, size := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && size == 1 {
				valid = text[:i]
				break
			}
			i += size
		}
		line := bytes.Count(valid, []byte("\n")) + 1
		return nil, &Error{line, utf8.RuneCount(valid[bytes.LastIndexByte(valid, '\n')+1:]) + 1, "is not valid UTF-8"}
	}
	return text, checkDepth(text)
}

// checkDepth counts what can nest: brackets, indentation, and the dashes that begin a line. It does
// not know quotes and comments, so it may count too much, never too little.
func checkDepth(text []byte) error {
	brackets := 0
	var indents []int // columns at which open blocks begin
	number := 0
	for line := range bytes.Lines(text) {
		number++
		column := 0
		content := bytes.TrimLeft(line, " ")
		column += len(line) - len(content)
		for len(bytes.TrimSpace(content)) > 0 {
			for len(indents) > 0 && indents[len(indents)-1] > column {
				indents = indents[:len(indents)-1]
			}
			if len(indents) == 0 || indents[len(indents)-1] < column {
				indents = append(indents, column)
			}
			if len(content) < 2 || (content[0] != '-' && content[0] != '?') || content[1] != ' ' {
				break
			}
			rest := bytes.TrimLeft(content[1:], " ")
			column += len(content) - len(rest)
			content = rest
		}
		for i, c := range line {
			switch c {
			case '[', '{':
				brackets++
			case ']', '}':
				brackets = max(brackets-1, 0)
			}
			if brackets+len(indents) > MaxDepth {
				return &Error{number, i + 1, fmt.Sprintf("is nested more than %d deep", MaxDepth)}
			}
		}
	}
	return nil
}
