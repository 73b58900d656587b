package desired

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nks-access/nks-access/access"
)

// Active reports whether the rule grants anything at a moment. A rule without Until always does.
func (r *Rule) Active(now time.Time) bool { return r.Until.IsZero() || now.Before(r.Until) }

// At makes a plan for a moment: a rule grants nothing from its Until on. Without At, the moment is
// now.
func At(now time.Time) PlanOption { return func(o *planOptions) { o.now = now } }

// ruling is what the rules of one cluster say at a moment.
type ruling struct {
	wants []want
	ends  bool                   // a rule that is active ends later
	ended map[access.NRN][]*Rule // rules about a principal that have ended
}

// rulingAt returns what the rules say at a moment. A principal whose rules have all ended has no entry.
func rulingAt(now time.Time, rules []*Rule, nothing *total) ruling {
	r := ruling{ended: map[access.NRN][]*Rule{}}
	var active, ended []*Rule
	for _, rule := range rules {
		if rule.Active(now) {
			active = append(active, rule)
			r.ends = r.ends || !rule.Until.IsZero()
		} else {
			ended = append(ended, rule)
		}
	}
	r.wants, _ = wantsOf(active, nothing)
	if len(ended) == 0 {
		return r
	}
	named := map[access.NRN]bool{}
	for _, w := range r.wants {
		named[w.principal] = true
	}
	over, _ := wantsOf(ended, nothing)
	for _, w := range over {
		r.ended[w.principal] = w.total.rules()
		if !named[w.principal] {
			w.absent = true
			r.wants = append(r.wants, w)
		}
	}
	return r
}

// explain notes in a step that takes access which rules have ended, and when. It returns these rules.
func (r ruling) explain(step *Step) []*Rule {
	var reasons []*Rule
	for _, rule := range r.ended[step.Principal] {
		isLost := func(line string) bool { return slices.Contains(step.Takes, line) }
		isReason := step.Action == Remove || slices.ContainsFunc(rule.Lines(), isLost)
		if isReason {
			reasons = append(reasons, rule)
		}
	}
	for _, rule := range reasons {
		if rule.Until.After(step.Ended) {
			step.Ended = rule.Until
		}
		place := rule.at.String()
		if rule.at.line > 0 && !slices.Contains(step.Rules, place) {
			step.Rules = append(slices.Clip(step.Rules), place)
		}
	}
	return reasons
}

// endedRules collects the rules of a file that have ended, and which of them still take access.
type endedRules struct {
	rules  []*Rule
	useful map[position]bool
}

// add notes the ended rules about the principals of a cluster. Those of a cluster without a plan count
// as useful, because nobody knows.
func (e *endedRules) add(r ruling, isUseful func(*Rule) bool) {
	for _, rules := range r.ended {
		for _, rule := range rules {
			e.rules = append(e.rules, rule)
			e.useful[rule.at] = e.useful[rule.at] || isUseful(rule)
		}
	}
}

// notes names the rules that do nothing any more, in the order of the file.
func (e *endedRules) notes() []string {
	var ended []Mistake
	for _, rule := range e.rules {
		if rule.at.line == 0 || e.useful[rule.at] {
			continue
		}
		e.useful[rule.at] = true // once
		ended = append(ended, rule.at.mistake("the rule has ended (%s) and grants nothing", Moment(rule.Until)))
	}
	var notes []string
	for _, place := range inOrder(ended) {
		notes = append(notes, place.String())
	}
	return notes
}

// Moment returns a moment for people, such as 2027-01-01 00:00 +09:00.
func Moment(at time.Time) string { return at.Format("2006-01-02 15:04 -07:00") }

// ErrEnded: the access that a step gives has ended since the plan was made.
var ErrEnded = errors.New("the access has ended since the plan was made")

// ended returns [ErrEnded] if access of the principal has ended by now that had not when the plan was
// made.
func (c *ClusterPlan) ended(principal access.NRN, now time.Time) error {
	for i := range c.Endings {
		ending := &c.Endings[i]
		if ending.Principal == principal && !now.Before(ending.At) {
			return fmt.Errorf("%w, at %s; make a new plan", ErrEnded, Moment(ending.At))
		}
	}
	return nil
}
