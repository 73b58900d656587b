package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// deleteSeveral deletes entries of a cluster, one after the other. It finds all of them first, and
// asks once. If one cannot be deleted, it goes on with the others.
func (w *writes) deleteSeveral(ctx context.Context, words []string, ignoreNotFound bool) error {
	w.wait = max(w.wait, deleteWait) // a deletion keeps the cluster busy for a while
	var deleted []access.Entry
	run := func(readCtx context.Context, on site) error {
		entries, err := w.findSeveral(readCtx, on, words, ignoreNotFound)
		if err != nil || len(entries) == 0 {
			return err
		}
		if err := w.approveSeveral(ctx, readCtx, on, entries); err != nil {
			return err
		}
		deleted, err = w.deleteEach(ctx, on, entries)
		return err
	}
	if w.dryRun {
		return w.sendNothing(ctx, func(readCtx context.Context, on site) (*access.Entry, error) {
			return nil, run(readCtx, on)
		})
	}
	err := w.onCluster(ctx, run)
	if len(deleted) == 0 {
		return err
	}
	return errors.Join(w.output.write(w.stdout, deleted, w.output.entries(nil, deleted...)), err)
}

// findSeveral finds entries, each once. The error names all that are not there.
func (w *writes) findSeveral(
	ctx context.Context, on site, words []string, ignoreNotFound bool,
) ([]access.Entry, error) {
	var found []access.Entry
	var missing []string
	var failed []error
	for _, word := range words {
		entry, err := on.find(ctx, word)
		if errors.Is(err, access.ErrNotFound) {
			missing = append(missing, word)
			failed = append(failed, err)
			continue
		}
		if err != nil {
			return nil, err
		}
		isSame := func(other access.Entry) bool { return other.UUID == entry.UUID }
		if !slices.ContainsFunc(found, isSame) {
			found = append(found, entry)
		}
	}
	if len(missing) == 0 || !ignoreNotFound {
		return found, errors.Join(failed...)
	}
	if _, err := on.list(ctx); err != nil { // the cluster or the base URL may be wrong
		return nil, err
	}
	for _, word := range missing {
		w.say("There is no entry %s on cluster %s.", word, on.cluster)
	}
	return found, nil
}

// approveSeveral shows the entries and asks. It refuses to take the last administrator, unless
// --allow-no-admin is given.
func (w *writes) approveSeveral(ctx, readCtx context.Context, on site, entries []access.Entry) error {
	for _, entry := range entries {
		w.show(on.cluster, access.Change{Before: entry})
	}
	question := fmt.Sprintf("Delete %s on cluster %s?", term.PluralEntries(len(entries)), on.cluster)
	if slices.ContainsFunc(entries, access.Entry.Administers) {
		all, err := on.list(readCtx)
		if err != nil {
			return err
		}
		err = guardAdmins(all, entries)
		if err != nil && !w.allowNoAdmin {
			return fmt.Errorf("cluster %s: %w", on.cluster, err)
		}
		if err != nil {
			question = fmt.Sprintf("Cluster %s would have no administrator. %s", on.cluster, question)
		}
	}
	if w.dryRun {
		return nil
	}
	return w.confirm(ctx, question)
}

// guardAdmins returns the error of [access.GuardAdmin] if nobody administers the cluster once the
// entries are deleted.
func guardAdmins(all, deleted []access.Entry) error {
	left := slices.Clone(all)
	for _, entry := range deleted {
		if err := access.GuardAdmin(left, access.Change{Before: entry}); err != nil {
			return err
		}
		left = slices.DeleteFunc(left, func(other access.Entry) bool { return other.UUID == entry.UUID })
	}
	return nil
}

// deleteEach deletes the entries, and returns those that it deleted.
func (w *writes) deleteEach(ctx context.Context, on site, entries []access.Entry) ([]access.Entry, error) {
	var deleted []access.Entry
	var failed []error
	for _, entry := range entries {
		if ctx.Err() != nil {
			failed = append(failed, ctx.Err())
			break
		}
		if err := w.deleteOne(ctx, on, entry); err != nil {
			failed = append(failed, err)
			continue
		}
		deleted = append(deleted, entry)
	}
	return deleted, errors.Join(failed...)
}

func (w *writes) deleteOne(ctx context.Context, on site, entry access.Entry) error {
	ctx, cancel := w.deadline(ctx)
	defer cancel()
	if err := on.client.Delete(ctx, on.cluster.uuid, entry.UUID, w.options()...); err != nil {
		return err
	}
	w.say("Deleted entry %s on cluster %s.", entry.UUID, on.cluster)
	return nil
}
