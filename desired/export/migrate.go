package export

import (
	"fmt"
	"slices"
	"strings"

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
	listed  userList                // data.mapSubAccounts
	applied userList                // the list that is in force, if the ConfigMap has it
	after   map[access.NRN][]string // what the entries grant
	groups  func() ([]Group, error) // nil if names are not known
}

func (m *migrator) note(format string, args ...any) {
	m.notes = append(m.notes, fmt.Sprintf(format, args...))
}

// carryOver makes entries of the users.
func (m *migrator) carryOver() error {
	if err := m.collect(); err != nil {
		return err
	}
	hasAdmin := false
	for _, user := range m.listed.users {
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
	owners := map[string]access.NRN{} // of user names
	for i, user := range m.source.users {
		where := fmt.Sprintf("mapSubAccounts[%d]", i)
		principal, err := m.account.subAccount(user.id)
		if err != nil {
			return fmt.Errorf("%s: %w", where, err)
		}
		m.notes = append(m.notes, m.listed.add(principal, user, where)...)
		owner, taken := owners[user.username]
		if taken && user.username != "" && owner != principal {
			m.note("%s: duplicate user name %q in %s, which %s has, too", principal, user.username, where, owner)
		}
		owners[user.username] = principal
	}
	return nil
}

// grantsFor returns what a user gets.
func (m *migrator) grantsFor(user listedUser) access.Grants {
	var grants access.Grants
	for _, group := range user.groups {
		problem := access.NameProblem(group)
		switch {
		case group == masters:
			grants.Policies = append(grants.Policies, access.ClusterAdmin.OnCluster())
		case access.IsSystemGroup(group):
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
