package desired

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/internal/yamlfile"
)

// Account is where the principals of a ConfigMap are.
type Account struct {
	Domain string // PUB, FIN or GOV
	Number string // of the account
}

// Migrate makes a file of the ConfigMap kube-system/ncp-auth, as kubectl get -o yaml prints it. The
// group system:masters becomes the policy NKSClusterAdminPolicy, and other groups stay groups.
// Notes say what is not carried over: other system: groups, and user names that RoleBindings may
// rely on.
func Migrate(configMap []byte, cluster Cluster, account Account) (file *File, notes []string, err error) {
	users, notes, err := mappedUsers(configMap)
	if err != nil {
		return nil, nil, fmt.Errorf("read ConfigMap: %w", err)
	}
	file = &File{Clusters: []Cluster{cluster}}
	e := &exporter{file: file, names: map[string]string{}, taken: taken{}, grants: map[string][]grant{}}
	entries := map[string]access.Entry{}
	var order []string
	for i, user := range users {
		nrn := fmt.Sprintf("nrn:%s:IAM::%s:SubAccount/%s", account.Domain, account.Number, user.ID)
		if user.ID == "" || !isNRN(nrn) {
			return nil, nil, fmt.Errorf("read ConfigMap: mapSubAccounts[%d]: subAccountIdNo %q, account %q and domain %q "+
				"do not make an NRN (want one such as %s)", i, user.ID, account.Number, account.Domain, exampleNRN)
		}
		note := func(format string, args ...any) { notes = append(notes, nrn+": "+fmt.Sprintf(format, args...)) }
		var groups []string
		var policies []access.Policy
		for _, group := range user.Groups {
			switch {
			case group == "system:masters":
				policies = append(policies, access.Policy{Type: access.ClusterAdminPolicy, Scope: access.ClusterScope})
			case strings.HasPrefix(group, "system:"):
				note("the group %q is not carried over; give a policy in its place, or add the group by hand", group)
			case group == "":
				return nil, nil, fmt.Errorf("read ConfigMap: mapSubAccounts[%d]: a group has no name", i)
			default:
				groups = append(groups, group)
			}
		}
		if user.Username != "" {
			note("the user name %q is not carried over; look for RoleBindings and ClusterRoleBindings to it", user.Username)
		}
		if len(groups)+len(policies) == 0 {
			note("left out, because nothing is carried over for it")
			continue
		}
		entry, twice := entries[nrn]
		if !twice {
			order = append(order, nrn)
		}
		entry.Principal, entry.Username = nrn, user.Username
		entries[nrn] = entry.Granting(groups, policies)
	}
	for _, nrn := range order {
		if n := len(entries[nrn].Groups); n > maxGroups {
			return nil, nil, fmt.Errorf("read ConfigMap: %s has %d groups, and an entry takes at most %d", nrn, n, maxGroups)
		}
		e.add(0, entries[nrn])
	}
	e.rules()
	if !slices.ContainsFunc(file.Rules, func(rule Rule) bool { return rule.Admin() }) {
		notes = append(notes, "nobody is in system:masters; "+
			"add an administrator before you switch the auth type, or nobody can administer the cluster")
	}
	return file, notes, nil
}

type mappedUser struct {
	ID       string   `yaml:"subAccountIdNo"`
	Username string   `yaml:"username"`
	Groups   []string `yaml:"groups"`
}

// mappedUsers returns the users of the ConfigMap, and notes on data that is not of users.
func mappedUsers(configMap []byte) (users []mappedUser, notes []string, err error) {
	const file = "ConfigMap"
	root, err := yamlfile.Parse(file, configMap)
	if err != nil {
		return nil, nil, err
	}
	const want = "(want the ConfigMap that kubectl get configmap ncp-auth -n kube-system -o yaml prints)"
	if root == nil {
		return nil, nil, errors.New("the input is empty " + want)
	}
	r := &reader{file: file}
	var kind, text string
	found := false
	for _, p := range r.mapping(root, "it") {
		switch p.key.text {
		case "kind":
			kind = p.value.Value
		case "data":
			for _, p := range r.mapping(p.value, "data") {
				if p.key.text != "mapSubAccounts" {
					notes = append(notes, fmt.Sprintf("data.%s is not carried over; only data.mapSubAccounts is known", p.key.text))
					continue
				}
				located, _ := r.text(p.value, "data.mapSubAccounts")
				text, found = located.text, true
			}
		}
	}
	switch {
	case kind == "":
		return nil, nil, errors.New("kind is missing " + want)
	case kind != "ConfigMap":
		return nil, nil, fmt.Errorf("kind is %q %s", kind, want)
	case len(r.mistakes) > 0:
		return nil, nil, &LoadError{r.mistakes}
	case !found:
		return nil, nil, errors.New("data.mapSubAccounts is missing")
	case strings.TrimSpace(text) == "":
		return nil, nil, errors.New("data.mapSubAccounts is empty")
	}
	if err := yamlfile.Decode("data.mapSubAccounts", []byte(text), &users); err != nil {
		return nil, nil, err
	}
	return users, notes, nil
}
