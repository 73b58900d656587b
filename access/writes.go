package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// subject is what a write of an entry is about.
type subject struct {
	client  *Client
	op      string
	cluster uuid.UUID
	conditions

	entries []Entry // as observed last
	seen    bool    // the list has shown the entry that is changed
}

// observe lists the entries of the cluster.
func (s *subject) observe(ctx context.Context) error {
	entries, err := s.client.list(ctx, s.op, s.cluster)
	if err != nil {
		return err
	}
	s.entries = entries
	return nil
}

// observeEntry lists the entries of the cluster. If the list has never shown the entry with the UUID,
// observeEntry gets it: the list may be late, and guards must know what the entry grants.
func (s *subject) observeEntry(ctx context.Context, id uuid.UUID) error {
	if err := s.observe(ctx); err != nil {
		return err
	}
	s.seen = s.seen || s.byUUID(id).UUID != ""
	if s.seen {
		return nil
	}
	entry, err := read(ctx, s.client, s.op, func(ctx context.Context) (Entry, error) {
		return s.client.service.get(ctx, s.cluster, id)
	})
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	s.entries = append(s.entries, entry)
	return nil
}

// byUUID returns the entry with the UUID, by the last look. It is the zero Entry if there is none.
func (s *subject) byUUID(id uuid.UUID) Entry {
	i := slices.IndexFunc(s.entries, func(e Entry) bool { return sameUUID(e.UUID, id) })
	if i < 0 {
		return Entry{}
	}
	return s.entries[i]
}

// byPrincipal returns the first entry of the principal, by the last look.
func (s *subject) byPrincipal(principal NRN) (Entry, bool) {
	i := slices.IndexFunc(s.entries, func(e Entry) bool { return e.Principal == principal })
	if i < 0 {
		return Entry{}, false
	}
	return s.entries[i], true
}

// creation creates an entry. The list is the truth, before and after: no source says what the
// service returns for a second entry of the same principal.
type creation struct {
	subject
	entry  NewEntry
	ensure bool  // an entry that grants the same is fine
	found  Entry // of the principal
	exists bool
	sent   bool // an attempt may have created it
}

func (w *creation) form() form { return form{op: w.op, confirm: true, once: true} }

func (w *creation) observe(ctx context.Context) error {
	if err := w.subject.observe(ctx); err != nil {
		return err
	}
	w.found, w.exists = w.byPrincipal(w.entry.Principal)
	return nil
}

func (w *creation) done(sent bool) bool {
	same := w.exists && w.found.Same(w.entry.Grants)
	return same && (sent || w.ensure)
}

func (w *creation) allowed() error {
	if w.exists {
		return &ExistsError{w.found}
	}
	return w.check(w.entries, Change{After: Entry{Principal: w.entry.Principal, Grants: w.entry.Grants}})
}

func (w *creation) send(ctx context.Context) error {
	err := w.client.service.create(ctx, w.cluster, w.entry)
	if outcomeOf(err) != refused {
		w.sent = true
	}
	return err
}

// refused looks once more: a 400 or 409 may mean that somebody else has created the entry.
func (w *creation) refused(ctx context.Context, err error) error {
	if !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrBusy) {
		return err
	}
	lookErr := w.observe(ctx)
	if lookErr != nil || !w.exists {
		return err
	}
	if w.done(false) {
		return nil
	}
	return fmt.Errorf("%s: %w", w.op, &ExistsError{w.found})
}

// replacement replaces the grants of an entry.
type replacement struct {
	subject
	id     uuid.UUID                    // of the entry, if the caller has named it by UUID
	find   func([]Entry) (Entry, error) // the entry; an error if it must be in the list and is not
	wanted func(Grants) Grants          // what the entry shall grant, by what it grants
	change Change                       // by the last look
	sent   *Change                      // by the look before the last attempt; nil before the first
	doubts []Grants                     // what attempts in doubt would make it grant
}

// form has a change that takes an administrator confirmed: a list that shows changes late would count
// that administrator for the next change.
func (w *replacement) form() form {
	takesAdmin := w.change.Before.Administers() && !w.change.After.Administers()
	return form{op: w.op, confirm: takesAdmin}
}

func (w *replacement) observe(ctx context.Context) error {
	if err := w.look(ctx); err != nil {
		return err
	}
	before, err := w.find(w.entries)
	if err != nil {
		return err
	}
	after := before
	after.Grants = w.wanted(before.Grants.clone()) // the caller may change the lists in place
	if slices.ContainsFunc(before.Policies, Policy.hasUnknownFields) {
		after.Grants = after.Grants.inFormOf(before.Grants)
	}
	w.change = Change{before, after}
	return nil
}

func (w *replacement) look(ctx context.Context) error {
	if w.id != uuid.Nil {
		return w.observeEntry(ctx, w.id)
	}
	return w.subject.observe(ctx)
}

func (w *replacement) done(bool) bool {
	listed := w.change.Before.Principal != ""
	return listed && w.change.Before.Same(w.change.After.Grants)
}

func (w *replacement) allowed() error {
	if err := w.change.After.ValidateChange(w.change.Before.Grants); err != nil {
		return err
	}
	return w.check(w.entries, w.change)
}

func (w *replacement) send(ctx context.Context) error {
	if !IsUUID(w.change.After.UUID) { // other forms of a UUID would be another entry's, for all that is known
		return fmt.Errorf("the service lists the entry with %q in place of a UUID", clean(w.change.After.UUID))
	}
	id, err := uuid.Parse(w.change.After.UUID)
	if err != nil {
		return err
	}
	sent := w.change
	w.sent = &sent
	err = w.client.service.update(ctx, w.cluster, id, sent.After.Grants)
	if outcomeOf(err) == inDoubt {
		w.doubts = append(w.doubts, sent.After.Grants)
	}
	return err
}

// result returns the change that was sent. A look after it finds nothing left to change.
func (w *replacement) result() Change {
	if w.sent != nil {
		return *w.sent
	}
	return w.change
}

// errOvertaken is why the outcome is unknown although the service accepted an attempt.
var errOvertaken = errors.New("an earlier attempt may arrive yet, and undo what somebody else has changed meanwhile")

// overtaken returns an error if an attempt in doubt would make the entry grant something else than it
// grants now. That is so if somebody else changed the entry between two attempts.
func (w *replacement) overtaken() error {
	for _, grants := range w.doubts {
		if !grants.Same(w.change.After.Grants) {
			return &UnknownOutcomeError{Op: w.op, ReadErr: errOvertaken}
		}
	}
	return nil
}

func (w *replacement) refused(_ context.Context, err error) error { return err }

// deletion deletes an entry. It succeeds only if the entry is no longer in the list, because a
// response may come from a proxy.
type deletion struct {
	subject
	id uuid.UUID
}

func (w *deletion) form() form { return form{op: w.op, confirm: true} }

func (w *deletion) listed() bool { return w.byUUID(w.id).UUID != "" }

// done reports false before the first attempt: a list that does not show the entry may be late, and
// a 404 says it better.
func (w *deletion) done(sent bool) bool { return sent && !w.listed() }

func (w *deletion) allowed() error { return w.check(w.entries, Change{Before: w.byUUID(w.id)}) }

func (w *deletion) send(ctx context.Context) error {
	return w.client.service.remove(ctx, w.cluster, w.id)
}

// observe takes a 404 for the list only from the gateway or the service, which send a code. A proxy must
// not be read as "there is no such entry".
func (w *deletion) observe(ctx context.Context) error {
	err := w.observeEntry(ctx, w.id)
	var failed *Error
	if errors.Is(err, ErrNotFound) && errors.As(err, &failed) && failed.Code == "" {
		return &Error{Op: w.op, Err: fmt.Errorf("list access entries: %s", failed.Reason())}
	}
	return err
}

// refused believes a 404 only if the list agrees, or if there is no such cluster.
func (w *deletion) refused(ctx context.Context, err error) error {
	if !errors.Is(err, ErrNotFound) {
		return err
	}
	lookErr := w.observe(ctx)
	if errors.Is(lookErr, ErrNotFound) {
		return err
	}
	if lookErr == nil && !w.listed() {
		return err
	}
	return &Error{Op: w.op, Err: fmt.Errorf("%s, but the list of entries does not confirm it", reason(err))}
}

// enabling switches the auth type of a cluster to API.
type enabling struct {
	client  *Client
	op      string
	id      uuid.UUID
	cluster Cluster // as observed last
}

func (w *enabling) form() form { return form{op: w.op} }

func (w *enabling) observe(ctx context.Context) error {
	cluster, err := w.client.cluster(ctx, w.op, w.id)
	w.cluster = cluster
	return err
}

func (w *enabling) done(bool) bool { return w.cluster.AuthType == AuthTypeAPI }

func (w *enabling) allowed() error { return nil }

func (w *enabling) send(ctx context.Context) error { return w.client.service.enableEntries(ctx, w.id) }

func (w *enabling) refused(_ context.Context, err error) error { return err }

// findByUUID returns a function that finds the entry with the UUID. It returns an entry with only the
// UUID if the list does not show it: the list may be late, and the service knows.
func findByUUID(cluster, id uuid.UUID) func([]Entry) (Entry, error) {
	return func(entries []Entry) (Entry, error) {
		for _, entry := range entries {
			if sameUUID(entry.UUID, id) {
				return entry, nil
			}
		}
		return Entry{UUID: id.String(), ClusterUUID: cluster.String()}, nil
	}
}

// findListed returns a function that finds the entry with the UUID, or of the principal. It returns
// [ErrNotFound] if the list does not show it, and [ErrAmbiguous] if the principal has two entries.
func findListed(uuidOrNRN string) func([]Entry) (Entry, error) {
	principal := AnyNRN(uuidOrNRN)
	return func(entries []Entry) (Entry, error) {
		var found []Entry
		for _, entry := range entries {
			if entry.Principal == principal || strings.EqualFold(entry.UUID, uuidOrNRN) {
				found = append(found, entry)
			}
		}
		switch len(found) {
		case 0:
			return Entry{}, ErrNotFound
		case 1:
			return found[0], nil
		}
		ids := make([]string, len(found))
		for i, entry := range found {
			ids[i] = clean(entry.UUID)
		}
		return Entry{}, fmt.Errorf("%w: %s has the entries %s; use one of the UUIDs", ErrAmbiguous, principal, strings.Join(ids, ", "))
	}
}
