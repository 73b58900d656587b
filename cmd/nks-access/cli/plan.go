package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

type planCommand struct {
	fleet
	output output
	check  bool
	window days
	saveTo string
	undo   string
	expect string
}

func newPlan(a *app) command { return &planCommand{fleet: newFleet(a)} }

func (c *planCommand) words() *cobra.Command {
	return &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change, on all clusters of a file",
		Long: `Read the clusters of access.yaml, and show which entries apply would add, change and remove to match the
file, and which it would leave alone because no rule names them. Nothing is changed.

It compares what entries grant, not how they are written. The order of groups, the case of scopes, and whether a type
has one policy or several make no difference.

With --check the exit code is 10 if there are changes, stale entries, or entries that no rule names on a cluster without
"others: ignore". The last line says which. Clusters of the same regions that the file does not mention are noted, and
do not count.

--undo reads a plan that was applied, and plans the way back, entry by entry. It leaves out what somebody has changed
since, and names it.`,
		Example: `  nks-access plan
  nks-access plan -f access/ -o markdown
  nks-access plan --cluster 'staging-*'
  nks-access plan --check   # exits with 10 if the clusters differ from the file
  nks-access plan --out plan.json && nks-access apply plan.json
  nks-access plan --undo plan.json --out undo.json && nks-access apply undo.json`,
	}
}

func (c *planCommand) addFlags(cmd *cobra.Command) {
	c.fleet.addFlags(cmd, fleetLimit)
	c.addPlanFlags(cmd)
	cmd.Flags().BoolVar(&c.check, "check", false, "exit with 10 if the clusters differ from the file")
	c.window = defaultWindow
	cmd.Flags().Var(&c.window, "ends-within",
		"show the access that ends within `TIME`, such as 7d or 12h; --check warns of it")
	cmd.Flags().StringVar(&c.saveTo, "out", "", "save the plan to `FILE`, for apply FILE")
	cmd.Flags().StringVar(&c.expect, "expect", "",
		"fail unless the plan makes the same changes as the saved `PLAN`, which was reviewed")
	cmd.Flags().StringVar(&c.undo, "undo", "", "plan what takes back the changes of a saved and applied `PLAN`")
	c.output.addFlag(cmd, "table", "json", "yaml", "markdown")
}

func (c *planCommand) run(ctx context.Context, _ []string) error {
	plan, err := c.makePlan(ctx)
	if err != nil {
		return err
	}
	if err := c.print(plan); err != nil {
		return err
	}
	if err := failedPlan(plan); err != nil {
		return err
	}
	if err := c.checkExpected(ctx, plan); err != nil {
		return err
	}
	if err := c.savePlan(ctx, c.saveTo, plan, useToApply); err != nil {
		return err
	}
	if c.check {
		c.warnOfEnds(plan)
		return pending(plan.Summary)
	}
	return nil
}

func (c *planCommand) makePlan(ctx context.Context) (*desired.Plan, error) {
	ctx, cancel := c.deadline(ctx)
	defer cancel()
	if c.undo != "" {
		return c.planUndo(ctx, c.undo)
	}
	seen, err := c.observeFile(ctx)
	if err != nil {
		return nil, err
	}
	return c.planOf(seen.part, seen.observed), nil
}

// checkExpected returns an error unless the plan is the one of --expect.
func (c *planCommand) checkExpected(ctx context.Context, plan *desired.Plan) error {
	if c.expect == "" {
		return nil
	}
	ctx, cancel := c.readDeadline(ctx)
	defer cancel()
	expected, err := c.parsePlan(ctx, c.expect)
	if err != nil {
		return err
	}
	if err := plan.Expect(expected); err != nil {
		return &advised{fmt.Errorf("%w. Review the plan again", err)}
	}
	return nil
}

func (c *planCommand) print(plan *desired.Plan) error {
	if c.output.isData() {
		return c.output.writeData(c.stdout, plan)
	}
	if c.output.format == "markdown" {
		return writePlanMarkdown(c.stdout, plan, c.window)
	}
	return writePlanText(c.stdout, plan, byApply, c.window)
}

// warnOfEnds says on how many clusters access ends soon.
func (c *planCommand) warnOfEnds(plan *desired.Plan) {
	if ends := endsWithin(plan, c.window); ends > 0 {
		c.say("Warning: %s within %s.", losesText(ends), c.window)
	}
}
