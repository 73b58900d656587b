package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// A comment begins with who loses access, in whatever order the changes are made.
func TestMarkdownHasRemovalsFirst(t *testing.T) {
	step := func(action desired.Action, name string, takes ...string) desired.Step {
		return desired.Step{Action: action, Name: name, Principal: access.NRN(principalNumber(len(name))),
			Before: access.Grants{Groups: takes}, After: viewGrants, Takes: takes}
	}
	plan := planOf(
		desired.ClusterPlan{Steps: []desired.Step{step(desired.Add, "added-on-quiet")}},
		desired.ClusterPlan{Steps: []desired.Step{
			step(desired.Add, "added"), step(desired.Update, "widened"), step(desired.Update, "narrowed", "NKSViewPolicy"),
			step(desired.Remove, "removed", "NKSViewPolicy"),
		}},
	)
	var out bytes.Buffer
	if err := writePlanMarkdown(&out, plan, defaultWindow); err != nil {
		t.Fatal(err)
	}
	last := 0
	for _, text := range []string{"cluster-1", "removed ", "narrowed ", "added ", "widened ", "cluster-0",
		"added-on-quiet "} {
		place := strings.Index(out.String(), text)
		if place < last {
			t.Errorf("%q is not where it belongs:\n%s", text, &out)
		}
		last = max(last, place)
	}
}
