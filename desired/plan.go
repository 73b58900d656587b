package desired

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/nks-access/nks-access/access"
)

// PlanVersion is the version of a saved plan.
const PlanVersion = 1

// Plan is what has to change so that clusters are as a file says.
type Plan struct {
	Version  int           `json:"version"`
	Date     time.Time     `json:"date,omitzero"` // for which it was made
	Clusters []ClusterPlan `json:"clusters"`
	Names    []Meaning     `json:"names,omitempty"` // whom the names of the file stood for
	// Unmentioned are clusters of the regions that were read, which the file does not mention.
	Unmentioned []Unmentioned `json:"unmentioned,omitempty"`
	Notes       []string      `json:"notes,omitempty"` // what a reviewer should know
	Summary     Summary       `json:"summary"`
}

// Summary counts what a plan holds.
type Summary struct {
	Clusters  int `json:"clusters"`
	Add       int `json:"add"`
	Change    int `json:"change"`
	Remove    int `json:"remove"`
	Losing    int `json:"losing"` // principals that lose access, on each cluster
	Unchanged int `json:"unchanged"`
	Others    int `json:"others"`            // entries that no rule names and that are left alone
	Ignored   int `json:"ignored,omitempty"` // the same, on clusters with others: ignore
	Failed    int `json:"failed"`            // clusters that could not be read or planned

	LeftOut  int `json:"leftOut,omitempty"`  // steps that an undo leaves as they are
	Stale    int `json:"stale,omitempty"`    // entries whose principal is gone, and that no step removes
	Inactive int `json:"inactive,omitempty"` // entries whose principal is inactive
}

// Steps is the number of all steps.
func (s Summary) Steps() int { return s.Add + s.Change + s.Remove }

// ClusterPlan is the part of a plan that is about one cluster.
type ClusterPlan struct {
	Cluster   string       `json:"cluster"` // as the file has it
	UUID      string       `json:"uuid,omitempty"`
	Region    string       `json:"region,omitempty"`
	Profile   string       `json:"profile,omitempty"`
	AuthType  string       `json:"authType,omitempty"`
	Entries   int          `json:"entries"`             // on the cluster
	State     string       `json:"state,omitempty"`     // a hash of the entries, the auth type and Protected
	Steps     []Step       `json:"changes"`             // in the order in which they are made
	Others    []Other      `json:"others"`              // entries that no rule names and that are left alone
	Ignored   int          `json:"ignored,omitempty"`   // entries that no rule names, with others: ignore
	Unchanged int          `json:"unchanged"`           // entries that are as the file says
	Admins    Admins       `json:"administrators"`      // entries of cluster-wide administrators
	Protected []access.NRN `json:"protected,omitempty"` // principals that lose nothing
	LeftOut   []LeftOut    `json:"leftOut,omitempty"`   // steps that an undo leaves as they are
	Endings   []Ending     `json:"endings,omitempty"`   // what ends later, in the order of time
	Stale     []StaleEntry `json:"stale,omitempty"`     // entries whose principal is gone or inactive
	Notes     []string     `json:"notes,omitempty"`     // what a reviewer should know
	Error     string       `json:"error,omitempty"`     // why there is no plan for the cluster

	ready   bool // the cluster accepts changes
	saved   bool // the plan was made in an earlier run
	mayLose int  // principals that may lose access, if the cluster could not be read
	err     error
}

// Admins counts the entries that make somebody a cluster-wide administrator.
type Admins struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// Other is an entry that no rule names.
type Other struct {
	UUID      string     `json:"uuid,omitempty"`
	Principal access.NRN `json:"principal"`
	Name      string     `json:"name,omitempty"`  // of the principal in the file
	Label     string     `json:"label,omitempty"` // all names, or which NRN of the name, where Name does not tell

	PrincipalName string `json:"principalName,omitempty"` // in the directory
	access.Grants
}

// Err returns why there is no plan for the cluster, or nil.
func (c *ClusterPlan) Err() error {
	if c.err == nil && c.Error != "" {
		return errors.New(c.Error) // of a saved plan
	}
	return c.err
}

// NeedsSwitch reports whether the plan works only after the auth type is switched to API.
func (c *ClusterPlan) NeedsSwitch() bool {
	return c.AuthType == access.AuthTypeConfigMap && len(c.Steps) > 0
}

// PlanOption configures [File.Plan].
type PlanOption func(*planOptions)

type planOptions struct {
	repair bool
	now    time.Time
}

// Repair makes a plan keep one entry of a principal that has several, as the file says, and remove
// the others. Without it, a cluster with such a principal is not planned, because nobody can tell
// which of the entries counts.
func Repair() PlanOption { return func(o *planOptions) { o.repair = true } }

// Plan compares what was observed with what the file says. It sends nothing. [File.Read] of the same
// file observes. A cluster that cannot be planned has an error in the plan; see [Plan.Err].
func (f *File) Plan(observed []Observed, opts ...PlanOption) *Plan {
	options := planOptions{now: time.Now()}
	for _, option := range opts {
		option(&options)
	}
	p := planner{
		file:      f,
		options:   options,
		rules:     f.rulesByCluster(),
		names:     f.labels(),
		unchecked: f.unchecked(),
		nothing:   &total{},
		ended:     endedRules{useful: map[position]bool{}},
	}
	plan := &Plan{Version: PlanVersion, Clusters: make([]ClusterPlan, len(observed)), Names: f.meanings}
	for i, o := range FailDuplicates(observed) {
		plan.Clusters[i] = p.plan(o)
	}
	plan.Date = options.now.UTC().Truncate(time.Second)
	plan.Notes = p.ended.notes()
	plan.Unmentioned = unmentioned(observed)
	plan.Summary = plan.count()
	return plan
}

// planner plans the clusters of a file.
type planner struct {
	file      *File
	options   planOptions
	rules     map[string][]*Rule // by cluster
	names     map[access.NRN]labels
	unchecked map[access.NRN]bool
	nothing   *total
	ended     endedRules
}

func (p *planner) plan(o Observed) ClusterPlan {
	now := rulingAt(p.options.now, p.rules[o.Spec.Name], p.nothing)
	plan := ClusterPlan{
		Cluster: o.Spec.Name, UUID: o.Cluster.UUID, Region: o.Spec.Region, Profile: o.Spec.Profile,
		AuthType: o.Cluster.AuthType, Entries: len(o.Entries), Protected: o.Spec.Protect,
		Steps: []Step{}, Others: []Other{}, ready: o.Cluster.Ready(),
	}
	p.fill(&plan, o, now)
	reasons := map[*Rule]bool{}
	for i := range plan.Steps {
		for _, rule := range now.explain(&plan.Steps[i]) {
			reasons[rule] = true
		}
	}
	p.ended.add(now, func(rule *Rule) bool { return plan.Error != "" || reasons[rule] })
	return plan
}

// fill adds what the rules want, or why there is no plan.
func (p *planner) fill(plan *ClusterPlan, o Observed, now ruling) {
	if err := p.unresolved(o.Spec); err != nil {
		plan.fail(err)
		plan.mayLose = unlimited
		return
	}
	if o.Err != nil {
		plan.fail(o.Err)
		plan.mayLose = mayLose(o, now.wants)
		return
	}
	plan.State = stateOf(o.Cluster.AuthType, o.Entries, plan.Protected)
	d, err := p.diff(now.wants, o)
	if err != nil {
		plan.fail(err)
		return
	}
	plan.Steps = append(plan.Steps, d.steps...)
	for i := range plan.Steps {
		plan.Steps[i].status = p.file.statusOf(plan.Steps[i].Principal)
	}
	plan.Others = append(plan.Others, d.others...)
	plan.Ignored = d.ignored
	plan.Unchanged = d.unchanged
	plan.Admins = adminsOf(o.Entries, plan.Steps)
	if now.ends {
		plan.Endings = p.endings(now.wants)
	}
	plan.Stale = p.stale(o.Entries, plan.Steps)
	plan.Notes = p.notes(o, plan.Steps)
}

// unresolved returns an error if the file has names for the cluster that stand for nobody yet.
func (p *planner) unresolved(target Target) error {
	names := slices.Clone(target.ProtectNames)
	for _, rule := range p.rules[target.Name] {
		names = append(names, rule.Names...)
	}
	if len(names) == 0 {
		return nil
	}
	return fmt.Errorf("%s is not resolved", names[0])
}

// fail records why the cluster has no plan.
func (c *ClusterPlan) fail(err error) {
	c.err = err
	c.Error = err.Error()
}

// adminsOf counts the entries of administrators before and after the steps.
func adminsOf(entries []access.Entry, steps []Step) Admins {
	before := access.Administrators(entries)
	touched := map[string]bool{}
	after := before
	for _, step := range steps {
		for _, id := range step.entryIDs() {
			touched[id] = true
		}
		if step.endsAsAdmin() {
			after++
		}
	}
	for _, entry := range entries {
		if touched[sameID(entry.UUID)] && entry.Administers() {
			after--
		}
	}
	return Admins{before, after}
}

func (p *Plan) count() Summary {
	s := Summary{Clusters: len(p.Clusters)}
	for i := range p.Clusters {
		c := &p.Clusters[i]
		s.Unchanged += c.Unchanged
		s.Others += len(c.Others)
		s.Ignored += c.Ignored
		s.LeftOut += len(c.LeftOut)
		s.Losing += c.losing()
		if c.Error != "" {
			s.Failed++
		}
		for _, entry := range c.Stale {
			if entry.Status == Gone {
				s.Stale++
			} else {
				s.Inactive++
			}
		}
		for _, step := range c.Steps {
			switch step.Action {
			case Add:
				s.Add++
			case Update:
				s.Change++
			case Remove:
				s.Remove++
			}
		}
	}
	return s
}

// losing counts the principals that lose access on the cluster.
func (c *ClusterPlan) losing() int {
	count := 0
	for i := range c.Steps {
		if c.Steps[i].Loses() {
			count++
		}
	}
	return count
}

// Err returns an error that names the clusters that could not be planned, or nil.
func (p *Plan) Err() error {
	var failed []error
	for i := range p.Clusters {
		c := &p.Clusters[i]
		if err := c.Err(); err != nil {
			failed = append(failed, aboutCluster(c.Cluster, err))
		}
	}
	return oneOrJoined(failed)
}

// stateOf hashes what a plan of a cluster is made of. It is the same for the same entries with the
// same grants, however they are written.
func stateOf(authType string, entries []access.Entry, protected []access.NRN) string {
	lines := make([]string, len(entries))
	for i, entry := range entries {
		lines[i] = fmt.Sprintf("%q\n%s", entry.Principal, entry.Key())
	}
	slices.Sort(lines)
	sum := sha256.New()
	_, _ = fmt.Fprintf(sum, "%s\n%q\n", authType, protected)
	for _, line := range lines {
		_, _ = io.WriteString(sum, line+"\n")
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// oneOrJoined returns the only error, or all errors joined, or nil for none.
func oneOrJoined(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return errors.Join(errs...)
}
