package cli

import (
	"cmp"
	"slices"

	"github.com/nks-access/nks-access/desired"
)

// lossesFirst returns the clusters with those first where somebody loses access: a reader of a long
// comment sees them without scrolling.
func lossesFirst(clusters []desired.ClusterPlan) []*desired.ClusterPlan {
	order := make([]*desired.ClusterPlan, len(clusters))
	for i := range clusters {
		order[i] = &clusters[i]
	}
	slices.SortStableFunc(order, func(a, b *desired.ClusterPlan) int {
		return cmp.Compare(clusterRank(a), clusterRank(b))
	})
	return order
}

func clusterRank(c *desired.ClusterPlan) int {
	rank := 3
	for i := range c.Steps {
		rank = min(rank, stepRank(&c.Steps[i]))
	}
	return rank
}

// removalsFirst returns the steps in the order in which a reviewer needs them.
func removalsFirst(steps []desired.Step) []*desired.Step {
	order := make([]*desired.Step, len(steps))
	for i := range steps {
		order[i] = &steps[i]
	}
	slices.SortStableFunc(order, func(a, b *desired.Step) int { return cmp.Compare(stepRank(a), stepRank(b)) })
	return order
}

// stepRank is the place of a step in a comment:
//
//	0  removals
//	1  changes that take access
//	2  all others, in the order in which they are made: new administrators first
func stepRank(s *desired.Step) int {
	if s.Action == desired.Remove {
		return 0
	}
	if s.Loses() {
		return 1
	}
	return 2
}
