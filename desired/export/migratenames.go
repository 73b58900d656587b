package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// Group is a group of sub accounts.
type Group struct {
	Name    string
	Members []desired.Identity
}

// MigrateOption configures [Migrate].
type MigrateOption func(*migrator)

// WithNames gives the people of the account, and its groups with their members. groups is called only
// if the ConfigMap lets groups in.
func WithNames(people *desired.People, groups func() ([]Group, error)) MigrateOption {
	return func(m *migrator) {
		m.rules.people = people
		m.groups = groups
	}
}

// isGone reports whether the account has no such sub account.
func (m *migrator) isGone(principal access.NRN) bool {
	return m.rules.people.Status(principal) == desired.Gone
}

// proposeGroups notes a rule for each group that the ConfigMap lets in, with its members.
func (m *migrator) proposeGroups() error {
	wanted := m.groupsOfGroups()
	isNeeded := m.source.authenticateAll || len(wanted) > 0
	if m.groups == nil || !isNeeded {
		return nil
	}
	groups, err := m.groups()
	if err != nil {
		return fmt.Errorf("read the groups of the account: %w", err)
	}
	known := map[string]bool{}
	for _, group := range groups {
		known[group.Name] = true
		if m.source.authenticateAll || slices.Contains(wanted, group.Name) {
			m.propose(group)
		}
	}
	for _, name := range wanted {
		if !known[name] {
			m.note("the account has no group %q, so the group %s%s has no members", name, groupOfGroup, name)
		}
	}
	return nil
}

// groupsOfGroups returns the groups of the account that groups of the ConfigMap stand for.
func (m *migrator) groupsOfGroups() []string {
	var names []string
	for _, user := range slices.Concat(m.listed.users, m.applied.users) {
		for _, group := range user.groups {
			name, isOne := strings.CutPrefix(group, groupOfGroup)
			if isOne && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (m *migrator) propose(group Group) {
	var members []string
	for _, member := range group.Members {
		name := member.Name
		if member.Deleted {
			name += " (deleted)"
		} else if member.Inactive {
			name += " (inactive)"
		}
		members = append(members, name)
	}
	rule := desired.Rule{
		Names:    []desired.Name{{Kind: desired.KindGroup, Text: group.Name}},
		Clusters: []string{m.target.Name},
		Grants:   access.Grants{Groups: []string{groupOfGroup + group.Name}},
	}
	y := yamlWriter{file: &desired.File{}}
	m.note("proposal for the members of %s (today: %s), if RoleBindings or ClusterRoleBindings name their group: %s",
		group.Name, cmp.Or(strings.Join(members, ", "), "nobody"), y.rule(rule))
}
