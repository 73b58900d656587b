package term

import "strings"

// MarkdownCell returns text for a table of Markdown, where a bar ends the cell even within code.
func MarkdownCell(text string) string { return strings.ReplaceAll(MarkdownCode(text), "|", "\\|") }

// MarkdownCells returns lines of text for one cell of a table.
func MarkdownCells(lines []string) string {
	var cells []string
	for _, line := range lines {
		cells = append(cells, MarkdownCell(line))
	}
	return strings.Join(cells, "<br>")
}

// MarkdownCode returns text that Markdown shows as it is: within more backticks than it has in a row.
func MarkdownCode(text string) string {
	text = strings.Join(strings.Fields(Printable(text)), " ")
	if text == "" {
		return ""
	}
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}
