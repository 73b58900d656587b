package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

type applyCommand struct {
	fleet
	output     output
	yes        bool
	switchAuth bool
	options    desired.Options
}

func newApply(a *app) command { return &applyCommand{fleet: newFleet(a)} }

func (c *applyCommand) words() *cobra.Command {
	return &cobra.Command{
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
}

func (c *applyCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, applyLimit)
	c.addFileFlag(cmd, desiredFileUsage)
	c.addShardFlag(cmd)
	flags := cmd.Flags()
	flags.BoolVarP(&c.yes, "yes", "y", false, "do not ask before the changes are made")
	flags.DurationVar(&c.wait, "wait", 10*time.Minute, "wait up to `TIME` for a busy cluster, in addition to --timeout")
	flags.IntVar(&c.options.MaxRemovals, "max-removals", 5,
		"stop before the first request if more than `N` entries would be removed")
	flags.BoolVar(&c.options.AllowNoAdmin, "allow-no-admin", false, "let a cluster lose its last cluster-wide administrator")
	flags.BoolVar(&c.options.AllowProtected, "allow-protected", false, "let protected principals lose access")
	flags.BoolVar(&c.switchAuth, "switch-auth-type", false,
		"switch CONFIG_MAP clusters to API, which cannot be undone; asks for the name of each")
	c.output.addFlag(cmd, "table", "json")
}

func (c *applyCommand) run(ctx context.Context, args []string) error {
	if c.options.MaxRemovals < 0 {
		return usagef("--max-removals must not be negative")
	}
	isSaved := len(args) == 1
	planned, err := c.makeOrReadPlan(ctx, args)
	if err != nil {
		return err
	}
	if err := c.showPlan(planned.Plan); err != nil {
		return err
	}
	if planned.Summary.Changes() == 0 {
		return c.reportNothing(planned.Plan)
	}
	if planned.removals > c.options.MaxRemovals {
		return &advised{fmt.Errorf("%w: %d, and at most %d may be; nothing was changed. "+
			"Look at the plan, and give --max-removals %d if it is right",
			desired.ErrRemovals, planned.removals, c.options.MaxRemovals, planned.removals)}
	}
	if err := c.confirm(ctx); err != nil {
		return err
	}
	if err := c.confirmSwitches(ctx, planned.Plan); err != nil {
		return err
	}
	report, err := c.apply(ctx, planned.Plan)
	if err != nil {
		return err
	}
	return c.reportResult(report, isSaved)
}

// plannedRemovals is a plan, with the number of removals over all clusters of the file.
type plannedRemovals struct {
	*desired.Plan
	removals int // more than those of the plan if it is about a shard
}

func (c *applyCommand) makeOrReadPlan(ctx context.Context, args []string) (plannedRemovals, error) {
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	if len(args) == 1 {
		plan, err := c.readPlan(ctx, args[0])
		if err != nil {
			return plannedRemovals{}, err
		}
		return plannedRemovals{plan, plan.Summary.Remove}, nil
	}
	file, err := c.loadFile(ctx)
	if err != nil {
		return plannedRemovals{}, err
	}
	shard, err := c.shardOf(file)
	if err != nil {
		return plannedRemovals{}, err
	}
	plan := shard.Plan(c.read(ctx, shard.Clusters))
	removals := plan.Summary.Remove
	if c.shard != "" && removals > 0 {
		fullPlan := file.Plan(c.read(ctx, file.Clusters))
		removals = max(removals, fullPlan.Summary.Remove)
	}
	return plannedRemovals{plan, removals}, nil
}

// maxPlanBytes is enough for some 500,000 entries.
const maxPlanBytes = 256 << 20

// readPlan reads a saved plan.
func (c *applyCommand) readPlan(ctx context.Context, path string) (*desired.Plan, error) {
	if len(c.files) > 0 || c.shard != "" {
		return nil, usagef("a saved plan takes neither --file nor --shard")
	}
	name, data, err := term.ReadFile(ctx, path, c.stdin, maxPlanBytes)
	if err != nil {
		return nil, err
	}
	plan, err := desired.ParsePlan(data)
	if err != nil {
		return nil, usagef("%s: %v; an access.yaml is given with --file", name, err)
	}
	return plan, nil
}

// showPlan prints the plan: on stderr if stdout is for the report alone.
func (c *applyCommand) showPlan(plan *desired.Plan) error {
	if c.output.isData() {
		return writePlanText(c.stderr, plan)
	}
	return writePlanText(c.stdout, plan)
}

// reportNothing ends a run without changes.
func (c *applyCommand) reportNothing(plan *desired.Plan) error {
	if c.output.isData() {
		nothing := desired.Report{Clusters: []desired.ClusterReport{}}
		if err := term.WriteJSON(c.stdout, nothing); err != nil {
			return err
		}
	}
	return failedPlan(plan)
}

// confirm asks before anything is changed. Without a terminal it requires --yes.
func (c *applyCommand) confirm(ctx context.Context) error {
	if c.yes {
		return nil
	}
	if !c.questions.Possible() {
		return usagef("this changes access: give --yes to do it without being asked")
	}
	return c.questions.Confirm(ctx, "Make these changes?")
}

// confirmSwitches asks for the name of each cluster whose auth type is switched.
func (c *applyCommand) confirmSwitches(ctx context.Context, plan *desired.Plan) error {
	if !c.switchAuth {
		return nil
	}
	// Every cluster that this lets through is asked for below.
	c.options.SwitchAuthType = func(desired.ClusterPlan) bool { return true }
	for i := range plan.Clusters {
		cluster := &plan.Clusters[i]
		if !cluster.NeedsSwitch() || len(cluster.Guards(c.options)) > 0 {
			continue
		}
		prompt := fmt.Sprintf("The auth type of cluster %s is switched to API. "+
			"This cannot be undone, and the users of its ConfigMap lose access.\n"+
			"Type the name of the cluster to switch it: ", term.Printable(cluster.Cluster))
		answer, err := c.questions.Ask(ctx, prompt)
		if err != nil {
			return err
		}
		if answer != cluster.Cluster {
			return term.ErrDeclined
		}
	}
	return nil
}

// apply makes the changes. After a first Ctrl-C it finishes the requests under way, and a second one
// ends the program.
func (c *applyCommand) apply(ctx context.Context, plan *desired.Plan) (*desired.Report, error) {
	applyCtx, cancel := c.deadline(ctx)
	defer cancel()
	progress := newApplyProgress(c.stderr, c.quiet, plan)
	defer progress.end()
	c.options.OnEvent = progress.event
	c.options.Parallel = c.parallel
	c.options.Wait = c.wait
	said := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(said)
		signal.Reset(os.Interrupt, syscall.SIGTERM) // the next Ctrl-C ends the program
		progress.interrupted()
	})
	report, err := desired.Apply(applyCtx, plan, c.clientOf, c.options)
	if wasInterrupted := !stop(); wasInterrupted {
		<-said
	}
	return report, err
}

// reportResult prints what became of the plan, and how to go on.
func (c *applyCommand) reportResult(report *desired.Report, isSaved bool) error {
	if err := c.printReport(report); err != nil {
		return err
	}
	err := report.Err()
	if err == nil {
		return nil
	}
	for i := range report.Clusters {
		if cluster := &report.Clusters[i]; cluster.Err() != nil {
			c.explainFailure(cluster)
		}
	}
	again := "Apply again to make the changes that are left."
	if isSaved {
		again = "Make a new plan to see what is left, and apply it."
	}
	fmt.Fprintln(c.stderr, again)
	verb := "are"
	if report.Left == 1 {
		verb = "is"
	}
	result := fmt.Sprintf("%s failed, and %s %s left",
		term.Plural(report.Failed, "cluster"), term.Plural(report.Left, "change"), verb)
	return &advised{&summed{result, err}}
}

func (c *applyCommand) printReport(report *desired.Report) error {
	if c.output.isData() {
		return term.WriteJSON(c.stdout, report)
	}
	_, err := fmt.Fprintf(c.stdout, "%s made, %d left, on %s.\n",
		term.Plural(report.Done, "change"), report.Left, term.Plural(len(report.Clusters), "cluster"))
	return err
}

// explainFailure says why changes of a cluster are left, and which flag lifts a guard.
func (c *applyCommand) explainFailure(cluster *desired.ClusterReport) {
	err := cluster.Err()
	reason := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		reason = "the time is up; give a longer --timeout or --wait: " + reason
	}
	if errors.Is(err, context.Canceled) {
		reason = "interrupted"
	}
	fmt.Fprintf(c.stderr, "%s: %s left: %s\n",
		term.Printable(cluster.Cluster), term.Plural(len(cluster.Left), "change"), term.PrintableLine(reason))
	if flag := guardFlag(err); flag != "" {
		fmt.Fprintf(c.stderr, "  If this is what you want, give %s.\n", flag)
	}
}
