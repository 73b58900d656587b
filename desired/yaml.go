package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

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
	value *yaml.Node
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
func (r *reader) document(data []byte) *yaml.Node {
	root, err := yamlfile.Parse(r.file, data)
	if invalid := (*yamlfile.Error)(nil); errors.As(err, &invalid) {
		for _, m := range invalid.Mistakes {
			r.unfit(position{r.file, m.Line, m.Column}, "%s", m.Reason)
		}
		return nil
	}
	if root == nil {
		r.wrong(position{r.file, 1, 1}, "the file is empty (want version: %d and the clusters)", Version)
	}
	return root
}

func (r *reader) at(node *yaml.Node) position { return position{r.file, node.Line, node.Column} }

// mapping returns the pairs of a mapping whose keys are free, such as names. It returns nil after a
// mistake.
func (r *reader) mapping(node *yaml.Node, what string) []pair {
	if node.Kind != yaml.MappingNode {
		r.wrong(r.at(node), "%s must be a mapping, not %s", what, kind(node))
		return nil
	}
	pairs := make([]pair, 0, len(node.Content)/2)
	for entry := range slices.Chunk(node.Content, 2) {
		key := located{entry[0].Value, r.at(entry[0])}
		if entry[0].ShortTag() != "!!str" {
			r.unfit(key.at, "a key of %s must be text; put it in quotes", what)
			continue
		}
		pairs = append(pairs, pair{key, entry[1]})
	}
	return pairs
}

// fields returns the values of a mapping with these keys alone, or nil after a mistake.
func (r *reader) fields(node *yaml.Node, what string, keys ...string) map[string]*yaml.Node {
	pairs := r.mapping(node, what)
	if pairs == nil {
		return nil
	}
	fields := map[string]*yaml.Node{}
	for _, p := range pairs {
		if !slices.Contains(keys, p.key.text) {
			r.wrong(p.key.at, "unknown key %q in %s (want %s)", p.key.text, what, strings.Join(keys, ", "))
			continue
		}
		fields[p.key.text] = p.value
	}
	return fields
}

// text returns the text of a scalar.
func (r *reader) text(node *yaml.Node, what string) (located, bool) {
	if node.ShortTag() == "!!str" {
		return located{node.Value, r.at(node)}, true
	}
	advice := ""
	if node.Kind == yaml.ScalarNode && node.ShortTag() != "!!null" {
		advice = "; put it in quotes"
	}
	r.wrong(r.at(node), "%s must be text, not %s%s", what, kind(node), advice)
	return located{}, false
}

// field returns the text of a field, if it is there.
func (r *reader) field(fields map[string]*yaml.Node, key string) (located, bool) {
	if fields[key] == nil {
		return located{}, false
	}
	return r.text(fields[key], key)
}

// items returns the nodes of a list, or nil after a mistake.
func (r *reader) items(node *yaml.Node, what string) []*yaml.Node {
	if node.Kind != yaml.SequenceNode {
		r.wrong(r.at(node), "%s must be a list, not %s", what, kind(node))
		return nil
	}
	return node.Content
}

// oneOrMore returns the texts of a list that must not be empty, or of a single text.
func (r *reader) oneOrMore(node *yaml.Node, what string) []located {
	if node.Kind != yaml.SequenceNode {
		text, ok := r.text(node, what)
		if !ok {
			return nil
		}
		return []located{text}
	}
	texts := r.texts(node, what)
	if len(node.Content) == 0 {
		r.wrong(r.at(node), "%s must not be an empty list", what)
	}
	return texts
}

// texts returns the texts of a list.
func (r *reader) texts(node *yaml.Node, what string) (texts []located) {
	for _, item := range r.items(node, what) {
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
func (r *reader) boolean(node *yaml.Node, what string) bool {
	if node.ShortTag() != "!!bool" {
		r.wrong(r.at(node), "%s must be true or false", what)
		return false
	}
	return strings.EqualFold(node.Value, "true")
}

func kind(node *yaml.Node) string {
	switch node.ShortTag() {
	case "!!map":
		return "a mapping"
	case "!!seq":
		return "a list"
	case "!!null":
		return "nothing"
	case "!!bool":
		return "a boolean"
	case "!!int", "!!float":
		return "a number"
	}
	return "text"
}
