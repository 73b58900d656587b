package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/desired"
)

// errPending says that plan --check found changes.
type errPending struct{ changes int }

func (e *errPending) Error() string { return plural(e.changes, "change") + " pending" }

func (a *app) newPlan() *cobra.Command {
	var check bool
	var save string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what apply would change, on all clusters of a file",
		Long: `Read the clusters of access.yaml, and show which entries apply would add, change and remove to match the file, and which
it would leave alone because no rule names them. Nothing is changed.

It compares what entries grant, not how they are written. The order of groups, the case of scopes, and whether a type
has one policy or several make no difference.`,
		Example: `  nks-access plan
  nks-access plan -f access/ -o markdown
  nks-access plan --check   # exits with 10 when anything would change
  nks-access plan --out plan.json && nks-access apply plan.json`,
	}
	f := a.fleet(cmd)
	f.filesFlag(cmd, "`FILE` or folder that says who may enter which clusters (repeatable; default: access.yaml)")
	f.shardFlag(cmd)
	cmd.Flags().BoolVar(&check, "check", false, "exit with 10 when anything would change")
	cmd.Flags().StringVar(&save, "out", "", "save the plan to `FILE`, for apply FILE")
	out := newOutput(cmd, "table", "json", "markdown")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		file, err := f.load()
		if err == nil {
			file, err = f.share(file)
		}
		if err != nil {
			return err
		}
		ctx, cancel := f.deadline(cmd.Context())
		defer cancel()
		plan := file.Plan(f.read(ctx, file.Clusters))
		if err := a.printPlan(out.format, plan); err != nil {
			return err
		}
		if err := failedPlan(plan); err != nil {
			return err
		}
		if save != "" {
			data, err := json.MarshalIndent(plan, "", "  ")
			if err != nil {
				return err
			}
			if err := writeFile(save, append(data, '\n')); err != nil {
				return fmt.Errorf("save the plan: %w", err)
			}
			f.say("Saved the plan. To apply it: nks-access apply %s", save)
		}
		if n := plan.Summary.Changes(); check && n > 0 {
			return &errPending{n}
		}
		return nil
	}
	return cmd
}

// failedPlan returns an error if clusters could not be planned, or nil. The plan that was printed
// says why for each.
func failedPlan(plan *desired.Plan) error {
	err := plan.Err()
	if plan.Summary.Failed < 2 {
		return err
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return &summed{fmt.Sprintf("%d clusters could not be planned; the first: %s", plan.Summary.Failed, first), err}
}

// summed is a message in place of those of many errors.
type summed struct {
	message string
	err     error
}

func (e *summed) Error() string { return e.message }
func (e *summed) Unwrap() error { return e.err }

// printPlan prints a plan to stdout.
func (a *app) printPlan(format string, plan *desired.Plan) error {
	switch format {
	case "json":
		return (&output{format}).encode(a.stdout, plan)
	case "markdown":
		return writeMarkdown(a.stdout, plan)
	}
	return writePlan(a.stdout, plan)
}
