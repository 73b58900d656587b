package speccheck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/gateway"
)

const (
	// removeLimit limits the removal of what the check made.
	removeLimit = 10 * time.Minute
	// lateLimit is how long the check looks for an entry whose create had no response.
	lateLimit = time.Minute
)

// LeftBehindError says that an entry of the check may still be on the cluster.
type LeftBehindError struct {
	Cluster   string // UUID
	Principal access.NRN
	Group     string   // that the entry had when it was made
	Entries   []string // UUIDs; empty if the create may arrive yet
	Err       error    // why it was not removed
}

func (e *LeftBehindError) Error() string {
	if len(e.Entries) == 0 {
		return fmt.Sprintf("a create of an entry for %s on cluster %s may have been accepted, "+
			"but the list does not show it: "+
			"look later for an entry with the group %s, and delete it", e.Principal, e.Cluster, e.Group)
	}
	return fmt.Sprintf("the check could not remove its entry %s on cluster %s, so delete it: %v",
		strings.Join(e.Entries, " and "), e.Cluster, e.Err)
}

// Unwrap returns why the entry was not removed.
func (e *LeftBehindError) Unwrap() error { return e.Err }

// removeAll removes what the check made, also after the end of ctx. It touches nothing else.
func (l *life) removeAll(ctx context.Context) error {
	if !l.unseen && len(l.made) == 0 {
		return nil
	}
	if ctx.Err() != nil {
		l.progress("Interrupted. Remove what the check made; a second Ctrl-C leaves it there.")
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeLimit)
	defer cancel()
	lookUntil := time.Now().Add(lateLimit)
	var last error
	err := l.gateway.Poll(ctx, func() (bool, error) {
		var shown int
		shown, last = l.removeMade(ctx)
		if isFinal(last) {
			return false, last
		}
		isLate := l.unseen && time.Now().Before(lookUntil)
		return last == nil && shown == 0 && !isLate, nil
	})
	if err == nil && !l.unseen {
		return nil
	}
	isGone := func(id string) bool { return slices.Contains(l.gone, id) }
	left := slices.DeleteFunc(slices.Clone(l.made), isGone)
	return &LeftBehindError{
		Cluster: l.cluster.uuid, Principal: l.principal, Group: l.marker, Entries: left, Err: cmp.Or(last, err),
	}
}

// removeMade deletes what the check made, and returns how many entries of it the list shows afterwards.
func (l *life) removeMade(ctx context.Context) (shown int, err error) {
	for _, id := range l.made {
		if slices.Contains(l.gone, id) {
			continue
		}
		x, err := l.send(ctx, "deleteAccessEntry", parameters{"uuid": l.cluster.uuid, "entryUuid": id}, nil)
		if err != nil && x.status != http.StatusNotFound {
			return 0, err
		}
		l.gone = append(l.gone, id)
	}
	entries, err := l.own(ctx)
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		isShown := func(id string) bool { return id == textOf(entry, "uuid") }
		l.gone = slices.DeleteFunc(l.gone, isShown) // delete it again
	}
	return len(entries), nil
}

// isFinal reports whether another attempt cannot help: the key may not do it, or there is no key.
func isFinal(err error) bool {
	var failed *gateway.Error
	if err == nil {
		return false
	}
	return !errors.As(err, &failed) || errors.Is(err, gateway.ErrForbidden) ||
		errors.Is(err, gateway.ErrUnauthenticated) ||
		errors.Is(err, gateway.ErrInvalid)
}

// cleanupWords says for the report what became of what the check made.
func (l *life) cleanupWords(err error) string {
	entries := "1 entry"
	if len(l.made) != 1 {
		entries = fmt.Sprintf("%d entries", len(l.made))
	}
	if err != nil {
		return fmt.Sprintf("The check made %s, and could not make sure that none is left.", entries)
	}
	return fmt.Sprintf("The check made %s. None is left.", entries)
}
