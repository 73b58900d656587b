package desired

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/internal/meant"
	"github.com/nks-access/nks-access/internal/yamlfile"
)

// reader reads the values of one YAML document and collects all mistakes in it.
type reader struct {
	file     string
	mistakes []Mistake
	more     int // mistakes that are not kept
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

// report adds a mistake.
func (r *reader) report(at position, format string, args ...any) {
	if len(r.mistakes) == maxMistakes {
		r.more++
		return
	}
	r.mistakes = append(r.mistakes, at.mistake(format, args...))
}

// add adds a mistake that somebody else has found.
func (r *reader) add(mistake Mistake) {
	if len(r.mistakes) == maxMistakes {
		r.more++
		return
	}
	r.mistakes = append(r.mistakes, mistake)
}

// mostGuesses is how many mistakes get a hint at the word that was meant. Each hint compares a word with
// all names of the file.
const mostGuesses = 20

// advice returns which known word was meant, or "want " and what would be right.
func (r *reader) advice(word, right string, known ...string) string {
	hint := ""
	if len(r.mistakes) < mostGuesses {
		hint = meant.Hint(word, known...)
	}
	return cmp.Or(hint, "want "+right)
}

// document parses data, which must hold one YAML document. It returns nil after a mistake.
func (r *reader) document(data []byte) *yaml.Node {
	root, err := yamlfile.Parse(r.file, data)
	var invalid *yamlfile.Error
	if errors.As(err, &invalid) {
		for _, m := range invalid.Mistakes {
			r.report(position{r.file, m.Line, m.Column}, "%s", m.Reason)
		}
		r.more += invalid.More
		return nil
	}
	if err != nil {
		r.report(position{file: r.file}, "%s", err)
		return nil
	}
	if root == nil {
		r.report(position{r.file, 1, 1}, "the file is empty (want version: %d and the clusters)", FileVersion)
	}
	return root
}

func (r *reader) at(node *yaml.Node) position { return position{r.file, node.Line, node.Column} }

// mapping returns the pairs of a mapping whose keys are free, such as names. It returns nil after a
// mistake.
func (r *reader) mapping(node *yaml.Node, what string) []pair {
	if node.Kind != yaml.MappingNode {
		r.report(r.at(node), "%s must be a mapping, not %s", what, kindOf(node))
		return nil
	}
	pairs := make([]pair, 0, len(node.Content)/2)
	for entry := range slices.Chunk(node.Content, 2) {
		keyNode := entry[0]
		value := entry[1]
		key := located{keyNode.Value, r.at(keyNode)}
		if keyNode.ShortTag() != "!!str" {
			r.report(key.at, "a key of %s must be text; put it in quotes", what)
			continue
		}
		pairs = append(pairs, pair{key, value})
	}
	return pairs
}

// fields returns the values of a mapping that may have these keys only, or nil after a mistake.
func (r *reader) fields(node *yaml.Node, what string, keys ...string) map[string]*yaml.Node {
	pairs := r.mapping(node, what)
	if pairs == nil {
		return nil
	}
	values := map[string]*yaml.Node{}
	for _, p := range pairs {
		if !slices.Contains(keys, p.key.text) {
			advice := r.advice(p.key.text, strings.Join(keys, ", "), keys...)
			r.report(p.key.at, "unknown key %q in %s (%s)", p.key.text, what, advice)
			continue
		}
		values[p.key.text] = p.value
	}
	return values
}

// hasMore reports whether a mapping has keys that fields did not return, and so reported.
func hasMore(mapping *yaml.Node, fields map[string]*yaml.Node) bool {
	return len(mapping.Content) > 2*len(fields)
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
	r.report(r.at(node), "%s must be text, not %s%s", what, kindOf(node), advice)
	return located{}, false
}

// field returns the text of a field, if the mapping has it.
func (r *reader) field(fields map[string]*yaml.Node, key string) (located, bool) {
	if fields[key] == nil {
		return located{}, false
	}
	return r.text(fields[key], key)
}

// items returns the nodes of a list, or nil after a mistake.
func (r *reader) items(node *yaml.Node, what string) []*yaml.Node {
	if node.Kind != yaml.SequenceNode {
		r.report(r.at(node), "%s must be a list, not %s", what, kindOf(node))
		return nil
	}
	return node.Content
}

// oneOrMore returns the items of a list that must not be empty, or a single value as the only item.
func (r *reader) oneOrMore(node *yaml.Node, what string) []*yaml.Node {
	if node.Kind != yaml.SequenceNode {
		return []*yaml.Node{node}
	}
	if len(node.Content) == 0 {
		r.report(r.at(node), "%s must not be an empty list", what)
	}
	return node.Content
}

// names returns the texts of a list that must not be empty, or a single text.
func (r *reader) names(node *yaml.Node, what string) []located {
	var texts []located
	for _, item := range r.oneOrMore(node, what) {
		name, ok := r.name(item, "each of "+what)
		if ok {
			texts = append(texts, name)
		}
	}
	return texts
}

// name returns a text that must not be empty.
func (r *reader) name(node *yaml.Node, what string) (located, bool) {
	text, ok := r.text(node, what)
	if ok && text.text == "" {
		r.report(text.at, "%s must not be empty", what)
		return located{}, false
	}
	return text, ok
}

// boolean returns true or false.
func (r *reader) boolean(node *yaml.Node, what string) bool {
	if node.ShortTag() != "!!bool" {
		r.report(r.at(node), "%s must be true or false", what)
		return false
	}
	return strings.EqualFold(node.Value, "true")
}

// kindOf returns what a node is, in words.
func kindOf(node *yaml.Node) string {
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
