package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/nks-access/nks-access/desired"
)

// applyPlan makes the changes of a plan, and shows the progress. After a first Ctrl-C it finishes the
// requests under way, and a second one ends the program.
func (f *fleet) applyPlan(
	ctx context.Context, plan *desired.Plan, options desired.Options,
) (*desired.Report, error) {
	applyCtx, cancel := f.deadline(ctx)
	defer cancel()
	progress := newApplyProgress(f.stderr, f.quiet, plan)
	defer progress.end()
	options.OnEvent = progress.event
	options.Now = clock
	options.Parallel = f.parallel
	options.Wait = f.wait
	said := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(said)
		signal.Reset(os.Interrupt, syscall.SIGTERM) // the next Ctrl-C ends the program
		progress.interrupted()
	})
	report, err := desired.Apply(applyCtx, plan, f.clientOf, options)
	if wasInterrupted := !stop(); wasInterrupted {
		<-said
	}
	return report, err
}
