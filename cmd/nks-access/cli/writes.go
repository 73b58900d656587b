package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// writes is what the commands share that create, change or delete one entry.
type writes struct {
	connection
	output output
	yes    bool
	dryRun bool
}

// addFlags adds the flags of a command that writes. The result has one of the formats.
func (w *writes) addFlags(cmd *cobra.Command, formats ...string) {
	w.connection.addFlags(cmd, writeLimit)
	w.addClusterFlag(cmd)
	w.output.addFlag(cmd, formats...)
	cmd.Flags().DurationVar(&w.wait, "wait", 0, "wait up to `TIME` for a busy cluster, in addition to --timeout")
	cmd.Flags().BoolVar(&w.dryRun, "dry-run", false, "print the request instead of sending it; reads are still sent")
}

// addFlagsForEntry is addFlags for a command whose argument is an existing entry.
func (w *writes) addFlagsForEntry(cmd *cobra.Command, formats ...string) {
	w.addFlags(cmd, formats...)
	cmd.ValidArgsFunction = w.completeEntries
	cmd.Flags().BoolVarP(&w.yes, "yes", "y", false, "do not ask before removing access")
}

// readEntry reads --group and --policy, or --from-file.
func (w *writes) readEntry(ctx context.Context, flags *grantFlags) (entryFile, error) {
	if err := w.checkTimes(); err != nil {
		return entryFile{}, err
	}
	ctx, cancel := w.deadline(ctx)
	defer cancel()
	return flags.readEntry(ctx, w.stdin)
}

// confirm asks before access is removed. Without a terminal it requires --yes.
func (w *writes) confirm(ctx context.Context, question string) error {
	if w.yes || w.dryRun {
		return nil
	}
	if !w.questions.Possible() {
		return usagef("this removes access: use --yes to do it without confirmation")
	}
	return w.questions.Confirm(ctx, question)
}

// difference is what an entry loses and gains, line by line.
type difference struct{ kept, removed, added []string }

func diff(before, after desired.Grants) difference {
	var d difference
	old := before.Lines()
	wanted := after.Lines()
	for _, line := range old {
		if slices.Contains(wanted, line) {
			d.kept = append(d.kept, line)
		} else {
			d.removed = append(d.removed, line)
		}
	}
	for _, line := range wanted {
		if !slices.Contains(old, line) {
			d.added = append(d.added, line)
		}
	}
	return d
}

// show prints what an entry loses and gains if it grants after, and returns it.
func (w *writes) show(entry access.Entry, after desired.Grants) difference {
	before := desired.Grants{Groups: entry.Groups, Policies: entry.Policies}
	d := diff(before, after)
	if w.quiet {
		return d
	}
	w.say("%s on cluster %s:", term.Printable(entry.Principal), entry.ClusterUUID)
	lines := slices.Concat(d.kept, d.removed, d.added)
	if len(lines) == 0 {
		w.say("    %s", nothingGranted)
	}
	for _, line := range before.Lines() {
		if slices.Contains(d.removed, line) {
			fmt.Fprintln(w.stderr, term.Paint(w.stderr, term.Red, "  - "+term.Printable(line)))
		} else {
			w.say("    %s", term.Printable(line))
		}
	}
	for _, line := range d.added {
		fmt.Fprintln(w.stderr, term.Paint(w.stderr, term.Green, "  + "+term.Printable(line)))
	}
	return d
}

// sendFunc sends the requests of a command to a cluster, by its UUID. It returns the entry to print,
// or nil.
type sendFunc func(ctx context.Context, client *access.Client, cluster string) (*access.Entry, error)

// send calls f, and prints the entry that f returns. With --dry-run it prints the requests that f
// would have sent.
func (w *writes) send(ctx context.Context, f sendFunc) error {
	if w.dryRun {
		return w.sendNothing(ctx, f)
	}
	var entry *access.Entry
	err := w.onCluster(ctx, func(ctx context.Context, client *access.Client, cluster string) (err error) {
		entry, err = f(ctx, client, cluster)
		return err
	})
	if err != nil {
		return err
	}
	if entry == nil { // nothing was deleted
		return nil
	}
	return w.output.write(w.stdout, entry, entryTable(*entry))
}

// replace reads an entry, shows what change does to it, asks before access is removed, and sends
// the whole new state.
func (w *writes) replace(
	ctx context.Context, uuidOrNRN string, change func(access.Entry) (access.Entry, error),
) error {
	return w.send(ctx, func(readCtx context.Context, client *access.Client, cluster string) (*access.Entry, error) {
		before, err := client.Find(readCtx, cluster, uuidOrNRN)
		if err != nil {
			return nil, err
		}
		after, err := change(before)
		if err != nil {
			return nil, err
		}
		d := w.show(before, desired.Grants{Groups: after.Groups, Policies: after.Policies})
		if len(d.removed)+len(d.added) == 0 {
			w.say("Nothing to change.")
			return &before, nil
		}
		if len(d.removed) > 0 {
			question := fmt.Sprintf("Remove %s from %s?", term.PrintableSeries(d.removed), term.Printable(before.Principal))
			if err := w.confirm(ctx, question); err != nil {
				return nil, err
			}
		}
		writeCtx, cancel := w.deadline(ctx) // the time for the question does not count
		defer cancel()
		return &after, client.Apply(writeCtx, access.Change{Before: before, After: after})
	})
}

// sendNothing calls f with a client that keeps the requests of writes, and prints them.
func (w *writes) sendNothing(ctx context.Context, f sendFunc) error {
	unsent := &unsentRequests{reads: w.transport}
	err := w.onCluster(ctx, func(ctx context.Context, client *access.Client, cluster string) error {
		_, err := f(ctx, client, cluster)
		return err
	}, unsent.option(), once)
	if err != nil && !errors.Is(err, errDryRun) {
		return err
	}
	if w.output.isData() {
		return w.output.write(w.stdout, unsent.requests, term.Table{})
	}
	if len(unsent.requests) == 0 {
		w.say("Nothing would be sent.")
	}
	return unsent.write(w.stdout)
}
