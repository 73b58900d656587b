package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

// applying is a run of apply.
type applying struct {
	*fleet
	yes        bool
	saved      bool // the plan was saved in an earlier run
	switchAuth bool
	input      *bufio.Reader // of answers
	options    desired.Options
	format     string
	removals   int // over all clusters of the file
}

func (a *app) newApply() *cobra.Command {
	x := &applying{}
	cmd := &cobra.Command{
		Use:   "apply [PLAN]",
		Short: "Change the entries of clusters to match a file",
		Long: `Show the plan for access.yaml, ask, and make the changes. Or apply a plan that "plan --out" saved: it changes only
clusters that have not changed since.

It makes one change at a time on each cluster: administrators first, then additions, changes that add access, changes
that take access away, and removals last. Before each change it reads the entry again, and stops if somebody else has
changed it. If a cluster fails, the others continue. Ctrl-C finishes the requests under way and starts no more. A second
Ctrl-C ends the program at once. Run apply again to make the remaining changes.

Guards: a cluster never loses its last cluster-wide NKSClusterAdminPolicy (--allow-no-admin). Principals under "protect"
never lose access (--allow-protected). With more than 5 removals over all clusters, nothing is changed
(--max-removals).`,
		Example: `  nks-access apply
  nks-access apply --yes --max-removals 0   # where nobody can be asked
  nks-access plan --out plan.json && nks-access apply plan.json`,
		Args: arguments(0, 1),
	}
	x.fleet = a.fleet(cmd)
	x.filesFlag(cmd, "`FILE` or folder that says who may enter which clusters (repeatable; default: access.yaml)")
	x.shardFlag(cmd)
	flags := cmd.Flags()
	flags.BoolVarP(&x.yes, "yes", "y", false, "do not ask before the changes are made")
	flags.DurationVar(&x.wait, "wait", 10*time.Minute, "wait up to `TIME` for a cluster that is busy")
	flags.IntVar(&x.options.MaxRemovals, "max-removals", 5,
		"stop before the first request if more than `N` entries would be removed")
	flags.BoolVar(&x.options.AllowNoAdmin, "allow-no-admin", false, "let a cluster lose its last cluster-wide administrator")
	flags.BoolVar(&x.options.AllowProtected, "allow-protected", false, "let protected principals lose access")
	flags.BoolVar(&x.switchAuth, "switch-auth-type", false,
		"switch CONFIG_MAP clusters to API, which cannot be undone; asks for the name of each")
	out := newOutput(cmd, "table", "json")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		x.format, x.input = out.format, bufio.NewReader(a.stdin)
		return x.run(cmd.Context(), args)
	}
	return cmd
}

func (x *applying) run(ctx context.Context, args []string) error {
	if x.options.MaxRemovals < 0 {
		return usagef("--max-removals must not be negative")
	}
	plan, err := x.plan(ctx, args)
	if err != nil {
		return err
	}
	x.options.Parallel, x.options.Wait = x.parallel, x.wait
	shown := x.stdout
	if x.format == "json" {
		shown = x.stderr
	}
	if err := writePlan(shown, plan); err != nil {
		return err
	}
	planned := failedPlan(plan)
	if plan.Summary.Changes() == 0 {
		if x.format == "json" {
			_ = (&output{"json"}).encode(x.stdout, desired.Report{Clusters: []desired.ClusterReport{}})
		}
		return planned
	}
	if x.removals > x.options.MaxRemovals {
		return &advised{fmt.Errorf("%w: %d, and at most %d may be; nothing was changed. "+
			"Look at the plan, and give --max-removals %d if it is right",
			desired.ErrRemovals, x.removals, x.options.MaxRemovals, x.removals)}
	}
	if err := x.confirm(ctx, plan); err != nil {
		return err
	}
	applyCtx, cancel := x.deadline(ctx)
	defer cancel()
	progress := newProgress(x.stderr, x.quiet, plan)
	x.options.OnEvent = progress.event
	said := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(said)
		signal.Reset(os.Interrupt, syscall.SIGTERM) // the next Ctrl-C ends the program
		progress.interrupted()
	})
	report, err := desired.Apply(applyCtx, plan, x.clients, x.options)
	if !stop() {
		<-said
	}
	progress.end()
	if err != nil {
		return err
	}
	return x.result(report)
}

// plan makes the plan, or reads the saved one.
func (x *applying) plan(ctx context.Context, args []string) (*desired.Plan, error) {
	if len(args) == 1 {
		if len(x.files) > 0 || x.shard != "" {
			return nil, usagef("a saved plan takes neither --file nor --shard")
		}
		name, data, err := x.readFile(ctx, args[0], maxPlanBytes)
		if err != nil {
			return nil, err
		}
		plan, err := desired.ParsePlan(data)
		if err != nil {
			return nil, usagef("%s: %v; an access.yaml is given with --file", name, err)
		}
		x.saved, x.removals = true, plan.Summary.Remove
		return plan, nil
	}
	file, err := x.load()
	if err != nil {
		return nil, err
	}
	share, err := x.share(file)
	if err != nil {
		return nil, err
	}
	ctx, cancel := x.deadline(ctx)
	defer cancel()
	plan := share.Plan(x.read(ctx, share.Clusters))
	x.removals = plan.Summary.Remove
	if x.shard != "" && x.removals > 0 {
		x.removals = max(x.removals, file.Plan(x.read(ctx, file.Clusters)).Summary.Remove)
	}
	return plan, nil
}

// maxPlanBytes is enough for some 500,000 entries.
const maxPlanBytes = 256 << 20

// confirm asks before anything is changed, and for the name of each cluster whose auth type is
// switched.
func (x *applying) confirm(ctx context.Context, plan *desired.Plan) error {
	if !x.yes {
		if !isTerminal(x.stdin) {
			return usagef("this changes access: give --yes to do it without being asked")
		}
		if err := x.ask(ctx, x.input, "Make these changes?"); err != nil {
			return err
		}
	}
	if !x.switchAuth {
		return nil
	}
	// Every cluster that this lets through is asked for below.
	x.options.SwitchAuthType = func(desired.ClusterPlan) bool { return true }
	for i := range plan.Clusters {
		c := &plan.Clusters[i]
		if !c.NeedsSwitch() || len(c.Guards(x.options)) > 0 {
			continue
		}
		fmt.Fprintf(x.stderr, "The auth type of cluster %s is switched to API. "+
			"This cannot be undone, and the users of its ConfigMap lose access.\n"+
			"Type the name of the cluster to switch it: ", printable(c.Cluster))
		answer, err := x.answer(ctx, x.input)
		if err != nil {
			return err
		}
		if answer != c.Cluster {
			return errDeclined
		}
	}
	return nil
}

// result prints what became of the plan, and how to go on.
func (x *applying) result(report *desired.Report) error {
	if x.format == "json" {
		if err := (&output{"json"}).encode(x.stdout, report); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(x.stdout, "%s made, %d left, on %s.\n",
			plural(report.Done, "change"), report.Left, plural(len(report.Clusters), "cluster"))
	}
	err := report.Err()
	if err == nil {
		return nil
	}
	for _, c := range report.Clusters {
		if c.Err() == nil {
			continue
		}
		fmt.Fprintf(x.stderr, "%s: %s left: %s\n",
			printable(c.Cluster), plural(len(c.Left), "change"), printableLines(reason(c.Err())))
		if flag := override(c.Err()); flag != "" {
			fmt.Fprintf(x.stderr, "  If this is what you want, give %s.\n", flag)
		}
	}
	again := "Apply again to make the changes that are left."
	if x.saved {
		again = "Make a new plan to see what is left, and apply it."
	}
	fmt.Fprintln(x.stderr, again)
	result := fmt.Sprintf("%s failed, and %s left", plural(report.Failed, "cluster"), are(report.Left))
	return &advised{&summed{result, err}}
}

// reason says why changes are left.
func reason(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "interrupted"
	case errors.Is(err, context.DeadlineExceeded):
		return "the time is up; give a longer --timeout or --wait: " + err.Error()
	}
	return err.Error()
}

// override names the flag that lifts the guard of an error.
func override(err error) string {
	switch {
	case errors.Is(err, desired.ErrNoAdmin):
		return "--allow-no-admin"
	case errors.Is(err, desired.ErrProtected):
		return "--allow-protected"
	case errors.Is(err, desired.ErrAuthType):
		return "--switch-auth-type"
	}
	return ""
}

func are(changes int) string {
	if changes == 1 {
		return "1 change is"
	}
	return fmt.Sprintf("%d changes are", changes)
}
