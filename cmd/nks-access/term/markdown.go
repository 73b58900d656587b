package term

import (
	"fmt"
	"strings"
)

// MarkdownCode returns text that Markdown shows as it is. Names in it are made by [Printable].
func MarkdownCode(text string) string {
	text = PrintableLine(text)
	if text == "" {
		return ""
	}
	if strings.ContainsAny(text, "`|") {
		return codeElement(text)
	}
	return "`" + text + "`"
}

// MarkdownCells returns names for one cell of a table, each on a line.
func MarkdownCells(names []string) string {
	var cells []string
	for _, name := range names {
		cells = append(cells, MarkdownCode(Printable(name)))
	}
	return strings.Join(cells, "<br>")
}

// codeElement returns text in <code>, and all of its punctuation as character references, which
// Markdown takes for text. Programs do not agree on a bar between backticks within a table: some end
// the cell there, with and without a backslash before it.
func codeElement(text string) string {
	var element strings.Builder
	element.WriteString("<code>")
	for _, r := range text {
		isPunctuation := strings.ContainsRune(punctuation, r)
		if isPunctuation {
			fmt.Fprintf(&element, "&#%d;", r)
		} else {
			element.WriteRune(r)
		}
	}
	element.WriteString("</code>")
	return element.String()
}

// punctuation is all of ASCII's.
const punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
