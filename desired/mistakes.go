package desired

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/internal/textfile"
)

// position is a place in a file.
type position struct {
	file         string
	line, column int
}

func (p position) String() string {
	return fmt.Sprintf("%s:%d:%d", textfile.Name(p.file), p.line, p.column)
}

// mistake returns a mistake at the place.
func (p position) mistake(format string, args ...any) Mistake {
	return Mistake{p.file, p.line, p.column, fmt.Sprintf(format, args...)}
}

// Mistake is one mistake in a file. The message says what would be right.
type Mistake struct {
	File         string
	Line, Column int // from 1; 0 for the file as a whole
	Message      string
}

// String returns file:line:column: message, or file: message for the file as a whole.
func (m Mistake) String() string {
	if m.Line == 0 {
		return fmt.Sprintf("%s: %s", textfile.Name(m.File), m.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", textfile.Name(m.File), m.Line, m.Column, m.Message)
}

// maxMistakes is how many mistakes are kept. Who has more has given another file.
const maxMistakes = 1000

// LoadError lists the mistakes in a file.
type LoadError struct {
	Mistakes []Mistake // the first 1,000
	More     int       // mistakes after these, as far as they were counted
}

// Error lists the mistakes, one a line.
func (e *LoadError) Error() string {
	lines := make([]string, len(e.Mistakes))
	for i, m := range e.Mistakes {
		lines[i] = m.String()
	}
	if e.More > 0 {
		lines = append(lines, fmt.Sprintf("and at least %d more", e.More))
	}
	return strings.Join(lines, "\n")
}

// sort puts the mistakes in the order of the files, and of the lines in each.
func (e *LoadError) sort(files []string) {
	rank := make(map[string]int, len(files))
	for i, file := range files {
		rank[file] = i
	}
	slices.SortStableFunc(e.Mistakes, func(a, b Mistake) int {
		return cmp.Or(
			cmp.Compare(rank[a.File], rank[b.File]),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Message, b.Message),
		)
	})
}
