package desired

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nks-access/nks-access/access"
)

// errAlready says that a look shows what the step wants. It is not a failure.
var errAlready = errors.New("already as the plan says")

// makeStep makes one step. It sends nothing itself: each write carries its conditions to package
// access, which checks them on a look before every attempt. A request in progress is completed even
// if ctx ends.
func (c *clusterRun) makeStep(ctx context.Context, step *Step) error {
	finish := context.WithoutCancel(ctx)
	switch step.Action {
	case Add:
		return c.add(finish, step)
	case Update:
		return c.update(finish, step)
	}
	return c.remove(finish, step)
}

// add creates an entry. One that grants the same is fine.
func (c *clusterRun) add(ctx context.Context, step *Step) error {
	_, _, err := c.client.Ensure(ctx, c.plan.UUID, step.newEntry(), c.conditions(c.notEmptied)...)
	var exists *access.ExistsError
	if errors.As(err, &exists) {
		planned := access.Entry{Principal: step.Principal}
		return &access.ConflictError{Before: planned, Now: exists.Existing}
	}
	if errors.Is(err, access.ErrNotFound) && c.isListed(ctx) {
		return &RefusedError{*step, err} // the principal is not found, not the cluster
	}
	return err
}

// isListed reports whether the entries of the cluster can be listed.
func (c *clusterRun) isListed(ctx context.Context) bool {
	_, err := c.client.List(ctx, c.plan.UUID)
	return err == nil
}

// update changes an entry, and then removes the duplicates of a repair.
func (c *clusterRun) update(ctx context.Context, step *Step) error {
	unchanged := func(look access.Look) error { return step.unchanged(look) }
	err := c.client.Update(ctx, c.plan.UUID, step.Entry, step.After, c.conditions(c.notEmptied, unchanged)...)
	if errors.Is(err, access.ErrNotFound) {
		return step.conflict(nil)
	}
	if err != nil && !errors.Is(err, errAlready) {
		return err
	}
	for _, duplicate := range step.Duplicates {
		covered := func(look access.Look) error { return step.covered(look, duplicate) }
		if err := c.delete(ctx, duplicate, c.notEmptied, covered); err != nil {
			return fmt.Errorf("remove the duplicate entry %s: %w", duplicate, err)
		}
	}
	return nil
}

// remove removes all entries of a principal.
func (c *clusterRun) remove(ctx context.Context, step *Step) error {
	for _, id := range append(slices.Clone(step.Duplicates), step.Entry) {
		planned := func(look access.Look) error { return step.planned(look, id) }
		if err := c.delete(ctx, id, c.notEmptied, planned); err != nil {
			return err
		}
	}
	return nil
}

// delete deletes an entry. One that is gone is fine.
func (c *clusterRun) delete(ctx context.Context, id string, conditions ...access.Condition) error {
	err := c.client.Delete(ctx, c.plan.UUID, id, c.conditions(conditions...)...)
	if errors.Is(err, errAlready) || errors.Is(err, access.ErrNotFound) {
		return nil
	}
	return err
}

// conditions returns the options of a write. The guard of the last administrator is lifted only if the
// plan itself ends without one.
func (c *clusterRun) conditions(conditions ...access.Condition) []access.WriteOption {
	var options []access.WriteOption
	if c.options.AllowNoAdmin && c.plan.Admins.After == 0 {
		options = append(options, access.AllowNoAdmin())
	}
	for _, condition := range conditions {
		options = append(options, access.If(condition))
	}
	return options
}

// notEmptied refuses a list that is empty although the plan was made with entries.
func (c *clusterRun) notEmptied(look access.Look) error {
	if len(look.Entries) == 0 && c.plan.Entries > 0 {
		return fmt.Errorf("%w (%d)", ErrEmptyList, c.plan.Entries)
	}
	return nil
}

// entriesOf returns the entries of the principal.
func (s *Step) entriesOf(look access.Look) []access.Entry {
	var entries []access.Entry
	for _, entry := range look.Entries {
		if entry.Principal == s.Principal {
			entries = append(entries, entry)
		}
	}
	return entries
}

// unchanged checks that the principal has the entries of the plan, and that they grant together what
// they granted.
func (s *Step) unchanged(look access.Look) error {
	entries := s.entriesOf(look)
	isOne := len(entries) == 1 && len(s.Duplicates) == 0
	if isOne && entries[0].Same(s.After) {
		return errAlready // somebody else changed it in the same way
	}
	areAll := s.owns(entries) && len(entries) == len(s.entryIDs())
	if !areAll {
		return s.conflict(entries)
	}
	if !together(entries).Same(s.Before) {
		return s.conflict(entries)
	}
	return nil
}

// planned checks that the entry grants nothing that the plan did not know, and that the principal has
// no entry that the plan did not know.
func (s *Step) planned(look access.Look, id string) error {
	entries := s.entriesOf(look)
	if len(entries) == 0 {
		return errAlready // somebody else removed it
	}
	if !s.owns(entries) {
		return s.conflict(entries)
	}
	isFirst := len(entries) == len(s.entryIDs())
	if isFirst && !together(entries).Same(s.Before) {
		return s.conflict(entries)
	}
	if len(together(entries).Beyond(s.Before)) > 0 {
		return s.conflict(entries)
	}
	_, found := withID(entries, id)
	if !found {
		return errAlready // somebody else removed it
	}
	return nil
}

// covered checks that the entry that a repair keeps is as the file says, before the duplicate goes, and
// that the duplicate grants nothing that the plan did not know.
func (s *Step) covered(look access.Look, duplicate string) error {
	entries := s.entriesOf(look)
	if !s.owns(entries) {
		return s.conflict(entries)
	}
	kept, found := withID(entries, s.Entry)
	if !found || !kept.Same(s.After) {
		return s.conflict(entries)
	}
	extra, found := withID(entries, duplicate)
	if !found {
		return errAlready // somebody else removed it
	}
	if len(extra.Beyond(s.Before)) > 0 {
		return s.conflict(entries)
	}
	return nil
}

// owns reports whether the step knows all of the entries.
func (s *Step) owns(entries []access.Entry) bool {
	ids := s.entryIDs()
	for _, entry := range entries {
		if !slices.Contains(ids, sameID(entry.UUID)) {
			return false
		}
	}
	return true
}

func withID(entries []access.Entry, id string) (access.Entry, bool) {
	for _, entry := range entries {
		if sameID(entry.UUID) == sameID(id) {
			return entry, true
		}
	}
	return access.Entry{}, false
}

// together returns what entries of one principal grant.
func together(entries []access.Entry) access.Grants {
	var all access.Grants
	for _, entry := range entries {
		all = all.With(entry.Grants)
	}
	return all
}

// conflict returns the error of an entry that is not as the plan was made with.
func (s *Step) conflict(entries []access.Entry) error {
	planned := access.Entry{UUID: s.Entry, Principal: s.Principal, Grants: s.Before}
	if len(entries) == 0 {
		return &access.ConflictError{Before: planned}
	}
	now := entries[0]
	now.Grants = together(entries)
	return &access.ConflictError{Before: planned, Now: now}
}
