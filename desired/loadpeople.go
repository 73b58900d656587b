package desired

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/access"
)

// nameKeys are the keys of a name. The mapping has one of them.
var nameKeys = []string{string(KindUser), string(KindRole), string(KindGroup)}

// isName reports whether a mapping is meant to be a name.
func isName(node *yaml.Node) bool {
	if node.Kind != yaml.MappingNode {
		return false
	}
	for entry := range slices.Chunk(node.Content, 2) {
		if slices.Contains(nameKeys, entry[0].Value) {
			return true
		}
	}
	return false
}

// readName reads {user: LOGIN_ID}, {role: NAME} or {group: NAME}.
func (l *loader) readName(node *yaml.Node, what string) []Name {
	fields := l.fields(node, what, nameKeys...)
	if fields == nil {
		return nil
	}
	if hasMore(node, fields) {
		return nil // the unknown key is the mistake
	}
	if len(fields) != 1 {
		l.report(l.at(node), "%s must have one of %s", what, strings.Join(nameKeys, ", "))
		return nil
	}
	for _, key := range nameKeys {
		if fields[key] == nil {
			continue
		}
		text, ok := l.name(fields[key], key)
		if !ok {
			return nil
		}
		if problem := access.NameProblem(text.text); problem != "" {
			l.report(text.at, "the name of a %s %s", key, problem)
			return nil
		}
		return []Name{{Kind(key), text.text, text.at}}
	}
	return nil
}

// nameHint says how a login ID is written, if text may be one.
func nameHint(text string) string {
	if !strings.Contains(text, "@") {
		return "or "
	}
	return fmt.Sprintf("{user: %s}, or ", text)
}
