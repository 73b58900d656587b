package desired

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// Plan is what has to change so that clusters are as a file says.
type Plan struct {
	Version  int           `json:"version"`
	Clusters []ClusterPlan `json:"clusters"`
	Summary  Summary       `json:"summary"`
}

// Summary counts what a plan holds.
type Summary struct {
	Clusters  int `json:"clusters"`
	Add       int `json:"add"`
	Change    int `json:"change"`
	Remove    int `json:"remove"`
	Unchanged int `json:"unchanged"`
	Others    int `json:"others"` // entries that no rule names and that are left alone
	Failed    int `json:"failed"` // clusters that could not be read or planned
}

// Changes is the number of all changes.
func (s Summary) Changes() int { return s.Add + s.Change + s.Remove }

// ClusterPlan is the part of a plan that is about one cluster.
type ClusterPlan struct {
	Cluster   string   `json:"cluster"` // as the file has it
	UUID      string   `json:"uuid,omitempty"`
	Region    string   `json:"region,omitempty"`
	Profile   string   `json:"profile,omitempty"`
	AuthType  string   `json:"authType,omitempty"`
	Entries   int      `json:"entries"`             // that were there
	State     string   `json:"state,omitempty"`     // a hash of what the entries granted and of the auth type
	Changes   []Change `json:"changes"`             // in the order in which they are made
	Others    []Entry  `json:"others"`              // that no rule names and that are left alone
	Unchanged int      `json:"unchanged"`           // entries that are as the file says
	Admins    Admins   `json:"administrators"`      // cluster-wide ones
	Protected []string `json:"protected,omitempty"` // NRNs of principals that lose nothing
	Error     string   `json:"error,omitempty"`     // why there is no plan for the cluster

	ready bool // the cluster takes a change
	saved bool // the plan was made in an earlier run
	err   error
}

// Admins counts the principals that have a cluster-wide NKSClusterAdminPolicy.
type Admins struct {
	Before int `json:"before"`
	After  int `json:"after"`
}

// Entry is an entry of a principal.
type Entry struct {
	UUID      string `json:"uuid,omitempty"`
	Principal string `json:"principal"`
	Name      string `json:"name,omitempty"` // of the principal in the file
	Grants
}

// Action is what a change does to an entry.
type Action string

// The actions.
const (
	Add    Action = "add"
	Update Action = "change"
	Remove Action = "remove"
)

// Change is one change to one entry.
type Change struct {
	Action    Action   `json:"action"`
	Principal string   `json:"principal"`
	Name      string   `json:"name,omitempty"`  // of the principal in the file
	Entry     string   `json:"entry,omitempty"` // UUID of the entry that is there
	Before    Grants   `json:"before"`
	After     Grants   `json:"after"`
	Adds      []string `json:"adds"`  // what the principal gets
	Takes     []string `json:"takes"` // what the principal loses
}

// Err returns why there is no plan for the cluster, or nil.
func (c *ClusterPlan) Err() error {
	if c.err == nil && c.Error != "" {
		return errors.New(c.Error) // of a saved plan
	}
	return c.err
}

// NeedsSwitch reports whether the plan works only after the auth type is switched to API.
func (c *ClusterPlan) NeedsSwitch() bool { return c.AuthType == "CONFIG_MAP" && len(c.Changes) > 0 }

// Plan compares what was read with what the file says. It sends nothing. The states are those of
// [Read] for clusters of the file.
func (f *File) Plan(states []State) *Plan {
	states = withoutTwins(states)
	plan := &Plan{Version: Version, Clusters: make([]ClusterPlan, len(states))}
	wants, names := f.wants(nil), f.names()
	clusters := make(map[string]Cluster, len(f.Clusters))
	for _, cluster := range f.Clusters {
		clusters[cluster.Name] = cluster
	}
	for i, state := range states {
		plan.Clusters[i] = planCluster(clusters[state.Name], wants[state.Name], state, names)
	}
	plan.Summary = plan.count()
	return plan
}

func planCluster(cluster Cluster, wants []want, state State, names map[string]string) ClusterPlan {
	c := ClusterPlan{
		Cluster: state.Name, UUID: state.Cluster.UUID, Region: cluster.Region, Profile: cluster.Profile,
		AuthType: state.Cluster.AuthType, Entries: len(state.Entries), ready: state.Cluster.Ready(),
		Changes: []Change{}, Others: []Entry{}, Protected: cluster.Protect,
	}
	if state.Err != nil {
		return c.fail(state.Err)
	}
	c.State = hash(c.AuthType, state.Entries)
	there := make(map[string]*access.Entry, len(state.Entries))
	count := make(map[string]int, len(state.Entries))
	for i := range state.Entries {
		entry := &state.Entries[i]
		count[entry.Principal]++
		there[entry.Principal] = entry
		if grantsOf(*entry).Admin() {
			c.Admins.Before++
		}
	}
	c.Admins.After = c.Admins.Before
	named := make(map[string]bool, len(wants))
	for _, w := range wants {
		named[w.principal] = true
		if count[w.principal] > 1 {
			return c.fail(fmt.Errorf("%s has more than one entry on cluster %s; delete all but one", w.principal, c.UUID))
		}
		entry := there[w.principal]
		switch {
		case entry == nil && w.absent:
		case entry == nil:
			c.change(Add, names, Entry{Principal: w.principal}, w.grants)
		case w.absent:
			c.change(Remove, names, entryOf(entry), Grants{})
		case entry.HasExactly(w.grants.Groups, w.grants.Policies):
			c.Unchanged++
		default:
			c.change(Update, names, entryOf(entry), w.grants)
		}
	}
	for i := range state.Entries {
		entry := &state.Entries[i]
		switch {
		case named[entry.Principal]:
		case cluster.Others == RemoveOthers:
			c.change(Remove, names, entryOf(entry), Grants{})
		default:
			other := entryOf(entry)
			other.Name = names[entry.Principal]
			c.Others = append(c.Others, other)
		}
	}
	for i := range c.Changes {
		if err := c.Changes[i].check(); err != nil {
			return c.fail(fmt.Errorf("%s on cluster %s: %w", c.Changes[i].Principal, c.UUID, err))
		}
	}
	slices.SortStableFunc(c.Changes, func(a, b Change) int { return cmp.Compare(a.rank(), b.rank()) })
	return c
}

func entryOf(e *access.Entry) Entry {
	return Entry{UUID: e.UUID, Principal: e.Principal, Grants: grantsOf(*e)}
}

// fail drops all changes: nothing is known of the cluster, or what is known contradicts the file.
func (c *ClusterPlan) fail(err error) ClusterPlan {
	c.err, c.Error = err, err.Error()
	c.Changes, c.Others, c.Unchanged, c.Admins = []Change{}, []Entry{}, 0, Admins{}
	return *c
}

func (c *ClusterPlan) change(action Action, names map[string]string, entry Entry, after Grants) {
	change := Change{
		Action: action, Principal: entry.Principal, Name: names[entry.Principal], Entry: entry.UUID,
		Before: entry.Grants, After: after,
	}
	change.diff()
	if change.Before.Admin() {
		c.Admins.After--
	}
	if change.After.Admin() {
		c.Admins.After++
	}
	c.Changes = append(c.Changes, change)
}

// diff sets what the principal gets and loses. Lists are never nil.
func (c *Change) diff() {
	before, after := c.Before.Lines(), c.After.Lines()
	c.Adds, c.Takes = append([]string{}, missing(after, before)...), append([]string{}, missing(before, after)...)
	for _, grants := range []*Grants{&c.Before, &c.After} {
		if grants.Groups == nil {
			grants.Groups = []string{}
		}
		if grants.Policies == nil {
			grants.Policies = []access.Policy{}
		}
	}
}

// check returns an error if the change would be refused. Policies that the entry has are fine,
// known or not.
func (c *Change) check() error {
	switch {
	case c.Action == Remove:
		return nil
	case c.Action == Add && isNRN(c.Principal) && access.TypeOf(c.Principal) == "":
		return errors.New("the NRN is neither a SubAccount nor a Role; " +
			"create its entry with nks-access create --type, then the file can change it")
	case c.Action == Add:
		return access.NewEntry{Principal: c.Principal, Groups: c.After.Groups, Policies: c.After.Policies}.Validate()
	}
	added := slices.DeleteFunc(slices.Clone(c.After.Policies), func(p access.Policy) bool {
		return slices.ContainsFunc(c.Before.Policies, p.Equal)
	})
	return access.NewEntry{Principal: exampleNRN, Groups: c.After.Groups, Policies: added}.Validate()
}

// rank is the place of a change in the order of a cluster: administrators first, then additions,
// changes that widen, changes that narrow, removals last. So a principal gets what another loses
// before the other loses it.
func (c *Change) rank() int {
	switch {
	case c.After.Admin() && !c.Before.Admin():
		return 0
	case c.Action == Add:
		return 1
	case c.Action == Remove:
		return 4
	case len(c.Takes) > 0:
		return 3
	}
	return 2
}

func (p *Plan) count() Summary {
	s := Summary{Clusters: len(p.Clusters)}
	for _, c := range p.Clusters {
		s.Unchanged += c.Unchanged
		s.Others += len(c.Others)
		if c.Error != "" {
			s.Failed++
		}
		for _, change := range c.Changes {
			switch change.Action {
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

// Err returns an error that names the clusters that could not be planned, or nil.
func (p *Plan) Err() error {
	var failed []error
	for i := range p.Clusters {
		if err := p.Clusters[i].Err(); err != nil {
			failed = append(failed, fmt.Errorf("cluster %q: %w", p.Clusters[i].Cluster, err))
		}
	}
	return joined(failed)
}

// hash is the same for the same entries with the same grants, however they are written.
func hash(authType string, entries []access.Entry) string {
	lines := make([]string, len(entries))
	for i, entry := range entries {
		lines[i] = fmt.Sprintf("%q\n%s", entry.Principal, grantsOf(entry).key())
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(authType + "\n" + strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
