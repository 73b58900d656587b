package desired

import (
	"slices"

	"github.com/nks-access/nks-access/access"
)

// want is what the rules say about one principal on one cluster.
type want struct {
	principal access.NRN
	absent    bool
	total     *total
}

func (w want) grants() access.Grants { return w.total.sum() }

// rows returns where the rules are, such as access.yaml:5:5.
func (w want) rows() []string { return w.total.rows() }

// through returns the groups of the account that the principal is in, by the rules.
func (w want) through() []string {
	var groups []string
	for _, rule := range w.total.rules() {
		for _, group := range rule.through[w.principal] {
			if !slices.Contains(groups, group) {
				groups = append(groups, group)
			}
		}
	}
	return groups
}

// conflict is a rule that contradicts an earlier one: one grants and the other says absent.
type conflict struct {
	rule      *Rule
	earlier   *Rule
	principal access.NRN
}

// total is what several rules grant together. Principals with the same rules share one, on all
// clusters, so that a sum is computed once.
type total struct {
	earlier *total // without the last rule; nil for no rules
	rule    *Rule
	later   map[*Rule]*total

	grants   *access.Grants
	places   []string
	hasPlace bool
}

// plus returns the total of the same rules and one more.
func (s *total) plus(rule *Rule) *total {
	if s.later == nil {
		s.later = map[*Rule]*total{}
	}
	if s.later[rule] == nil {
		s.later[rule] = &total{earlier: s, rule: rule}
	}
	return s.later[rule]
}

// rules returns the rules in their order.
func (s *total) rules() []*Rule {
	var rules []*Rule
	for ; s.rule != nil; s = s.earlier {
		rules = append(rules, s.rule)
	}
	slices.Reverse(rules)
	return rules
}

func (s *total) sum() access.Grants {
	if s.grants == nil {
		var all access.Grants
		for _, rule := range s.rules() {
			all.Groups = append(all.Groups, rule.Groups...)
			all.Policies = append(all.Policies, rule.Policies...)
		}
		all = all.Joined()
		s.grants = &all
	}
	return *s.grants
}

func (s *total) rows() []string {
	if s.hasPlace {
		return s.places
	}
	s.hasPlace = true
	s.places = places(s.rules())
	return s.places
}

// places returns where rules are, such as access.yaml:5:5.
func places(rules []*Rule) []string {
	var list []string
	for _, rule := range rules {
		if rule.at.line > 0 {
			list = append(list, rule.at.String())
		}
	}
	return list
}

// rulesByCluster returns the rules about each cluster, in their order.
func (f *File) rulesByCluster() map[string][]*Rule {
	rules := make(map[string][]*Rule, len(f.Clusters))
	for _, target := range f.Clusters {
		rules[target.Name] = nil
	}
	for i := range f.Rules {
		rule := &f.Rules[i]
		for _, name := range rule.Clusters {
			if _, here := rules[name]; here { // not a cluster of another shard
				rules[name] = append(rules[name], rule)
			}
		}
	}
	return rules
}

// wantsOf returns what the rules of one cluster say, in the order of the rules, and the rules that
// contradict each other. nothing is the total of no rules, which clusters share.
func wantsOf(rules []*Rule, nothing *total) (wants []want, conflicts []conflict) {
	place := map[access.NRN]int{}
	for _, rule := range rules {
		for _, principal := range rule.Principals {
			i, known := place[principal]
			if !known {
				place[principal] = len(wants)
				wants = append(wants, want{principal, rule.Absent, nothing.plus(rule)})
				continue
			}
			if wants[i].absent != rule.Absent {
				conflicts = append(conflicts, conflict{rule, wants[i].total.rule, principal})
				continue
			}
			wants[i].total = wants[i].total.plus(rule)
		}
	}
	return wants, conflicts
}
