package desired_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// A part of a file, and of a plan, has the clusters that a name, a UUID or a pattern names.
func TestOnly(t *testing.T) {
	file := parse(t, "version: 1\nclusters: {c0: , c1: {others: remove}, "+clusterUUID(2)+": {others: remove}}\n"+
		"access: [{principal: '"+alice+"', clusters: '*', policies: [NKSViewPolicy]}]\n")
	r := newRig(t, emulator.Faults{}, 1, []nks.AccessEntry{entry(bob, nil)}, []nks.AccessEntry{entry(bob, nil)}, nil)
	whole := r.plan(t, file)
	for name, test := range map[string]struct {
		patterns []string
		want     []string // of the file
		losing   int      // of the plan
		err      string
	}{
		"a name":               {[]string{"c1"}, []string{"c1"}, 1, ""},
		"patterns that share":  {[]string{"c*", "?0"}, []string{"c0", "c1"}, 1, ""},
		"all":                  {[]string{"*"}, []string{"c0", "c1", clusterUUID(2)}, 1, ""},
		"an upper-case UUID":   {[]string{strings.ToUpper(clusterUUID(2))}, []string{clusterUUID(2)}, 0, ""},
		"one that matches not": {[]string{"c0", "d*"}, nil, 0, `no cluster matches "d*" (want c0, c1, ` + clusterUUID(2) + `)`},
		"an empty one":         {[]string{""}, nil, 0, `no cluster matches "" (want c0, c1, ` + clusterUUID(2) + `)`},
		"a malformed one":      {[]string{"[c"}, nil, 0, `"[c" is not a pattern (want * for any text, ? for any character, [a-z] for some)`},
	} {
		t.Run(name, func(t *testing.T) {
			part, err := file.Only(test.patterns...)
			if test.err != "" {
				_, ofPlan := whole.Only(test.patterns...)
				if err == nil || err.Error() != test.err || ofPlan == nil || ofPlan.Error() != test.err {
					t.Errorf("%v and %v, want %s", err, ofPlan, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, target := range part.Clusters {
				names = append(names, target.Name)
			}
			if diff := cmp.Diff(test.want, names); diff != "" {
				t.Error(diff)
			}
			ofPlan, err := whole.Only(test.patterns...)
			if err != nil {
				t.Fatal(err)
			}
			planned := r.plan(t, part)
			if diff := cmp.Diff(steps(planned), steps(ofPlan)); diff != "" {
				t.Error(diff)
			}
			if planned.Summary.Losing != test.losing || ofPlan.Summary != planned.Summary {
				t.Errorf("the summaries are %+v and %+v", planned.Summary, ofPlan.Summary)
			}
			if len(planned.Unmentioned) > 0 {
				t.Errorf("unmentioned: %v", planned.Unmentioned)
			}
		})
	}
	if len(file.Clusters) != 3 || len(whole.Clusters) != 3 {
		t.Error("the file or the plan has changed")
	}
}

// A cluster that is not chosen is known all the same, so a file with both of its names is refused.
func TestOnlyKnowsTheOthers(t *testing.T) {
	file := &desired.File{Clusters: []desired.Target{{Name: "c0"}, {Name: clusterUUID(0)}}}
	part, err := file.Only("c0")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, emulator.Faults{}, 1, nil)
	if err := part.Plan(r.read(t, part)).Err(); err == nil || !strings.Contains(err.Error(), "are the same cluster") {
		t.Errorf("the error is %v", err)
	}
}
