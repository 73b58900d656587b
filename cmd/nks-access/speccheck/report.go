package speccheck

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Report is the result of a check, made to be published: see the comment of the package.
type Report struct {
	Program     string       `json:"program,omitempty"`
	Contract    string       `json:"contract"` // version
	Environment string       `json:"environment"`
	Mode        string       `json:"mode"`
	Date        string       `json:"date"` // UTC
	Exchanges   []Exchange   `json:"exchanges"`
	Differences []Difference `json:"differences"`
	Answers     []Answer     `json:"answers"`
	NotChecked  []string     `json:"notChecked"`
	Cleanup     string       `json:"cleanup,omitempty"` // what became of what the check made
}

// Exchange is the number of responses of an operation with a status.
type Exchange struct {
	Operation string `json:"operation"`
	Status    int    `json:"status"`
	Fits      bool   `json:"fits"` // the contract
	Times     int    `json:"times"`
}

// Difference is what differs from the contract in responses of an operation with a status.
type Difference struct {
	Operation string `json:"operation"`
	Status    int    `json:"status"`
	Where     string `json:"where"` // such as "body accessEntries[].groups"
	What      string `json:"what"`
	Times     int    `json:"times"`
}

// Answer is the answer to a question that the contract leaves open.
type Answer struct {
	Question string   `json:"question"`
	Seen     []string `json:"seen"` // empty if the check could not see it
}

// topic is what a question is about.
type topic int

const (
	topicSuccess topic = iota
	topicScopes
	topicEmpty
	topicUsername
	topicClusterUUID
	topicRequestID
	topicMissing
	topicErrors
	topicFields
	topicPolicyTypes
	topicChange
	topicSecond
	topicLeftOut
	topicCleared
	topicConsistent
	topicBusy
)

// questions are the open questions of docs/contract.md.
var questions = []struct {
	topic      topic
	text       string
	needsWrite bool
}{
	{topicSuccess, "Which statuses mean success?", false},
	{topicScopes, "How do responses spell scopes?", false},
	{topicEmpty, "How do responses write a list without items?", false},
	{topicUsername, "What does `username` of an entry hold?", false},
	{topicClusterUUID, "What does `clusterUuid` of an entry hold?", false},
	{topicRequestID, "Which header holds the request ID?", false},
	{topicMissing, "What is the status for an entry or a cluster that does not exist?", false},
	{topicErrors, "What form do errors have?", false},
	{topicFields, "Which fields does the contract not have?", false},
	{topicPolicyTypes, "Which types of policies does the contract not have?", false},
	{topicChange, "What does the response to a change hold?", true},
	{topicSecond, "What happens to a second entry for a principal?", true},
	{topicLeftOut, "Does an update keep or clear a list that is left out?", true},
	{topicCleared, "Does an update with an empty list clear it?", true},
	{topicConsistent, "Does the list show a new entry at once?", true},
	{topicBusy, "Which status has a cluster right after a change?", true},
}

// Fits reports whether every response fits the contract.
func (r *Report) Fits() bool { return len(r.Differences) == 0 }

// fill writes what was seen into a report.
func (o *observations) fill(r *Report, wrote bool) {
	r.Exchanges = []Exchange{}
	for seen, times := range o.exchanges {
		seen.Times = times
		r.Exchanges = append(r.Exchanges, seen)
	}
	slices.SortFunc(r.Exchanges, func(a, b Exchange) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Status, b.Status), compareBools(a.Fits, b.Fits))
	})
	r.Differences = []Difference{}
	for difference, times := range o.differences {
		difference.Times = times
		r.Differences = append(r.Differences, difference)
	}
	slices.SortFunc(r.Differences, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Operation, b.Operation), cmp.Compare(a.Status, b.Status),
			cmp.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What))
	})
	r.Answers = []Answer{}
	for _, question := range questions {
		if question.needsWrite && !wrote {
			continue
		}
		answer := Answer{Question: question.text, Seen: []string{}}
		answer.Seen = slices.AppendSeq(answer.Seen, maps.Keys(o.notes[question.topic]))
		slices.Sort(answer.Seen)
		isAboutMore := question.topic == topicFields || question.topic == topicPolicyTypes
		if isAboutMore && len(answer.Seen) == 0 {
			answer.Seen = append(answer.Seen, "none of those that were seen")
		}
		r.Answers = append(r.Answers, answer)
	}
	r.NotChecked = slices.Compact(slices.Sorted(slices.Values(r.NotChecked)))
	if !wrote {
		r.NotChecked = append(r.NotChecked, "changes: they need --write")
	}
}

func compareBools(a, b bool) int {
	if a == b {
		return 0
	}
	if a {
		return -1
	}
	return 1
}

// Markdown returns the report for an issue.
func (r *Report) Markdown() string {
	var s strings.Builder
	verdict := "Everything that was seen fits the contract."
	if !r.Fits() {
		verdict = fmt.Sprintf("%d differences from the contract.", len(r.Differences))
	}
	if len(r.Differences) == 1 {
		verdict = "1 difference from the contract."
	}
	fmt.Fprintf(&s, "## Check of the contract\n\n%s\n\n", verdict)
	fmt.Fprintf(&s, "- Contract %s, %s\n- %s\n- %s, %s\n",
		r.Contract, cmp.Or(r.Program, "nks-access"), r.Environment, r.Date, r.Mode)
	if r.Cleanup != "" {
		fmt.Fprintf(&s, "- %s\n", r.Cleanup)
	}
	if len(r.Differences) > 0 {
		s.WriteString("\n### Differences\n\n| operation | status | where | what | times |\n|---|---|---|---|---|\n")
		for _, d := range r.Differences {
			fmt.Fprintf(&s, "| `%s` | %d | %s | %s | %d |\n", d.Operation, d.Status, d.Where, d.What, d.Times)
		}
	}
	s.WriteString("\n### Answers to open questions\n\n| question | seen |\n|---|---|\n")
	for _, answer := range r.Answers {
		seen := "not seen"
		if len(answer.Seen) > 0 {
			seen = strings.Join(answer.Seen, "<br>")
		}
		fmt.Fprintf(&s, "| %s | %s |\n", answer.Question, seen)
	}
	s.WriteString("\n### Responses\n\n| operation | status | times | fits |\n|---|---|---|---|\n")
	for _, x := range r.Exchanges {
		fits := "yes"
		if !x.Fits {
			fits = "no"
		}
		fmt.Fprintf(&s, "| `%s` | %d | %d | %s |\n", x.Operation, x.Status, x.Times, fits)
	}
	if len(r.NotChecked) > 0 {
		s.WriteString("\n### Not checked\n\n")
		for _, skipped := range r.NotChecked {
			fmt.Fprintf(&s, "- %s\n", skipped)
		}
	}
	return s.String()
}
