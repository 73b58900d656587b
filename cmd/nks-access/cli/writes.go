package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// writes is what the commands share that create, change or delete one entry.
type writes struct {
	connection
	output       output
	yes          bool
	dryRun       bool
	allowNoAdmin bool // only of commands that can take access
}

// addFlags adds the flags of a command that writes. The result has one of the formats.
func (w *writes) addFlags(cmd *cobra.Command, formats ...string) {
	w.connection.addFlags(cmd, writeLimit)
	w.addClusterFlag(cmd)
	w.output.addFlag(cmd, formats...)
	flags := cmd.Flags()
	flags.DurationVar(&w.wait, "wait", 0, "wait up to `TIME` for a busy cluster, in addition to --timeout")
	flags.BoolVar(&w.dryRun, "dry-run", false, "print the request instead of sending it; reads are still sent")
	flags.BoolVarP(&w.yes, "yes", "y", false, "do not ask for confirmation")
}

// addFlagsForEntry is addFlags for a command whose argument is an existing entry.
func (w *writes) addFlagsForEntry(cmd *cobra.Command, formats ...string) {
	w.addFlags(cmd, formats...)
	w.addNamesFlag(cmd)
	cmd.ValidArgsFunction = w.completeEntries
}

// addGuardFlag adds the flag of a command that can take access.
func (w *writes) addGuardFlag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&w.allowNoAdmin, "allow-no-admin", false,
		"let the cluster lose its last cluster-wide administrator")
}

// options returns the options of a write.
func (w *writes) options(more ...access.WriteOption) []access.WriteOption {
	if w.allowNoAdmin {
		more = append(more, access.AllowNoAdmin())
	}
	return more
}

// readGrants reads --group and --policy, or --from-file.
func (w *writes) readGrants(ctx context.Context, flags *grantFlags) (givenEntry, error) {
	if err := w.checkTimes(); err != nil {
		return givenEntry{}, err
	}
	ctx, cancel := w.readDeadline(ctx)
	defer cancel()
	return flags.read(ctx, w.stdin)
}

// show prints what an entry keeps, loses and gains.
func (w *writes) show(cluster clusterRef, change access.Change) {
	if w.quiet {
		return
	}
	loses := change.Loses()
	gains := change.Gains()
	w.say("%s on cluster %s:", w.called.principalOf(change), cluster)
	if change.Before.Empty() && change.After.Empty() {
		w.say("    %s", nothingGranted)
	}
	for _, line := range change.Before.Lines() {
		if slices.Contains(loses, line) {
			fmt.Fprintln(w.stderr, term.Paint(w.stderr, term.Red, "  - "+term.Printable(line)))
		} else {
			w.say("    %s", term.Printable(line))
		}
	}
	for _, line := range gains {
		fmt.Fprintln(w.stderr, term.Paint(w.stderr, term.Green, "  + "+term.Printable(line)))
	}
}

// writeFunc sends the requests of a command to a cluster, and returns the entry to print, or nil. ctx
// is for reads: the time for a question does not count, so a write has a context of its own.
type writeFunc func(ctx context.Context, on site) (*access.Entry, error)

// send calls f, and prints the entry that f returns. With --dry-run it prints the requests that f
// would have sent.
func (w *writes) send(ctx context.Context, f writeFunc) error {
	if w.dryRun {
		return w.sendNothing(ctx, f)
	}
	var entry *access.Entry
	err := w.onCluster(ctx, func(ctx context.Context, on site) (err error) {
		entry, err = f(ctx, on)
		return err
	})
	if err != nil || entry == nil { // nil if nothing was deleted
		return err
	}
	return w.output.write(w.stdout, entry, w.output.entries(nil, *entry))
}

// review shows a change of an entry, and asks for what needs a confirmation. It reports whether there
// is anything to change. ctx is for the question, readCtx for reads.
func (w *writes) review(ctx, readCtx context.Context, on site, change access.Change) (proceed bool, err error) {
	w.show(on.cluster, change)
	if change.Before.Same(change.After.Grants) {
		return false, nil
	}
	return true, w.approve(ctx, readCtx, on, change)
}

// replaceGrants gives an entry other grants, after a review. It returns the entry as it is then. It
// fails if somebody else has changed the entry since it was read.
func (w *writes) replaceGrants(
	ctx, readCtx context.Context, on site, entry access.Entry, grants access.Grants,
) (*access.Entry, error) {
	proceed, err := w.review(ctx, readCtx, on, regrant(entry, grants))
	if err != nil {
		return nil, err
	}
	if !proceed {
		w.sayUnchanged()
		return &entry, nil
	}
	writeCtx, cancel := w.deadline(ctx)
	defer cancel()
	err = on.client.Update(writeCtx, on.cluster.uuid, entry.UUID, grants, w.options(access.IfSame(entry))...)
	entry.Grants = grants
	return &entry, err
}

// regrant returns the change that gives an entry other grants.
func regrant(entry access.Entry, grants access.Grants) access.Change {
	after := entry
	after.Grants = grants
	return access.Change{Before: entry, After: after}
}

// sayUnchanged says that an entry is already as it shall be.
func (w *writes) sayUnchanged() { w.say("Nothing to change.") }
