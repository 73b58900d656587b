package cli

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

const (
	// deleteParallel is how many clusters are read and changed at a time.
	deleteParallel = 16
	// deleteWait is how long a deletion waits for a cluster that an earlier one made busy.
	deleteWait = 10 * time.Minute
)

// fleetOf returns a fleet with the flags of a command about one cluster.
func (w *writes) fleetOf() *fleet {
	f := newFleet(w.app)
	f.connection = w.connection
	f.parallel = deleteParallel
	return &f
}

// fileToDelete is regionFile for deletions. They are made in all regions, or in none.
func (f *fleet) fileToDelete(ctx context.Context, names []string) (*desired.File, error) {
	file, err := f.regionFile(ctx, names)
	if as[*access.Error](err) && f.allRegions {
		f.say("Nothing was deleted, because not all regions could be read. " +
			"To delete in one region, use --region in place of --all-regions.")
	}
	return file, err
}

// deletePlanned shows a plan of deletions, asks, and makes them.
func (w *writes) deletePlanned(ctx context.Context, f *fleet, plan *desired.Plan, maxRemovals int) error {
	plan.Unmentioned = nil // there is no file that could mention clusters
	if err := writePlanText(w.stderr, plan, byDelete, defaultWindow); err != nil {
		return err
	}
	failed := failedPlan(plan)
	if w.dryRun {
		return cmp.Or(w.writeResult(plan), failed)
	}
	if plan.Summary.Steps() == 0 {
		return cmp.Or(w.writeResult(nothingApplied()), failed)
	}
	options := desired.Options{MaxRemovals: maxRemovals, AllowNoAdmin: w.allowNoAdmin}
	if err := byDelete.guardRemovals(plan, options); err != nil {
		return err
	}
	if err := w.confirm(ctx, fmt.Sprintf("Delete %s?", term.PluralEntries(plan.Summary.Remove))); err != nil {
		return err
	}
	f.wait = max(w.wait, deleteWait)
	report, err := f.applyPlan(ctx, plan, options)
	if err != nil {
		return err
	}
	w.say("%s deleted, %d left.", term.PluralEntries(report.Done), report.Left)
	if err := w.writeResult(report); err != nil {
		return err
	}
	if err := explainReport(w.stderr, report, byDelete.flagsAfter(report, plan), byDelete.again); err != nil {
		return err
	}
	return failed
}

// writeResult writes a plan or a report for programs. People have read it on stderr.
func (w *writes) writeResult(result any) error {
	if !w.output.isData() {
		return nil
	}
	return w.output.writeData(w.stdout, result)
}
