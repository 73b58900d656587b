package term

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Printable returns a name as it is, or in quotes and with escapes if a person could not see what it
// is: developers, but "developers\u200b". Names come from other people, may hold characters that steer
// a terminal, and may look like other names. Printable shows no two names alike, and no character
// that cannot be seen.
func Printable(name string) string {
	if isClear(name) {
		return name
	}
	return quote(name)
}

// PrintableList returns names on one line. It also quotes names with a blank, so that two names do
// not look like three.
func PrintableList(names []string) string {
	return strings.Join(quoteAmbiguous(names, " "), " ")
}

// PrintableSeries returns names on one line, separated by commas. It also quotes names with a comma.
func PrintableSeries(names []string) string {
	return strings.Join(quoteAmbiguous(names, ","), ", ")
}

// quoteAmbiguous returns printable names. It also quotes those that are empty or hold the separator.
func quoteAmbiguous(names []string, separator string) []string {
	var shown []string
	for _, name := range names {
		if name == "" || strings.Contains(name, separator) {
			shown = append(shown, quote(name))
		} else {
			shown = append(shown, Printable(name))
		}
	}
	return shown
}

// PrintableLine returns a message with escapes for the characters that cannot be seen, line breaks
// included.
func PrintableLine(message string) string { return escapeHidden(message, "") }

// PrintableLines is PrintableLine for a message of several lines. It keeps line breaks, and tabs,
// with which cobra indents its suggestions.
func PrintableLines(message string) string { return escapeHidden(message, "\n\t") }

func escapeHidden(message, keep string) string {
	if isVisibleASCII(message) {
		return message
	}
	var out strings.Builder
	for _, c := range characters(message) {
		if c.isHidden() && !strings.ContainsRune(keep, c.char) {
			out.WriteString(c.escaped())
		} else {
			out.WriteString(c.raw)
		}
	}
	return out.String()
}

// isVisibleASCII reports whether a text has visible characters of ASCII and blanks only, as nearly all
// names have.
func isVisibleASCII(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// isClear reports whether a person sees what a name is.
func isClear(name string) bool {
	looksQuoted := strings.HasPrefix(name, `"`)
	hasOddBlanks := strings.TrimSpace(name) != name || strings.Contains(name, "  ")
	if looksQuoted || hasOddBlanks {
		return false
	}
	if isVisibleASCII(name) {
		return true
	}
	return !looksLikeAnother(name) && !slices.ContainsFunc(characters(name), character.isUnclear)
}

// looksLikeAnother reports whether a name as a whole looks like another one.
func looksLikeAnother(name string) bool { return looksLatin(name) || !norm.NFC.IsNormalString(name) }

// quote returns a name in quotes. It escapes what cannot be seen, and what looks like another
// character. A second blank in a row is escaped, because a browser shows one.
func quote(name string) string {
	onlyASCII := looksLikeAnother(name)
	var quoted strings.Builder
	previous := ""
	for _, c := range characters(name) {
		isSecondBlank := c.raw == " " && previous == " "
		isForeign := onlyASCII && c.char >= utf8.RuneSelf
		if isSecondBlank || isForeign || c.isUnclear() {
			quoted.WriteString(c.escaped())
		} else {
			quoted.WriteString(backslashed.Replace(c.raw))
		}
		previous = c.raw
	}
	return `"` + quoted.String() + `"`
}

var backslashed = strings.NewReplacer(`"`, `\"`, `\`, `\\`)

// character is a character of a text.
type character struct {
	char rune
	raw  string // its bytes
}

// characters splits a text. A byte that is not UTF-8 is a character of its own.
func characters(text string) []character {
	var list []character
	for text != "" {
		char, size := utf8.DecodeRuneInString(text)
		list = append(list, character{char, text[:size]})
		text = text[size:]
	}
	return list
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
	return c.isInvalid() || !unicode.IsPrint(c.char) || unicode.In(c.char, hiddenTables...)
}

// hiddenTables hold what Unicode counts among the letters, marks and symbols, although nobody sees it.
var hiddenTables = []*unicode.RangeTable{
	unicode.Other_Default_Ignorable_Code_Point,
	unicode.Variation_Selector,
	{R16: []unicode.Range16{{Lo: '\u2800', Hi: '\u2800', Stride: 1}}}, // a Braille pattern without dots
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

// looksLatin reports whether a word of the text looks Latin and is not: it mixes Latin letters with
// those of a script that resembles Latin, or consists of letters that look Latin.
func looksLatin(text string) bool {
	isSeparator := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }
	for word := range strings.FieldsFuncSeq(text, isSeparator) {
		isResembling := strings.ContainsFunc(word, func(r rune) bool { return unicode.In(r, resemblingScripts...) })
		isLatin := strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Latin, r) })
		if isResembling && (isLatin || strings.Trim(word, latinTwins) == "") {
			return true
		}
	}
	return false
}

var resemblingScripts = []*unicode.RangeTable{
	unicode.Cyrillic, unicode.Greek, unicode.Armenian, unicode.Cherokee, unicode.Lisu,
}

// latinTwins are the Cyrillic and Greek letters that look like a Latin one.
const latinTwins = "аԁеһіјӏорԛѕсԝхуѵАВЕЅІЈКМНОРСТУХԌԚԜ" + "ονυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
