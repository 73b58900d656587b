package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/nks-access/nks-access/internal/yamlfile"
)

// reader reads the values of one YAML document and collects all mistakes in it.
type reader struct {
	file     string
	mistakes []Mistake
}

// located is a text and its place.
type located struct {
	text string
	at   position
}

// pair is a key of a mapping and its value.
type pair struct {
	key   located
	value ast.Node
}

// wrong adds a mistake that the JSON Schema finds, too.
func (r *reader) wrong(at position, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{at.file, at.line, at.column, fmt.Sprintf(format, args...), true})
}

// unfit adds a mistake that the JSON Schema cannot find.
func (r *reader) unfit(at position, format string, args ...any) {
	r.mistakes = append(r.mistakes, Mistake{at.file, at.line, at.column, fmt.Sprintf(format, args...), false})
}

// document parses data, which must hold one YAML document. It returns nil after a mistake.
func (r *reader) document(data []byte) ast.Node {
	start := position{r.file, 1, 1}
	data, err := yamlfile.Text(data)
	if unreadable := (*yamlfile.Error)(nil); errors.As(err, &unreadable) {
		r.unfit(position{r.file, unreadable.Line, unreadable.Column}, "%s", unreadable.Reason)
		return nil
	}
	if len(strings.TrimSpace(string(data))) == 0 {
		r.wrong(start, "the file is empty (want version: %d and the clusters)", Version)
		return nil
	}
	// A few lines of anchors and aliases can stand for gigabytes.
	for _, t := range lexer.Tokenize(string(data)) {
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType, token.TagType:
			r.unfit(position{r.file, t.Position.Line, t.Position.Column}, "anchors, aliases and tags are not allowed; put text that begins with &, * or ! in quotes")
			return nil
		}
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		at, message := start, err.Error()
		if syntax := (yaml.Error)(nil); errors.As(err, &syntax) {
			message = syntax.GetMessage()
			if t := syntax.GetToken(); t != nil {
				at = position{r.file, t.Position.Line, t.Position.Column}
			}
		}
		r.wrong(at, "%s", message)
		return nil
	}
	var documents []ast.Node
	for _, document := range file.Docs {
		if document.Body != nil {
			documents = append(documents, document.Body)
		}
	}
	switch len(documents) {
	case 0:
		r.wrong(start, "the file is empty (want version: %d and the clusters)", Version)
		return nil
	case 1:
		return documents[0]
	}
	r.unfit(r.at(documents[1]), "a second document (want one in each file)")
	return nil
}

// at is the place of a node. A block mapping begins at its first key.
func (r *reader) at(node ast.Node) position {
	if mapping, ok := node.(*ast.MappingNode); ok && !mapping.IsFlowStyle && len(mapping.Values) > 0 {
		node = mapping.Values[0].Key
	}
	if value, ok := node.(*ast.MappingValueNode); ok {
		node = value.Key
	}
	t := node.GetToken()
	if t == nil || t.Position == nil {
		return position{r.file, 1, 1}
	}
	return position{r.file, t.Position.Line, t.Position.Column}
}

// mapping returns the pairs of a mapping whose keys are free, such as names.
func (r *reader) mapping(node ast.Node, what string) ([]pair, bool) {
	var values []*ast.MappingValueNode
	switch node := node.(type) {
	case *ast.MappingNode:
		values = node.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{node}
	default:
		r.wrong(r.at(node), "%s must be a mapping, not %s", what, kind(node))
		return nil, false
	}
	pairs := make([]pair, 0, len(values))
	seen := map[string]position{}
	for _, value := range values {
		name, ok := value.Key.(*ast.StringNode)
		if !ok {
			r.unfit(r.at(value.Key), "a key of %s must be text; put it in quotes", what)
			continue
		}
		key := located{name.Value, r.at(value.Key)}
		if first, twice := seen[key.text]; twice {
			r.unfit(key.at, "%q is there twice, first at line %d", key.text, first.line)
			continue
		}
		seen[key.text] = key.at
		pairs = append(pairs, pair{key, value.Value})
	}
	return pairs, true
}

// fields returns the values of a mapping with these keys alone.
func (r *reader) fields(node ast.Node, what string, keys ...string) (map[string]ast.Node, bool) {
	pairs, ok := r.mapping(node, what)
	if !ok {
		return nil, false
	}
	fields := map[string]ast.Node{}
	for _, p := range pairs {
		if !slices.Contains(keys, p.key.text) {
			r.wrong(p.key.at, "unknown key %q in %s (want %s)", p.key.text, what, strings.Join(keys, ", "))
			continue
		}
		fields[p.key.text] = p.value
	}
	return fields, true
}

// text returns the text of a scalar.
func (r *reader) text(node ast.Node, what string) (located, bool) {
	at := r.at(node)
	switch node := node.(type) {
	case *ast.StringNode:
		return located{node.Value, at}, true
	case *ast.LiteralNode:
		return located{node.Value.Value, at}, true
	case *ast.NullNode, *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode:
		r.wrong(at, "%s must be text, not %s", what, kind(node))
	default:
		r.wrong(at, "%s must be text, not %s; put it in quotes", what, kind(node))
	}
	return located{}, false
}

// items returns the nodes of a list.
func (r *reader) items(node ast.Node, what string) ([]ast.Node, bool) {
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		r.wrong(r.at(node), "%s must be a list, not %s", what, kind(node))
		return nil, false
	}
	return list.Values, true
}

// oneOrMore returns the texts of a list that must not be empty, or of a single text.
func (r *reader) oneOrMore(node ast.Node, what string) []located {
	if _, ok := node.(*ast.SequenceNode); !ok {
		text, ok := r.text(node, what)
		if !ok {
			return nil
		}
		return []located{text}
	}
	texts := r.texts(node, what)
	if list := node.(*ast.SequenceNode); len(list.Values) == 0 {
		r.wrong(r.at(node), "%s must not be an empty list", what)
	}
	return texts
}

// texts returns the texts of a list.
func (r *reader) texts(node ast.Node, what string) []located {
	items, ok := r.items(node, what)
	if !ok {
		return nil
	}
	var texts []located
	for _, item := range items {
		text, ok := r.text(item, "each of "+what)
		switch {
		case !ok:
		case text.text == "":
			r.wrong(text.at, "each of %s must not be empty", what)
		default:
			texts = append(texts, text)
		}
	}
	return texts
}

// boolean returns true or false.
func (r *reader) boolean(node ast.Node, what string) bool {
	value, ok := node.(*ast.BoolNode)
	if !ok {
		r.wrong(r.at(node), "%s must be true or false", what)
		return false
	}
	return value.Value
}

func kind(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	case *ast.BoolNode:
		return "a boolean"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	}
	return "text"
}
