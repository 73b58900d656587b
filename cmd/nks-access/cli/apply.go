package cli

import (
	"cmp"
	"context"
	"fmt"
	"os"
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
	dryRun     bool
	options    desired.Options
	saveTo     string
}

func newApply(a *app) command { return &applyCommand{fleet: newFleet(a)} }

func (c *applyCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "apply [PLAN]",
		Short: "Change the entries of clusters to match a file",
		Long: `Show the plan for access.yaml, ask, and make the changes. Or apply a plan that "plan --out" saved: it changes
only clusters that have not changed since.

It makes one change at a time on each cluster: administrators first, then additions, changes that add access, changes
that take access away, and removals last. Before each change it reads the entry again, and leaves it alone if somebody
else has changed it. If a change or a cluster fails, the others continue. Ctrl-C finishes the requests under way and
starts no more. A second Ctrl-C ends the program at once. Run apply again to make the remaining changes.

Guards: a cluster keeps its last cluster-wide NKSClusterAdminPolicy (--allow-no-admin). Principals under "protect" keep
their access (--allow-protected). If more than 5 principals would lose access over all clusters, because their entries
are removed, emptied or narrowed, nothing is changed (--max-removals). With --cluster, guards count on these clusters.

--switch-auth-type asks for the name of each cluster that is switched. Without a terminal it reads the names from stdin,
each on a line, in the order of the plan.`,
		Example: `  nks-access apply
  nks-access apply --out applied.json       # to take it back: nks-access plan --undo applied.json
  nks-access apply --cluster 'staging-*' && nks-access apply --cluster 'prod-*'
  nks-access apply --yes --max-removals 0   # where nobody can be asked
  nks-access plan --out plan.json && nks-access apply plan.json`,
		Args: arguments(0, 1),
	}
}

func (c *applyCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, applyLimit)
	c.addPlanFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVarP(&c.yes, "yes", "y", false, "do not ask before the changes are made")
	flags.DurationVar(&c.wait, "wait", 10*time.Minute, "wait up to `TIME` for a busy cluster, in addition to --timeout")
	flags.IntVar(&c.options.MaxRemovals, "max-removals", defaultMaxRemovals,
		"stop before the first request if more than `N` principals would lose access")
	flags.BoolVar(&c.options.AllowNoAdmin, "allow-no-admin", false,
		"let a cluster lose its last cluster-wide administrator")
	flags.BoolVar(&c.options.AllowProtected, "allow-protected", false, "let protected principals lose access")
	flags.BoolVar(&c.switchAuth, "switch-auth-type", false,
		"switch CONFIG_MAP clusters to API, which cannot be undone; asks for the name of each")
	flags.BoolVar(&c.dryRun, "dry-run", false, "")
	_ = flags.MarkHidden("dry-run") // for those who know it of other programs
	flags.StringVar(&c.saveTo, "out", "", "save the plan to `FILE` before the first change, for plan --undo FILE")
	c.output.addFlag(cmd, "table", "json", "yaml")
}

func (c *applyCommand) run(ctx context.Context, args []string) error {
	if c.dryRun {
		return usagef("apply has no --dry-run: nks-access plan shows what apply would do")
	}
	if c.options.MaxRemovals < 0 {
		return usagef("--max-removals must not be negative")
	}
	isSaved := len(args) == 1
	plan, err := c.makeOrReadPlan(ctx, args)
	if err != nil {
		return err
	}
	if err := c.findAdministrators(ctx, plan); err != nil {
		return err
	}
	if err := c.showPlan(plan); err != nil {
		return err
	}
	if plan.Summary.Steps() == 0 {
		return c.endWithoutSteps(ctx, plan)
	}
	if err := c.prepare(ctx, plan); err != nil {
		return err
	}
	report, err := c.applyPlan(ctx, plan, c.options)
	if err != nil {
		return err
	}
	if err := c.printReport(report); err != nil {
		return err
	}
	counted := cmp.Or(c.options.Whole, plan)
	return explainReport(c.stderr, report, byApply.flagsAfter(report, counted), c.again(isSaved))
}

// prepare returns an error if a guard or the user stops the plan. It saves the plan for an undo.
func (c *applyCommand) prepare(ctx context.Context, plan *desired.Plan) error {
	if err := byApply.guardRemovals(plan, c.guardOptions()); err != nil {
		return err
	}
	if err := c.confirm(ctx); err != nil {
		return err
	}
	if err := c.confirmSwitches(ctx, plan); err != nil {
		return err
	}
	return c.savePlan(ctx, c.saveTo, plan, useToUndo)
}

// again says what to do about changes that are left.
func (c *applyCommand) again(isSaved bool) string {
	if isSaved {
		return "Make a new plan to see what is left, and apply it."
	}
	if c.saveTo == "" {
		return byApply.again
	}
	return fmt.Sprintf("%s Give another file to --out, because %s takes back what was made.",
		byApply.again, term.PrintableLine(c.saveTo))
}

// saveNothing saves a plan without changes, unless there is a file already: it may be the plan of an
// earlier run, which somebody wants to take back.
func (c *applyCommand) saveNothing(ctx context.Context, plan *desired.Plan) error {
	if c.saveTo == "" {
		return nil
	}
	if file, err := os.Lstat(c.saveTo); err == nil && file.Mode().IsRegular() {
		c.say("Nothing changes, so %s stays as it was.", c.saveTo)
		return nil
	}
	return c.savePlan(ctx, c.saveTo, plan, useToUndo)
}

// makeOrReadPlan returns the plan to apply. For a shard it also makes the plan of the whole file,
// because the removals of all shards count together.
func (c *applyCommand) makeOrReadPlan(ctx context.Context, args []string) (*desired.Plan, error) {
	ctx, cancel := c.readDeadline(ctx)
	defer cancel()
	if len(args) == 1 {
		return c.readApplied(ctx, args[0])
	}
	seen, err := c.observeFile(ctx)
	if err != nil {
		return nil, err
	}
	plan := c.planOf(seen.part, seen.observed)
	if c.shard != "" && plan.Summary.Losing > 0 {
		c.options.Whole = c.planOf(seen.whole, c.read(ctx, seen.whole))
	}
	return plan, nil
}

// findAdministrators looks in the account for the administrators of clusters that are switched, if names
// may be read: there is no way back from a switch.
func (c *applyCommand) findAdministrators(ctx context.Context, plan *desired.Plan) error {
	switched := plan.Switched()
	mode, err := c.namesMode()
	if err != nil || !c.switchAuth || mode == namesNever || len(switched.Clusters) == 0 {
		return err
	}
	readCtx, cancel := context.WithTimeout(ctx, namesPatience)
	defer cancel()
	people, err := c.readPeople(switched)(readCtx)
	if err != nil && mode == namesAlways {
		return err
	}
	if err != nil {
		c.say("It is not known whether the administrators are in the account: %s.", whyNoNames(err))
	}
	plan.NoteStatuses(people)
	return nil
}

// readApplied reads a saved plan that is to be applied.
func (c *applyCommand) readApplied(ctx context.Context, path string) (*desired.Plan, error) {
	if c.saveTo != "" {
		return nil, usagef("--out is for a plan that apply makes, and this one is saved already")
	}
	plan, err := c.readPlan(ctx, path)
	if err != nil {
		return nil, err
	}
	return plan, c.checkNames(ctx, plan)
}

// guardOptions returns the options for a look at the guards before anybody is asked.
func (c *applyCommand) guardOptions() desired.Options {
	options := c.options
	options.SwitchAuthType = func(desired.ClusterPlan) bool { return c.switchAuth }
	return options
}

// showPlan prints the plan: on stderr if stdout is for the report alone.
func (c *applyCommand) showPlan(plan *desired.Plan) error {
	if c.output.isData() {
		return writePlanText(c.stderr, plan, byApply, defaultWindow)
	}
	return writePlanText(c.stdout, plan, byApply, defaultWindow)
}

// endWithoutSteps ends a run without changes.
func (c *applyCommand) endWithoutSteps(ctx context.Context, plan *desired.Plan) error {
	if err := c.saveNothing(ctx, plan); err != nil {
		return err
	}
	if c.output.isData() {
		if err := c.output.writeData(c.stdout, nothingApplied()); err != nil {
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
		return usagef("--yes is required without a terminal. It answers: Make these changes?")
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
		if err := c.confirmSwitch(ctx, cluster); err != nil {
			return err
		}
	}
	return nil
}

// confirmSwitch asks for the name of a cluster. The user guide is the source of who loses access.
func (c *applyCommand) confirmSwitch(ctx context.Context, cluster *desired.ClusterPlan) error {
	fmt.Fprintf(c.stderr, `The auth type of cluster %s would be switched to API. This cannot be undone.
The users of its ConfigMap lose access. So do the main account and whoever made the cluster: they are administrators
now, and no list shows them. From then on only access entries count.
`, term.Printable(cluster.Cluster))
	answer, err := c.questions.Ask(ctx, "Type the name of the cluster to switch it: ")
	if err != nil {
		return err
	}
	if answer == cluster.Cluster {
		return nil
	}
	if !c.questions.Possible() {
		fmt.Fprintln(c.stderr, "Without a terminal, write the name to stdin: "+
			"echo NAME | nks-access apply --yes --switch-auth-type")
	}
	return term.ErrDeclined
}

func (c *applyCommand) printReport(report *desired.Report) error {
	if c.output.isData() {
		return c.output.writeData(c.stdout, report)
	}
	switched := ""
	if report.Switched > 0 {
		switched = fmt.Sprintf(" %s switched to API.", term.Plural(report.Switched, "cluster"))
	}
	_, err := fmt.Fprintf(c.stdout, "%s made, %d left, on %s.%s\n",
		term.Plural(report.Done, "change"), report.Left, term.Plural(len(report.Clusters), "cluster"), switched)
	return err
}
