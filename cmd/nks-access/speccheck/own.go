package speccheck

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/nks-access/nks-access/gateway"
)

// entriesOfPrincipal lists the entries of the principal.
func (l *life) entriesOfPrincipal(ctx context.Context) ([]any, error) {
	x, err := l.read(ctx, "listAccessEntries", l.onCluster())
	if err != nil {
		return nil, err
	}
	all, err := entriesOf(x)
	if err != nil {
		return nil, fmt.Errorf("list the entries of cluster %s: %w", l.cluster.name, err)
	}
	isOthers := func(entry any) bool { return !strings.EqualFold(textOf(entry, "entry"), string(l.principal)) }
	return slices.DeleteFunc(slices.Clone(all), isOthers), nil
}

// entriesOf returns the list of a response. Null, and a list that is absent in an empty object, are
// empty lists. Any other response is an error, so that no page of a proxy is taken for an empty list.
func entriesOf(x *exchange) ([]any, error) {
	body, isObject := x.value.(map[string]any)
	value, isSent := body["accessEntries"]
	list, isList := value.([]any)
	isEmpty := isObject && value == nil && (isSent || len(body) == 0)
	if isList || isEmpty {
		return list, nil
	}
	return nil, gateway.Unexpected(&http.Response{StatusCode: x.status, Header: x.header}, nil)
}

// own lists the entries that the check made, and notes their UUIDs.
func (l *life) own(ctx context.Context) ([]any, error) {
	present, err := l.entriesOfPrincipal(ctx)
	if err != nil {
		return nil, err
	}
	var mine []any
	for _, entry := range present {
		id := textOf(entry, "uuid")
		if _, err := uuid.Parse(id); err != nil {
			continue
		}
		if slices.Contains(l.made, id) {
			mine = append(mine, entry)
			continue
		}
		if l.isNew(entry, len(present)) {
			l.unseen = false
			l.made = append(l.made, id)
			mine = append(mine, entry)
		}
	}
	return mine, nil
}

// isNew reports whether an entry of the principal is one that a create of this check made: it has the
// marker. If the service shows no groups and policies at all, it is one if the create was accepted and
// the principal has no other.
func (l *life) isNew(entry any, entriesOfPrincipal int) bool {
	hasGroups := len(listOf(entry, "groups")) > 0
	hasPolicies := len(listOf(entry, "policies")) > 0
	if !hasGroups && !hasPolicies {
		return l.unseen && l.accepted && len(l.made) == 0 && entriesOfPrincipal == 1
	}
	if slices.Contains(listOf(entry, "groups"), any(l.marker)) {
		return true
	}
	return slices.ContainsFunc(listOf(entry, "policies"), func(policy any) bool {
		return slices.Contains(listOf(policy, "namespaces"), any(l.marker))
	})
}
