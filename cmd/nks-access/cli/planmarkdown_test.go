package cli

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// planOf returns a plan with a cluster for each part.
func planOf(clusters ...desired.ClusterPlan) *desired.Plan {
	plan := &desired.Plan{Version: desired.PlanVersion}
	for i, cluster := range clusters {
		cluster.Cluster = fmt.Sprintf("cluster-%d", i)
		cluster.UUID = fmt.Sprintf("%08d-e0fb-4dc9-af1b-97fd3f8d0000", i)
		cluster.AuthType = "API"
		cluster.Admins = desired.Admins{Before: 1, After: 1}
		plan.Clusters = append(plan.Clusters, cluster)
	}
	return plan
}

func principalNumber(i int) string {
	return fmt.Sprintf("nrn:PUB:IAM::5000008:SubAccount/%08d-0000-0000-0000-246e9659184c", i)
}

var (
	viewGrants    = access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{access.View.OnCluster()}}
	mastersGrants = access.Grants{Groups: []string{"system:masters"}}
	manyNotes     = slices.Repeat([]string{strings.Repeat("note ", 60)}, 2000)
	adminGrants   = access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}
)

func removals(from, to int) []desired.Step {
	var changes []desired.Step
	for i := from; i < to; i++ {
		changes = append(changes, desired.Step{
			Action: desired.Remove, Principal: access.NRN(principalNumber(i)), Before: viewGrants, Takes: viewGrants.Lines(),
		})
	}
	return changes
}

func additions(from, to int, grants access.Grants) []desired.Step {
	var changes []desired.Step
	for i := from; i < to; i++ {
		changes = append(changes, desired.Step{
			Action: desired.Add, Principal: access.NRN(principalNumber(i)), After: grants, Adds: grants.Lines(),
		})
	}
	return changes
}

func principals(from, to int) []access.NRN {
	var list []access.NRN
	for i := from; i < to; i++ {
		list = append(list, access.NRN(principalNumber(i)))
	}
	return list
}

func stale(from, to int) []desired.StaleEntry {
	var entries []desired.StaleEntry
	for _, principal := range principals(from, to) {
		entries = append(entries, desired.StaleEntry{Principal: principal, Status: desired.Gone})
	}
	return entries
}

func leftOut(from, to int) []desired.LeftOut {
	var list []desired.LeftOut
	for _, principal := range principals(from, to) {
		list = append(list, desired.LeftOut{Principal: principal, Reason: "somebody has changed it"})
	}
	return list
}

func leftAlone(from, to int, grants access.Grants) []desired.Other {
	var entries []desired.Other
	for i := from; i < to; i++ {
		entries = append(entries, desired.Other{Principal: access.NRN(principalNumber(i)), Grants: grants})
	}
	return entries
}

// A plan that is too long for a comment loses what is harmless first.
func TestLongMarkdownKeepsTheRisks(t *testing.T) {
	var ten, fiveHundred []desired.ClusterPlan
	for i := range 10 {
		ten = append(ten, desired.ClusterPlan{
			Steps:  append(additions(1000*i+100, 1000*i+300, viewGrants), removals(1000*i, 1000*i+30)...),
			Others: leftAlone(1000*i+300, 1000*i+800, viewGrants),
		})
	}
	for i := range 500 {
		fiveHundred = append(fiveHundred, desired.ClusterPlan{Others: leftAlone(1000*i, 1000*i+50, viewGrants)})
	}
	fiveHundred[499].Steps = removals(499999, 500000)
	long := access.Grants{Policies: adminGrants.Policies}
	for i := range 30 {
		long.Groups = append(long.Groups, strings.Repeat(string(rune('a'+i%26)), 5000))
	}
	for name, c := range map[string]struct {
		clusters []desired.ClusterPlan
		shows    []string // in the text
		named    [][2]int // principals in the text, from and to
	}{
		"a new administrator beside many others": {
			[]desired.ClusterPlan{{Steps: additions(0, 1, adminGrants), Others: leftAlone(1, 601, viewGrants)}},
			[]string{"| **add: administrator** | `" + principalNumber(0), "600 left alone",
				"Not shown: entries left alone: 500."},
			[][2]int{{0, 101}},
		},
		"an administrator whom no rule names": {
			[]desired.ClusterPlan{{
				Steps:  additions(0, 300, viewGrants),
				Others: append(leftAlone(301, 2000, viewGrants), leftAlone(2000, 2001, adminGrants)...),
			}},
			[]string{"Not shown: entries left alone: "},
			[][2]int{{0, 300}, {2000, 2001}},
		},
		"removals on many clusters": {
			ten,
			[]string{"Not shown: other changes: 1900; entries left alone: 5000."},
			[][2]int{{0, 30}, {1000, 1030}, {9000, 9030}, {9100, 9110}},
		},
		"a removal on the last of many clusters": {
			fiveHundred,
			[]string{"| remove | `" + principalNumber(499999)},
			nil,
		},
		"long names": {
			[]desired.ClusterPlan{{Steps: append(additions(0, 1, long), removals(1, 2)...)}},
			[]string{"`NKSClusterAdminPolicy`<br>", "25 more"},
			[][2]int{{0, 2}},
		},
		"more removals than a comment holds": {
			[]desired.ClusterPlan{{Steps: removals(0, 5000)}},
			[]string{"Not shown: changes that take access: 4500."},
			[][2]int{{0, 100}},
		},
		"a new administrator beside more removals than a comment holds": {
			[]desired.ClusterPlan{{Steps: append(additions(0, 1, adminGrants), removals(1, 5000)...)}},
			[]string{"| **add: administrator** | `" + principalNumber(0)},
			[][2]int{{0, 200}},
		},
		"a new administrator beside many notes": {
			[]desired.ClusterPlan{{
				Steps: append(additions(0, 1, adminGrants), additions(1, 2001, mastersGrants)...), Notes: manyNotes,
				Protected: principals(3000, 5000), Stale: stale(5000, 6000), LeftOut: leftOut(6000, 7000),
			}},
			[]string{"| **add: administrator** | `" + principalNumber(0), "more"},
			[][2]int{{0, 200}},
		},
		"people on many clusters": {
			func() []desired.ClusterPlan {
				var clusters []desired.ClusterPlan
				for range 300 {
					steps := append(additions(0, 1, adminGrants), removals(1, 5)...)
					steps = append(steps, additions(10, 40, viewGrants)...)
					clusters = append(clusters, desired.ClusterPlan{Steps: steps, Others: leftAlone(50, 60, viewGrants)})
				}
				return clusters
			}(),
			[]string{"| **add: administrator** | `" + principalNumber(0) + "` | 300: `cluster-0, cluster-1, ",
				"| remove | `" + principalNumber(4) + "` | 300: `cluster-0, cluster-1, ", "cluster-299` |",
				"Not shown: other changes: 9000; entries left alone: 3000."},
			[][2]int{{0, 5}},
		},
		"more clusters with removals than a comment holds": {
			func() []desired.ClusterPlan {
				var clusters []desired.ClusterPlan
				for i := range 1000 {
					clusters = append(clusters, desired.ClusterPlan{Steps: removals(i, i+1)})
				}
				return clusters
			}(),
			[]string{"changes that take access: ", "clusters as a whole: "},
			[][2]int{{0, 100}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := writePlanMarkdown(&out, planOf(c.clusters...), defaultWindow); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			if n := utf8.RuneCountInString(text); n > 65536 {
				t.Errorf("the text has %d characters", n)
			}
			for _, want := range c.shows {
				if !strings.Contains(text, want) {
					t.Errorf("the text lacks %q; it ends with %q", want, text[max(0, len(text)-300):])
				}
			}
			for _, numbers := range c.named {
				for i := numbers[0]; i < numbers[1]; i++ {
					if !strings.Contains(text, principalNumber(i)) {
						t.Fatalf("the text lacks principal %d; it ends with %q", i, text[max(0, len(text)-300):])
					}
				}
			}
		})
	}
}
