package export

import (
	"fmt"
	"slices"
)

// resolveApplied resolves the sub accounts of the list that is in force.
func (m *migrator) resolveApplied() {
	for i, user := range m.source.applied {
		principal, err := m.account.subAccount(user.id)
		if err != nil {
			m.note("the applied list (annotation %s): %s", appliedAnnotation, err)
			continue
		}
		where := fmt.Sprintf("the applied list (annotation %s)[%d]", appliedAnnotation, i)
		m.notes = append(m.notes, m.applied.add(principal, user, where)...)
	}
}

// compareApplied notes where the list that is in force differs from the ConfigMap.
func (m *migrator) compareApplied() {
	if !m.source.hasApplied {
		return
	}
	for _, user := range m.listed.users {
		inForce, found := m.applied.of(user.principal)
		if !found {
			m.note("%s: the ConfigMap has it, but the applied list (annotation %s) has not, so it cannot enter today; "+
				"the file lets it in", user, appliedAnnotation)
			continue
		}
		if !slices.Equal(inForce.groups, user.groups) {
			m.note("%s: the applied list (annotation %s) has other groups (%s) than the ConfigMap (%s)",
				user, appliedAnnotation, orNothing(inForce.groups), orNothing(user.groups))
		}
	}
	for _, user := range m.onlyApplied() {
		m.note("%s: the applied list (annotation %s) has it with %s, but the ConfigMap has not; "+
			"it loses that with the switch", user, appliedAnnotation, orNothing(user.groups))
	}
}

// onlyApplied returns the sub accounts that are in force without being in the ConfigMap.
func (m *migrator) onlyApplied() []listedUser {
	return slices.DeleteFunc(slices.Clone(m.applied.users), func(user listedUser) bool {
		_, found := m.listed.of(user.principal)
		return found
	})
}

// noteAuthenticateAll explains a setting that no page of the provider describes, and the groups that
// belong to it.
func (m *migrator) noteAuthenticateAll() {
	if m.source.authenticateAll {
		m.note("authenticateAll is true: by its name, and by a public file that uses it, every sub account of the account " +
			"can enter. No page of the provider that could be read describes it. This ends with the switch: then only " +
			"principals with an entry enter")
	}
	if m.source.authenticateAll || len(m.groupsOfGroups()) > 0 {
		m.note("RoleBindings and ClusterRoleBindings to groups %sNAME give members of the group NAME their access. No "+
			"source says that this works with access entries: give an entry to each member, with a group that you bind", groupOfGroup)
	}
}

// noteUnlisted names the administrators that the ConfigMap does not list.
func (m *migrator) noteUnlisted() {
	m.note("the sub account that made the cluster, and the main account, are in %s today without being in the ConfigMap "+
		"(user guide). Both lose that with the switch. If one of them shall keep it, add an entry for it: the main "+
		"account is %s", masters, m.account.owner())
}

// people returns what each person can do before and after the switch. Before the switch, the applied
// list counts if there is one.
func (m *migrator) people() []Person {
	today := &m.listed
	if m.source.hasApplied {
		today = &m.applied
	}
	var people []Person
	for _, user := range slices.Concat(m.listed.users, m.onlyApplied()) {
		before, _ := today.of(user.principal)
		people = append(people, Person{
			Name:      user.username,
			Principal: user.principal,
			Before:    before.inForce(),
			After:     m.after[user.principal],
		})
	}
	if m.source.authenticateAll {
		everybody := Person{Name: "every other sub account", Before: []string{"entry to the cluster (authenticateAll)"}}
		people = append(people, everybody)
	}
	return append(people,
		Person{Name: "the sub account that made the cluster", Before: []string{masters}},
		Person{Name: "the main account", Principal: m.account.owner(), Before: []string{masters}},
	)
}
