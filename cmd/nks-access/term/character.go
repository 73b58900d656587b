package term

import (
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/nks-access/nks-access/internal/unseen"
)

// character is a character of a text.
type character struct {
	char rune
	raw  string // its bytes
}

// characters returns the characters of a text, one by one: a list of them would take many times the
// size of the text. A byte that is not UTF-8 is a character of its own.
func characters(text string) iter.Seq[character] {
	return func(yield func(character) bool) {
		for text != "" {
			char, size := utf8.DecodeRuneInString(text)
			if !yield(character{char, text[:size]}) {
				return
			}
			text = text[size:]
		}
	}
}

func (c character) isInvalid() bool { return c.char == utf8.RuneError && len(c.raw) == 1 }

// escaped returns the escape of the character in Go and YAML: \n, \x1b, \u200b.
func (c character) escaped() string {
	if c.isInvalid() {
		return fmt.Sprintf(`\x%02x`, c.raw[0])
	}
	if c.char > 0xffff {
		return fmt.Sprintf(`\U%08x`, c.char)
	}
	if c.char >= utf8.RuneSelf || c.char == ' ' {
		return fmt.Sprintf(`\u%04x`, c.char)
	}
	return strings.Trim(strconv.QuoteRune(c.char), "'")
}

// isUnclear reports whether a person cannot see which character it is.
func (c character) isUnclear() bool { return c.isHidden() || c.isLikeASCII() }

// isHidden reports whether the character cannot be seen: it steers the terminal, changes the
// direction of text, has no width, looks like a blank, or is not UTF-8.
func (c character) isHidden() bool {
	return c.isInvalid() || !unicode.IsPrint(c.char) || unseen.Is(c.char)
}

// isLikeASCII reports whether the character looks like one of ASCII: a wide or mathematical letter, a
// dash.
func (c character) isLikeASCII() bool {
	if c.char < utf8.RuneSelf {
		return false
	}
	if unicode.Is(unicode.Dash, c.char) {
		return true
	}
	for _, r := range norm.NFKC.String(c.raw) {
		if r >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
