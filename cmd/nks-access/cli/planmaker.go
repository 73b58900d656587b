package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// planMaker is a command that makes the changes of a plan.
type planMaker struct {
	command string
	lifts   []string // the flags that it has to lift guards
	again   string   // what to do if changes are left
}

var (
	byApply = planMaker{
		command: "apply",
		lifts:   []string{"--allow-no-admin", "--allow-protected", "--switch-auth-type"},
		again:   "Apply again to make the changes that are left.",
	}
	byDelete = planMaker{
		command: "delete",
		lifts:   []string{"--allow-no-admin"},
		again:   "Run the same command again to delete the entries that are left.",
	}
)

// guardFlags maps the errors of guards to the flags that lift them.
var guardFlags = []struct {
	guard error
	flag  string
}{
	{access.ErrNoAdmin, "--allow-no-admin"},
	{desired.ErrProtected, "--allow-protected"},
	{desired.ErrAuthType, "--switch-auth-type"},
}

// flagsFor returns the flags of the command that lift the guards of an error.
func (m planMaker) flagsFor(err error) []string {
	var flags []string
	for _, g := range guardFlags {
		if errors.Is(err, g.guard) && slices.Contains(m.lifts, g.flag) {
			flags = append(flags, g.flag)
		}
	}
	return flags
}

// flagsAfter returns the flags that lift the guards which left changes of an applied plan.
func (m planMaker) flagsAfter(report *desired.Report, applied *desired.Plan) []string {
	err := report.Err()
	flags := m.flagsFor(err)
	needed, isKnown := applied.RemovalsNeeded()
	if errors.Is(err, desired.ErrRemovals) && isKnown {
		flags = append([]string{maxRemovalsFlag(needed)}, flags...)
	}
	return flags
}

func maxRemovalsFlag(needed int) string { return fmt.Sprintf("--max-removals %d", needed) }

// guardNotes says why the command would leave a cluster alone, and with which flag it would not.
func (m planMaker) guardNotes(c *desired.ClusterPlan) []string {
	var notes []string
	for _, err := range c.Guards(desired.Options{}) {
		note := err.Error()
		flags := m.flagsFor(err)
		if len(flags) > 0 {
			note += fmt.Sprintf("; %s needs %s", m.command, strings.Join(flags, " and "))
		}
		if slices.Contains(flags, "--switch-auth-type") {
			note += ", which cannot be undone"
		}
		notes = append(notes, note)
	}
	return notes
}

// losingText says how many principals lose access, and the flag that the command needs for more than
// usual.
func (m planMaker) losingText(principals int) string {
	if principals == 1 {
		return "1 principal loses access."
	}
	text := fmt.Sprintf("%d principals lose access", principals)
	if principals > defaultMaxRemovals {
		text += fmt.Sprintf("; %s needs --max-removals %d", m.command, principals)
	}
	return text + "."
}

// guardRemovals returns an error if more principals would lose access than the options allow. It names
// every flag that the plan needs, so that the next run does not stop at another guard. The removals of
// options.Whole count, if it is there.
func (m planMaker) guardRemovals(plan *desired.Plan, options desired.Options) error {
	counted := cmp.Or(options.Whole, plan)
	err := counted.GuardRemovals(options.MaxRemovals)
	if err == nil {
		return nil
	}
	var stopped []error
	for i := range plan.Clusters {
		stopped = append(stopped, plan.Clusters[i].Guards(options)...)
	}
	needed, _ := counted.RemovalsNeeded()
	flags := []string{maxRemovalsFlag(needed)}
	flags = append(flags, m.flagsFor(errors.Join(stopped...))...)
	return &advised{fmt.Errorf("%w; nothing was changed. Review the plan, then use %s", err, strings.Join(flags, " and "))}
}
