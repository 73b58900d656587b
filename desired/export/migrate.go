package export

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// Account is where the principals of a ConfigMap are.
type Account struct {
	Domain string // PUB, FIN or GOV
	Number string // of the account, such as 5000008
}

// Migration is what [Migrate] makes of a ConfigMap.
type Migration struct {
	File   *desired.File
	Notes  []string // what is not carried over, and what must be decided
	People []Person // what each can do before and after the switch to access entries
}

// Comments returns the notes, and a line for each person, for the top of the file.
func (m *Migration) Comments() []string {
	comments := slices.Clone(m.Notes)
	for _, person := range m.People {
		comments = append(comments, person.String())
	}
	return comments
}

// Person says what one person can do before and after the switch.
type Person struct {
	Name      string     `json:"name"`                // a user name, or words
	Principal access.NRN `json:"principal,omitempty"` // empty if it is not known
	Before    []string   `json:"before"`              // groups; nil means nothing
	After     []string   `json:"after"`               // what the entry grants; nil means nothing
}

func (p Person) String() string {
	name := p.Name
	if p.Principal != "" {
		name = strings.TrimSpace(fmt.Sprintf("%s %s", p.Name, p.Principal))
	}
	return fmt.Sprintf("%s: %s before the switch, %s after it", name, orNothing(p.Before), orNothing(p.After))
}

func orNothing(lines []string) string {
	if len(lines) == 0 {
		return "nothing"
	}
	return strings.Join(lines, ", ")
}

const (
	masters      = "system:masters"
	groupOfGroup = "ncp-sub-account-group:"
)

// Migrate makes a file of the ConfigMap kube-system/ncp-auth, as kubectl get -o yaml prints it. The
// group system:masters becomes the policy NKSClusterAdminPolicy, and other groups stay groups. A sub
// account that is listed more than once gets what all its lines have.
//
// There is no way back from access entries, so the notes name all access that ends with the switch,
// also of those whom the ConfigMap does not list. Their source is the user guide.
//
// With WithNames, sub accounts have their login IDs as names, and IDs that no sub account has are left
// out and noted.
//
// The error says what is wrong with the ConfigMap, with an ID in it, or with the account.
func Migrate(data []byte, target desired.Target, account Account, options ...MigrateOption) (*Migration, error) {
	if err := account.validate(); err != nil {
		return nil, err
	}
	source, err := readConfigMap(data)
	if err != nil {
		return nil, fmt.Errorf("read ConfigMap: %w", err)
	}
	m := &migrator{
		account: account,
		target:  target,
		source:  source,
		rules:   newGrouper(),
		notes:   source.notes,
		after:   map[access.NRN][]string{},
	}
	for _, option := range options {
		option(m)
	}
	m.rules.file.Clusters = []desired.Target{target}
	if err := m.carryOver(); err != nil {
		return nil, fmt.Errorf("read ConfigMap: %w", err)
	}
	m.rules.makeRules()
	m.resolveApplied()
	m.compareApplied()
	m.noteAuthenticateAll()
	if err := m.proposeGroups(); err != nil {
		return nil, err
	}
	m.noteUnlisted()
	return &Migration{File: m.rules.file, Notes: m.notes, People: m.people()}, nil
}

// isAccountNumber reports whether an NRN can have text as its account.
func isAccountNumber(text string) bool {
	return access.NRNProblem(string(Account{"PUB", text}.owner())) == ""
}

// validate returns an error that says what is wrong with the account.
func (a Account) validate() error {
	if !isAccountNumber(a.Number) {
		hint := ""
		if number := access.NRN(a.Number).Account(); isAccountNumber(number) {
			hint = fmt.Sprintf("; the number in this NRN is %s", number)
		}
		return fmt.Errorf("the account must be a number such as 5000008, not %q%s", a.Number, hint)
	}
	if !slices.Contains([]string{"PUB", "FIN", "GOV"}, a.Domain) {
		return fmt.Errorf("the domain must be PUB, FIN or GOV, not %q", a.Domain)
	}
	return nil
}

// subAccount returns the NRN of a sub account. The error says what is wrong with the ID.
func (a Account) subAccount(id string) (access.NRN, error) {
	text := fmt.Sprintf("nrn:%s:IAM::%s:SubAccount/%s", a.Domain, a.Number, id)
	if problem := access.NRNProblem(text); problem != "" {
		return "", fmt.Errorf("subAccountIdNo %q does not make an NRN: %s", id, problem)
	}
	return access.AnyNRN(text), nil
}

// owner returns the NRN of the main account.
func (a Account) owner() access.NRN {
	return access.NRN(fmt.Sprintf("nrn:%s:Account::%s:Customer/static", a.Domain, a.Number))
}

// migrator makes one migration.
type migrator struct {
	account Account
	target  desired.Target
	source  *configMap
	rules   *grouper
	notes   []string
	listed  []listedUser            // data.mapSubAccounts, each sub account once
	applied []listedUser            // the list that is in force, if the ConfigMap has it
	after   map[access.NRN][]string // what the entries grant
	groups  func() ([]Group, error) // nil if names are not known
}

// listedUser is a sub account of one of the lists.
type listedUser struct {
	principal access.NRN
	username  string
	groups    []string   // that all its lines have
	lines     [][]string // the groups of each line, if they differ
}

// inForce returns what the sub account has today. No page says which of several lines counts.
func (u listedUser) inForce() []string {
	if len(u.lines) == 0 {
		return clearNames(u.groups)
	}
	var choices []string
	for _, groups := range u.lines {
		choices = append(choices, orNothing(clearNames(groups)))
	}
	return []string{strings.Join(choices, ", or ")}
}

// clearNames returns names that can be read on one line: those with a blank or a comma are in quotes.
func clearNames(names []string) []string {
	var texts []string
	for _, name := range names {
		if strings.ContainsAny(name, ",\"") || strings.ContainsFunc(name, unicode.IsSpace) {
			name = strconv.Quote(name)
		}
		texts = append(texts, name)
	}
	return texts
}

func (u listedUser) String() string { return strings.TrimSpace(u.username + " " + string(u.principal)) }

func (m *migrator) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// carryOver makes entries of the users.
func (m *migrator) carryOver() error {
	if err := m.collect(); err != nil {
		return err
	}
	hasAdmin := false
	for _, user := range m.listed {
		grants := m.grantsFor(user)
		if n := len(grants.Groups); n > access.MaxGroups {
			return fmt.Errorf("%s has %d groups, and an entry has at most %d", user.principal, n, access.MaxGroups)
		}
		if m.isGone(user.principal) {
			m.note("%s %s: left out, because no sub account of the account has this ID", user.username, user.principal)
			continue
		}
		if user.username != "" {
			m.note("%s: the user name %q is not carried over; look for RoleBindings and ClusterRoleBindings to it",
				user.principal, user.username)
		}
		if grants.Empty() {
			m.note("%s: left out, because nothing is carried over for it", user.principal)
			continue
		}
		hasAdmin = hasAdmin || grants.Admin()
		m.after[user.principal] = grants.Lines()
		m.rules.add(m.target.Name, access.Entry{Principal: user.principal, Username: user.username, Grants: grants})
	}
	if !hasAdmin {
		m.note("nobody is in %s; add an administrator before you switch the auth type, "+
			"or nobody can administer the cluster", masters)
	}
	return nil
}

// collect lists each sub account once, and notes user names that several have.
func (m *migrator) collect() error {
	places := map[access.NRN]int{}
	owners := map[string]access.NRN{} // of user names
	for i, user := range m.source.users {
		principal, err := m.account.subAccount(user.id)
		if err != nil {
			return fmt.Errorf("mapSubAccounts[%d]: %w", i, err)
		}
		place := fmt.Sprintf("mapSubAccounts[%d]", i)
		m.listed = m.listOnce(m.listed, listedUser{principal: principal, username: user.username, groups: user.groups}, places, place)
		owner, taken := owners[user.username]
		if taken && user.username != "" && owner != principal {
			m.note("%s: duplicate user name %q in %s, which %s has, too", principal, user.username, place, owner)
		}
		owners[user.username] = principal
	}
	return nil
}

// listOnce adds a user to a list of which places has the index of each principal. One that is there gets what all its lines have: no page says which line
// counts, and the sum could be more than anybody meant.
func (m *migrator) listOnce(list []listedUser, user listedUser, places map[access.NRN]int, place string) []listedUser {
	groups := sortedSet(user.groups)
	if len(groups) < len(user.groups) {
		m.note("%s: duplicate group in %s", user.principal, place)
	}
	user.groups = groups
	at, duplicate := places[user.principal]
	if !duplicate {
		places[user.principal] = len(list)
		return append(list, user)
	}
	first := &list[at]
	if len(first.lines) == 0 && slices.Equal(first.groups, groups) {
		m.note("%s: duplicate in %s, with the same groups", user.principal, place)
		return list
	}
	m.note("%s: duplicate in %s with other groups (%s; before: %s); only what both have is carried over, "+
		"so decide which is right", user.principal, place, orNothing(groups), orNothing(first.groups))
	if len(first.lines) == 0 {
		first.lines = [][]string{first.groups}
	}
	first.lines = append(first.lines, groups)
	first.groups = inBoth(first.groups, groups)
	return list
}

// grantsFor returns what a user gets.
func (m *migrator) grantsFor(user listedUser) access.Grants {
	var grants access.Grants
	for _, group := range user.groups {
		problem := access.NameProblem(group)
		switch {
		case group == masters:
			grants.Policies = append(grants.Policies, access.ClusterAdmin.OnCluster())
		case strings.HasPrefix(group, "system:"):
			m.note("%s: the group %q is not carried over; give a policy in its place, or add the group by hand",
				user.principal, group)
		case problem != "":
			m.note("%s: the group %q is not carried over: its name %s", user.principal, group, problem)
		default:
			grants.Groups = append(grants.Groups, group)
		}
	}
	return grants
}

func sortedSet(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

// inBoth returns the texts that are in both sorted sets.
func inBoth(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(text string) bool {
		_, found := slices.BinarySearch(b, text)
		return !found
	})
}
