package term

import (
	"strings"
	"unicode/utf8"
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

// PrintableGroups is PrintableList for names in which a comma or a semicolon separates nothing.
func PrintableGroups(names []string) string {
	return strings.Join(quoteAmbiguous(names, " ,;"), " ")
}

// PrintableSeries returns names on one line, separated by commas. It also quotes names with a comma.
func PrintableSeries(names []string) string {
	return strings.Join(quoteAmbiguous(names, ","), ", ")
}

// quoteAmbiguous returns printable names. It also quotes those that are empty or hold a separator.
func quoteAmbiguous(names []string, separators string) []string {
	var shown []string
	for _, name := range names {
		if name == "" || strings.ContainsAny(name, separators) {
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
	for c := range characters(message) {
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
	return !looksLikeAnother(name) && !hasUnclear(name)
}

func hasUnclear(name string) bool {
	for c := range characters(name) {
		if c.isUnclear() {
			return true
		}
	}
	return false
}

// quote returns a name in quotes. It escapes what cannot be seen, and what looks like another
// character. A second blank in a row is escaped, because a browser shows one.
func quote(name string) string {
	onlyASCII := looksLikeAnother(name)
	var quoted strings.Builder
	previous := ""
	for c := range characters(name) {
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
