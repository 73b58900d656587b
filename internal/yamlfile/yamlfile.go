// Package yamlfile reads YAML files: one document each, within bounds, and with the place of every
// mistake. Aliases, anchors and tags are refused, because a few lines of them can stand for
// gigabytes, and no file of this project needs them.
package yamlfile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/nks-access/nks-access/internal/meant"
	"github.com/nks-access/nks-access/internal/textfile"
)

// MaxDepth is how deep lists and maps may be nested.
const MaxDepth = 100

// Mistake says what is wrong with a file, and where. Line and Column begin with 1.
type Mistake struct {
	Line, Column int
	Reason       string
}

// maxMistakes is how many mistakes are kept. A file of commas only has a million.
const maxMistakes = 1000

// Error holds the mistakes in a file, at least one. Their texts do not repeat values of the file,
// which may be secrets.
type Error struct {
	File     string
	Mistakes []Mistake // the first 1,000
	More     int       // mistakes after these
}

// Error returns a line "file:line:column: reason" for each of the first 20 mistakes.
func (e *Error) Error() string {
	var lines []string
	for i, m := range e.Mistakes {
		if i == 20 {
			lines = append(lines, fmt.Sprintf("%s: and %d more", textfile.Name(e.File), len(e.Mistakes)-i+e.More))
			break
		}
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s", textfile.Name(e.File), m.Line, m.Column, m.Reason))
	}
	return strings.Join(lines, "\n")
}

// Parse returns the root of the only document in data, which is UTF-8, or UTF-16 with a byte order
// mark, as the > of a Windows shell writes it. A duplicate key is a mistake. The root is
// nil if there is no document. An error is an [*Error].
func Parse(file string, data []byte) (*yaml.Node, error) {
	text, err := textfile.Decode(data)
	if err != nil {
		return nil, &Error{File: file, Mistakes: []Mistake{{1, 1, err.Error()}}}
	}
	if bytes.IndexByte(text, 0) >= 0 {
		words := "the file has zero bytes, as UTF-16 without a byte order mark has; save it as UTF-8"
		return nil, &Error{File: file, Mistakes: []Mistake{{1, 1, words}}}
	}
	text = joinSurrogates(text)
	limit := yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(MaxDepth)))
	loader, err := yaml.NewLoader(bytes.NewReader(text), limit)
	if err != nil {
		return nil, err
	}
	var document, second yaml.Node
	if err := loader.Load(&document); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		return nil, &Error{File: file, Mistakes: mistakes(text, err, nil)}
	}
	root := document.Content[0]
	if err := loader.Load(&second); err == nil {
		next := second.Content[0]
		return nil, &Error{File: file, Mistakes: []Mistake{{next.Line, next.Column, "a second document (want one in each file)"}}}
	} else if !errors.Is(err, io.EOF) {
		return nil, &Error{File: file, Mistakes: mistakes(text, err, nil)}
	}
	if root.ShortTag() == "!!null" && root.Value == "" {
		return nil, nil
	}
	var all checker
	all.check(root)
	if len(all.found) > 0 {
		return nil, &Error{file, all.found, all.more}
	}
	return root, nil
}

// surrogates matches a character in JSON that programs write as two escapes, and before it the
// backslashes that may make it something else.
var surrogates = regexp.MustCompile(`\\+u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}`)

// joinSurrogates writes the characters that JSON has as two escapes, such as \ud83d\ude00, as one, such
// as \U0001f600. YAML does not know the two. It returns text that is not JSON as it is.
func joinSurrogates(text []byte) []byte {
	if !surrogates.Match(text) || !json.Valid(text) {
		return text
	}
	return surrogates.ReplaceAllFunc(text, func(match []byte) []byte {
		backslashes := bytes.IndexByte(match, 'u')
		if backslashes%2 == 0 {
			return match // escaped backslashes
		}
		high, _ := strconv.ParseUint(string(match[backslashes+1:backslashes+5]), 16, 16)
		low, _ := strconv.ParseUint(string(match[len(match)-4:]), 16, 16)
		char := utf16.DecodeRune(rune(high), rune(low))
		return fmt.Appendf(match[:backslashes-1:backslashes-1], `\U%08x`, char)
	})
}

const notAllowed = "anchors, aliases and tags are not allowed; put text that begins with &, * or ! in quotes"

// checker collects mistakes.
type checker struct {
	found []Mistake
	more  int // mistakes that are not kept
}

func (c *checker) report(node *yaml.Node, format string, args ...any) {
	if len(c.found) == maxMistakes {
		c.more++
		return
	}
	c.found = append(c.found, Mistake{node.Line, node.Column, fmt.Sprintf(format, args...)})
}

// check finds what is refused in a node, and duplicate keys. Values that are text in YAML 1.2 become
// text.
func (c *checker) check(node *yaml.Node) {
	if node.Kind == yaml.AliasNode || node.Anchor != "" || node.Style&yaml.TaggedStyle != 0 {
		c.report(node, notAllowed)
		return
	}
	if tag := node.ShortTag(); tag == "!!timestamp" || tag == "!!merge" {
		node.Tag = "!!str"
	}
	lines := map[string]int{} // of the keys
	for i, child := range node.Content {
		isKey := node.Kind == yaml.MappingNode && i%2 == 0
		if isKey && child.Kind == yaml.ScalarNode {
			c.checkKey(child, lines)
		}
		c.check(child)
	}
}

// checkKey reports a key that its mapping has already. lines has the line of each key before it.
func (c *checker) checkKey(key *yaml.Node, lines map[string]int) {
	line, isDuplicate := lines[key.Value]
	if isDuplicate {
		c.report(key, "duplicate key %q, first at line %d", key.Value, line)
		return
	}
	lines[key.Value] = key.Line
}

// emptyItems finds list items without a value, which the library would drop.
func (c *checker) emptyItems(node *yaml.Node) {
	for _, child := range node.Content {
		if node.Kind == yaml.SequenceNode && child.ShortTag() == "!!null" {
			c.report(child, "an empty list item")
		}
		c.emptyItems(child)
	}
}

// Decode reads the only document in data into v, a pointer. Unknown fields and empty list items are
// mistakes, too. An error is an [*Error].
func Decode(file string, data []byte, v any) error {
	root, err := Parse(file, data)
	if err != nil {
		return err
	}
	if root == nil {
		return &Error{File: file, Mistakes: []Mistake{{1, 1, "the file is empty"}}}
	}
	var all checker
	all.emptyItems(root)
	if len(all.found) > 0 {
		return &Error{file, all.found, all.more}
	}
	// Parse has found duplicate keys. The library compares each key with each other.
	if err := root.Load(v, yaml.WithKnownFields(true), yaml.WithUniqueKeys(false)); err != nil {
		return &Error{File: file, Mistakes: mistakes(data, err, fieldsOf(reflect.TypeOf(v)))}
	}
	return nil
}

// mistakes returns what an error of the YAML library says. fields are those that each Go type has.
func mistakes(data []byte, err error, fields map[string][]string) (found []Mistake) {
	var all *yaml.LoadErrors
	if one := (*yaml.LoadError)(nil); errors.As(err, &one) && !errors.As(err, &all) {
		all = &yaml.LoadErrors{Errors: []*yaml.LoadError{one}}
	}
	if all == nil {
		return []Mistake{{1, 1, reason(err.Error(), fields)}}
	}
	for _, err := range all.Errors {
		line, column := place(data, err.Mark)
		words := reason(err.Message, fields)
		isAtEnd := err.Mark.Index >= len(bytes.TrimRight(data, " \r\n"))
		if isAtEnd && err.Message == noContent {
			words = "the file ends too early; is a ], a } or a value missing?"
		}
		found = append(found, Mistake{line, column, words})
	}
	return found
}

// place returns the line and the column of a mark. Marks of the library's reader have only bytes.
func place(data []byte, mark yaml.Mark) (line, column int) {
	if mark.Line > 0 {
		return mark.Line, mark.Column
	}
	before := data[:min(mark.Index, len(data))]
	line = bytes.Count(before, []byte("\n")) + 1
	column = utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return line, column
}

var (
	unknownField = regexp.MustCompile(`(?s)^field (.*) not found in type (.*)$`)
	wrongType    = regexp.MustCompile("^cannot construct !!([a-z]+)(?s: `.*`)? into (.*)$")
)

// noContent is the message of the YAML library for a value that is missing.
const noContent = "did not find expected node content"

// plainer has plainer words for messages of the YAML library.
var plainer = map[string]string{
	fmt.Sprintf("exceeded max depth of %d", MaxDepth): fmt.Sprintf("nested more than %d deep", MaxDepth),
	noContent: "a value is missing, or its quotes",
	"did not find expected alphabetic or numeric character": "text that begins with & or * must be in quotes",
	"found character that cannot start any token":           "text that begins with this character must be in quotes; only spaces indent",
	"mapping values are not allowed in this context":        `unexpected ":" (check the indentation, or put the text in quotes)`,
}

var kinds = map[string]string{
	"map": "a map", "seq": "a list", "str": "text", "int": "a number", "float": "a number", "bool": "a boolean", "null": "nothing",
}

// reason puts a message of the YAML library into words, without Go types and values of the file.
func reason(message string, fields map[string][]string) string {
	if m := unknownField.FindStringSubmatch(message); m != nil {
		return fmt.Sprintf("unknown field %q (%s)", m[1], meant.Want(m[1], fields[m[2]]...))
	}
	if m := wrongType.FindStringSubmatch(message); m != nil {
		want := cmp.Or(map[string]string{"string": "text", "bool": "true or false"}[m[2]], "a map")
		if strings.HasPrefix(m[2], "[]") {
			want = "a list, such as [a, b]"
		}
		return fmt.Sprintf("got %s, want %s", cmp.Or(kinds[m[1]], m[1]), want)
	}
	if strings.HasPrefix(message, "unknown anchor ") {
		return notAllowed
	}
	return cmp.Or(plainer[message], message)
}

// JSON returns a node as JSON. Fields keep their order. The error says that a key is not text.
func JSON(node *yaml.Node) (json.RawMessage, error) {
	brackets := map[yaml.Kind]string{yaml.MappingNode: "{}", yaml.SequenceNode: "[]"}[node.Kind]
	if brackets == "" {
		var value any
		if err := node.Load(&value); err != nil {
			return nil, err
		}
		return json.Marshal(value)
	}
	out := []byte(brackets[:1])
	for i, child := range node.Content {
		value, err := JSON(child)
		if err != nil {
			return nil, err
		}
		isKey := node.Kind == yaml.MappingNode && i%2 == 0
		if isKey && value[0] != '"' {
			return nil, errors.New("a key must be text")
		}
		if node.Kind == yaml.MappingNode && i%2 == 1 {
			out = append(out, ':')
		} else if i > 0 {
			out = append(out, ',')
		}
		out = append(out, value...)
	}
	return append(out, brackets[1]), nil
}
