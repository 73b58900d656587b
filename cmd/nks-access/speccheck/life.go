package speccheck

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/gateway"
)

const (
	busyLimit    = 10 * time.Minute // how long a change waits for a busy cluster
	appearLimit  = time.Minute      // how long a new entry may be missing in the list
	secondTries  = 5                // of the second create, while the cluster is busy
	markerPrefix = "nks-access-spec-check-"
)

// life is the life of one entry on a cluster.
//
// The entry belongs to a group and a namespace whose name is made up for this check, the marker. So it
// lets nobody in anywhere, and it can be told from an entry that somebody else makes for the same
// principal meanwhile. Once the entry has been seen, it goes by its UUID.
type life struct {
	*caller
	cluster   cluster
	principal access.NRN
	progress  func(string)

	marker   string
	accepted bool     // the service accepted a create
	unseen   bool     // a create may have made an entry that has not been seen yet
	made     []string // UUIDs of the entries that the check made, the first one first
	gone     []string // those of them whose delete was confirmed
}

// live checks the options against the cluster, asks, and lets an entry live. It reports whether the
// life began.
func (c *check) live(ctx context.Context, on cluster) (began bool, err error) {
	l := &life{caller: c.caller, cluster: on, principal: c.options.Life.Principal, progress: c.options.Progress}
	if on.authType != "API" {
		return false, inputErrorf("cluster %s has the authType %q; entries need API", on.name, on.authType)
	}
	present, err := l.entriesOfPrincipal(ctx)
	if err != nil {
		return false, err
	}
	if len(present) > 0 {
		return false, inputErrorf("%s has an entry on cluster %s; the check needs a principal without one",
			l.principal, on.name)
	}
	if err := c.options.Life.Confirm(ctx, on.name); err != nil {
		return false, err
	}
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	l.marker = markerPrefix + hex.EncodeToString(random)
	err = l.run(ctx)
	if err != nil {
		c.skip("the rest of the life of an entry, which was interrupted or failed")
	}
	leftBehind := l.removeAll(ctx)
	c.report.Cleanup = l.cleanupWords(leftBehind)
	return true, errors.Join(leftBehind, err)
}

// run lets the entry live. Its error says why it ended early.
func (l *life) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		l.create, l.createAgain, l.get, l.leaveOutGroups, l.leaveOutPolicies, l.clear, l.remove, l.getRemoved, l.removeAgain,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (l *life) create(ctx context.Context) error {
	l.progress("Create an entry for " + string(l.principal) + ".")
	x, err := l.change(ctx, "createAccessEntry", l.onCluster(), l.entry(), wasRefused)
	if err := l.noteCreate(x, err); err != nil {
		return err
	}
	if err == nil {
		l.noteBusy(ctx)
	}
	looks := 0
	inTime, err := l.pollFor(ctx, appearLimit, func() (bool, error) {
		looks++
		_, err := l.own(ctx)
		return !l.unseen, err
	})
	if err != nil {
		return fmt.Errorf("find the new entry of %s on cluster %s: %w", l.principal, l.cluster.name, err)
	}
	if !inTime {
		return fmt.Errorf("cluster %s does not show the new entry of %s after %s", l.cluster.name, l.principal, appearLimit)
	}
	when := "after some time"
	if looks == 1 {
		when = "at once"
	}
	l.seen.note(topicConsistent, "%s", when)
	return nil
}

// noteCreate notes that an entry may have been made. It returns the error of a create that was not sent
// or was refused.
func (l *life) noteCreate(x *exchange, err error) error {
	if err == nil {
		l.accepted = true
		l.unseen = true
		return nil
	}
	var failed *gateway.Error
	isAboutCreate := x.sent && errors.As(err, &failed)
	if !isAboutCreate || !failed.MayHaveArrived() {
		return err
	}
	l.unseen = true
	return nil
}

// createAgain creates the same entry again. A 409 of a busy cluster is not the answer.
func (l *life) createAgain(ctx context.Context) error {
	l.progress("Create the same entry again.")
	for range secondTries {
		if err := l.waitReady(ctx); err != nil {
			return err
		}
		x, err := l.send(ctx, "createAccessEntry", l.onCluster(), l.entry())
		if x.status == http.StatusConflict && !l.isReady(ctx) {
			continue
		}
		refused := l.noteCreate(x, err)
		if refused != nil && x.status == 0 {
			return refused
		}
		return l.noteSecond(ctx, x)
	}
	return nil
}

// noteSecond notes what became of the second create. A second entry may appear late.
func (l *life) noteSecond(ctx context.Context, x *exchange) error {
	var entries []any
	_, err := l.pollFor(ctx, appearLimit, func() (bool, error) {
		var err error
		entries, err = l.own(ctx)
		return !l.unseen, err
	})
	if err != nil {
		return err
	}
	if x.isSuccess() {
		l.unseen = false // the list does not change any more
	}
	isFault := x.status == 0 || x.status == http.StatusTooManyRequests || x.status >= http.StatusInternalServerError
	if !isFault {
		l.seen.note(topicSecond, "the status %d; the principal has %d afterwards", x.status, len(entries))
	}
	return nil
}

// pollFor calls look until it reports done, or fails, or the limit has passed.
func (l *life) pollFor(
	ctx context.Context, limit time.Duration, look func() (done bool, err error),
) (inTime bool, err error) {
	end := time.Now().Add(limit)
	err = l.gateway.Poll(ctx, func() (bool, error) {
		var err error
		inTime, err = look()
		return inTime || !time.Now().Before(end), err
	})
	return inTime, err
}

func (l *life) get(ctx context.Context) error {
	l.progress("Get the entry.")
	x, err := l.read(ctx, "getAccessEntry", l.onEntry())
	if x.status == 0 {
		return err
	}
	return nil
}

func (l *life) leaveOutGroups(ctx context.Context) error {
	return l.update(ctx, "without groups", map[string]any{"policies": l.policies()}, func(entry map[string]any) {
		l.noteLeftOut(entry, "groups")
	})
}

func (l *life) leaveOutPolicies(ctx context.Context) error {
	return l.update(ctx, "without policies", map[string]any{"groups": l.groups()}, func(entry map[string]any) {
		l.noteLeftOut(entry, "policies")
	})
}

func (l *life) noteLeftOut(entry map[string]any, field string) {
	became := "kept"
	if emptiness(entry, field) != "" {
		became = "cleared"
	}
	l.seen.note(topicLeftOut, "%s: %s", field, became)
}

func (l *life) clear(ctx context.Context) error {
	empty := map[string]any{"groups": []string{}, "policies": []any{}}
	return l.update(ctx, "with empty lists", empty, func(entry map[string]any) {
		for _, field := range []string{"groups", "policies"} {
			became := "cleared"
			if emptiness(entry, field) == "" {
				became = "not cleared"
			}
			l.seen.note(topicCleared, "%s: %s", field, became)
		}
	})
}

// update updates the entry, reads it, and calls note with what was read. That the service does not take
// such a body is an answer, too.
func (l *life) update(ctx context.Context, how string, body map[string]any, note func(entry map[string]any)) error {
	l.progress("Update the entry " + how + ".")
	x, err := l.change(ctx, "updateAccessEntry", l.onEntry(), body, anyFailure)
	if x.status == http.StatusBadRequest || x.status == http.StatusUnprocessableEntity {
		l.seen.note(topicLeftOut, "an update %s is refused with %d", how, x.status)
		return nil
	}
	if err != nil {
		return err
	}
	got, err := l.read(ctx, "getAccessEntry", l.onEntry())
	if err != nil {
		return err
	}
	result, _ := got.value.(map[string]any)
	if entry, isObject := result["accessEntry"].(map[string]any); isObject {
		note(entry)
	}
	return nil
}

func (l *life) remove(ctx context.Context) error {
	l.progress("Delete the entry.")
	x, err := l.change(ctx, "deleteAccessEntry", l.onEntry(), nil, anyFailure)
	isGone := x.status == http.StatusNotFound // after a delete whose response was lost
	if err != nil && !isGone {
		return err
	}
	l.gone = append(l.gone, l.made[0])
	return nil
}

func (l *life) getRemoved(ctx context.Context) error {
	l.progress("Get the deleted entry, and delete it again.")
	x, err := l.read(ctx, "getAccessEntry", l.onEntry())
	if x.status == 0 {
		return err
	}
	l.seen.note(topicMissing, "getAccessEntry after a delete: %d", x.status)
	return nil
}

func (l *life) removeAgain(ctx context.Context) error {
	x, err := l.change(ctx, "deleteAccessEntry", l.onEntry(), nil, anyFailure)
	if x.status == 0 {
		return err
	}
	l.seen.note(topicMissing, "deleteAccessEntry after a delete: %d", x.status)
	return nil
}

func (l *life) onCluster() parameters { return parameters{"uuid": l.cluster.uuid} }

// onEntry returns the parameters of the entry. Steps after create call it, so there is one.
func (l *life) onEntry() parameters {
	return parameters{"uuid": l.cluster.uuid, "entryUuid": l.made[0]}
}

func (l *life) groups() []string { return []string{l.marker} }

func (l *life) policies() []map[string]any {
	return []map[string]any{{"type": "NKSViewPolicy", "scope": "namespace", "namespaces": []string{l.marker}}}
}

// entry is the body of a create.
func (l *life) entry() map[string]any {
	return map[string]any{
		"type": l.principal.Type(), "entry": l.principal, "groups": l.groups(), "policies": l.policies(),
	}
}
