package export_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/nks-access/nks-access/desired"
	"github.com/nks-access/nks-access/desired/export"
	"github.com/nks-access/nks-access/internal/yamlfile"
)

const (
	kim = "2b141960-0000-0000-0000-246e9659184c"
	lee = "2b141960-0000-0000-0000-246e9659184d"
)

var account = export.Account{Domain: "PUB", Number: "5000008"}

func nrn(id string) string { return "nrn:PUB:IAM::5000008:SubAccount/" + id }

// configMap returns a ConfigMap with an annotation (if it is not empty) and users.
func configMap(applied string, users ...string) string {
	text := "kind: ConfigMap\n"
	if applied != "" {
		text += "metadata: {annotations: {ncloud.com/applied-ncp-auth: '" + applied + "'}}\n"
	}
	text += "data:\n  mapSubAccounts: |\n"
	for _, user := range users {
		text += "    - {" + user + "}\n"
	}
	return text
}

func migrate(t *testing.T, text string) *export.Migration {
	t.Helper()
	migration, err := export.Migrate([]byte(text), desired.Target{Name: "prod"}, account)
	if err != nil {
		t.Fatal(err)
	}
	return migration
}

// rights returns what the file gives, by principal.
func rights(m *export.Migration) map[string]string {
	rights := map[string]string{}
	for _, rule := range m.File.Rules {
		for _, principal := range rule.Principals {
			rights[string(principal)] = rule.Grants.String()
		}
	}
	return rights
}

func TestMigrate(t *testing.T) {
	for name, test := range map[string]struct {
		text   string
		rights map[string]string
		note   string
	}{
		"administrators and groups": {
			configMap("", "subAccountIdNo: "+kim+", username: kim, groups: [system:masters, dev]", "subAccountIdNo: "+lee+", groups: [dev]"),
			map[string]string{nrn(kim): "NKSClusterAdminPolicy, group dev", nrn(lee): "group dev"},
			`the user name "kim" is not carried over`,
		},
		"the spelling of the guide": {
			configMap("", "subaccountIdNo: "+kim+", groups: [system:masters]"),
			map[string]string{nrn(kim): "NKSClusterAdminPolicy"},
			"",
		},
		"nobody administers": {
			configMap("", "subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{nrn(kim): "group dev"},
			"nobody is in system:masters",
		},
		"a system group": {
			configMap("", "subAccountIdNo: "+kim+", groups: [system:nodes]"),
			map[string]string{},
			"left out, because nothing is carried over",
		},
		"a group that looks like another": {
			configMap("", `subAccountIdNo: `+kim+`, groups: ["dev\u200b", a]`),
			map[string]string{nrn(kim): "group a"},
			`the group "dev\u200b" is not carried over`,
		},
		"whoever made the cluster": {
			configMap("", "subAccountIdNo: "+kim+", groups: [system:masters]"),
			map[string]string{nrn(kim): "NKSClusterAdminPolicy"},
			"the sub account that made the cluster, and the main account, are in system:masters today",
		},
		"a duplicate with other groups": {
			configMap("", "subAccountIdNo: "+kim+", groups: [system:masters, dev]", "subAccountIdNo: "+strings.ToUpper(kim)+", groups: [dev, ops]"),
			map[string]string{nrn(kim): "group dev"},
			"duplicate in mapSubAccounts[1] with other groups (dev, ops; before: dev, system:masters)",
		},
		"a duplicate with nothing in common": {
			configMap("", "subAccountIdNo: "+kim+", groups: [system:masters]", "subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{},
			"only what both have is carried over, so decide which is right",
		},
		"the same twice": {
			configMap("", "subAccountIdNo: "+kim+", groups: [dev, a]", "subAccountIdNo: "+kim+", groups: [a, dev]"),
			map[string]string{nrn(kim): "group a, group dev"},
			"duplicate in mapSubAccounts[1], with the same groups",
		},
		"not applied": {
			configMap(`[{"SubAccountIdNo":"`+kim+`","Username":"kim","Groups":["system:masters"]}]`,
				"subAccountIdNo: "+kim+", groups: [system:masters]", "subAccountIdNo: "+lee+", username: lee, groups: [dev]"),
			map[string]string{nrn(kim): "NKSClusterAdminPolicy", nrn(lee): "group dev"},
			"lee " + nrn(lee) + ": the ConfigMap has it, but the applied list (annotation ncloud.com/applied-ncp-auth) has not",
		},
		"applied but not in the data": {
			configMap(`[{"SubAccountIdNo":"`+kim+`","Groups":["dev"]},{"SubAccountIdNo":"`+lee+`","Username":"lee","Groups":["system:masters"]}]`,
				"subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{nrn(kim): "group dev"},
			"lee " + nrn(lee) + ": the applied list (annotation ncloud.com/applied-ncp-auth) has it with system:masters, but the ConfigMap has not",
		},
		"applied with other groups": {
			configMap(`[{"SubAccountIdNo":"`+kim+`","Groups":["dev"]}]`, "subAccountIdNo: "+kim+", groups: [system:masters]"),
			map[string]string{nrn(kim): "NKSClusterAdminPolicy"},
			"has other groups (dev) than the ConfigMap (system:masters)",
		},
		"an annotation that is no list": {
			configMap(`nonsense`, "subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{nrn(kim): "group dev"},
			"the annotation ncloud.com/applied-ncp-auth cannot be read",
		},
		"everybody": {
			"kind: ConfigMap\ndata: {authenticateAll: 'true'}\n",
			map[string]string{},
			"authenticateAll is true: by its name, and by a public file that uses it, every sub account of the account can enter",
		},
		"a user name of two": {
			configMap("", "subAccountIdNo: "+kim+", username: kim, groups: [dev]", "subAccountIdNo: "+lee+", username: kim, groups: [dev]"),
			map[string]string{nrn(kim): "group dev", nrn(lee): "group dev"},
			nrn(lee) + `: duplicate user name "kim" in mapSubAccounts[1], which ` + nrn(kim) + " has, too",
		},
		"a group twice": {
			configMap("", "subAccountIdNo: "+kim+", groups: [dev, dev]"),
			map[string]string{nrn(kim): "group dev"},
			"duplicate group in mapSubAccounts[0]",
		},
		"applied twice": {
			configMap(`[{"SubAccountIdNo":"`+kim+`","Groups":["dev"]},{"SubAccountIdNo":"`+kim+`","Groups":["system:masters"]}]`,
				"subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{nrn(kim): "group dev"},
			"duplicate in the applied list (annotation ncloud.com/applied-ncp-auth)[1] with other groups (system:masters; before: dev)",
		},
		"an annotation with a key twice": {
			configMap(`[{"SubAccountIdNo":"`+kim+`","Groups":["dev"],"x":{"a":[1,{"groups":2}]},"groups":["system:masters"]}]`,
				"subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{nrn(kim): "group dev"},
			`cannot be read (duplicate key "groups")`,
		},
		"an annotation without a list": {
			configMap(`{"mapSubAccounts":[]}`, "subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{nrn(kim): "group dev"},
			"cannot be read (want a list of objects",
		},
		"authenticateAll that is neither true nor false": {
			configMap("", "subAccountIdNo: "+kim+", groups: [dev]") + "  authenticateAll: 'yes'\n",
			map[string]string{nrn(kim): "group dev"},
			`data.authenticateAll is "yes", neither true nor false`,
		},
		"authenticateAll in another case": {
			configMap("", "subAccountIdNo: "+kim+", groups: [dev]") + "  AuthenticateAll: 'true'\n",
			map[string]string{nrn(kim): "group dev"},
			`("AuthenticateAll" is not authenticateAll: case and blanks count)`,
		},
		"another ConfigMap": {
			"metadata: {name: aws-auth}\n" + configMap("", "subAccountIdNo: "+kim+", groups: [dev]"),
			map[string]string{nrn(kim): "group dev"},
			`the name of the ConfigMap is "aws-auth"`,
		},
		"a group of a group": {
			configMap("", "subAccountIdNo: "+kim+", groups: ['ncp-sub-account-group:backend']"),
			map[string]string{nrn(kim): "group ncp-sub-account-group:backend"},
			"RoleBindings and ClusterRoleBindings to groups ncp-sub-account-group:NAME",
		},
		"everybody, and groups of the account": {
			"kind: ConfigMap\ndata: {authenticateAll: 'true'}\n",
			map[string]string{},
			"RoleBindings and ClusterRoleBindings to groups ncp-sub-account-group:NAME",
		},
		"other data": {
			"kind: ConfigMap\ndata: {authenticateAll: 'true', more: x}\n",
			map[string]string{},
			"data.more is not carried over",
		},
	} {
		t.Run(name, func(t *testing.T) {
			migration := migrate(t, test.text)
			if diff := cmp.Diff(test.rights, rights(migration)); diff != "" {
				t.Error(diff)
			}
			if !slices.ContainsFunc(migration.Notes, func(note string) bool { return strings.Contains(note, test.note) }) {
				t.Errorf("no note has %q:\n%s", test.note, strings.Join(migration.Notes, "\n"))
			}
		})
	}
}

// The rehearsal names everybody who can do something before or after the switch.
func TestMigrateRehearsal(t *testing.T) {
	migration := migrate(t, configMap(`[{"SubAccountIdNo":"`+lee+`","Username":"lee","Groups":["dev"]}]`,
		"subAccountIdNo: "+kim+", username: kim, groups: [system:masters]")+"  authenticateAll: 'TRUE'\n")
	var lines []string
	for _, person := range migration.People {
		lines = append(lines, person.String())
	}
	want := []string{
		"kim " + nrn(kim) + ": nothing before the switch, NKSClusterAdminPolicy after it",
		"lee " + nrn(lee) + ": dev before the switch, nothing after it",
		"every other sub account: entry to the cluster (authenticateAll) before the switch, nothing after it",
		"the sub account that made the cluster: system:masters before the switch, nothing after it",
		"the main account nrn:PUB:Account::5000008:Customer/static: system:masters before the switch, nothing after it",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if comments := migration.Comments(); !slices.Contains(comments, want[0]) || !slices.Contains(comments, migration.Notes[0]) {
		t.Errorf("the comments are %q", comments)
	}
}

// What a sub account of several lines has today is not known.
func TestMigrateRehearsalOfDuplicates(t *testing.T) {
	migration := migrate(t, configMap("", "subAccountIdNo: "+kim+", groups: [system:masters]", "subAccountIdNo: "+kim+", groups: [' team b', dev]",
		"subAccountIdNo: "+lee+", groups: ['a, b', c]"))
	want := []string{
		nrn(kim) + `: system:masters, or " team b", dev before the switch, nothing after it`,
		nrn(lee) + `: "a, b", c before the switch, group a, b, group c after it`,
	}
	for i, line := range want {
		if got := migration.People[i].String(); got != line {
			t.Errorf("got %s, want %s", got, line)
		}
	}
}

func TestMigrateMistakes(t *testing.T) {
	right := configMap("", "subAccountIdNo: "+kim+", groups: [dev]")
	for name, test := range map[string]struct {
		text    string
		account export.Account
		want    string
	}{
		"nothing":            {"", account, "the input is empty (want the ConfigMap"},
		"a list":             {"[]", account, "the input is not a mapping (want the ConfigMap"},
		"no kind":            {"data: {}", account, "kind is missing (want the ConfigMap"},
		"another kind":       {"kind: Secret", account, `kind is "Secret" (want the ConfigMap`},
		"no data":            {"kind: ConfigMap", account, "data is missing"},
		"no users":           {"kind: ConfigMap\ndata: {authenticateAll: 'false'}", account, "data.mapSubAccounts is missing"},
		"users of EKS":       {"kind: ConfigMap\ndata: {mapUsers: ''}", account, `data.mapSubAccounts is missing; data has "mapUsers", as aws-auth of Amazon EKS has`},
		"another case":       {"kind: ConfigMap\ndata: {mapSubaccounts: ''}", account, `data.mapSubAccounts is missing; data has "mapSubaccounts"`},
		"empty":              {"kind: ConfigMap\ndata: {mapSubAccounts: ' '}", account, "data.mapSubAccounts is empty"},
		"no text":            {"kind: ConfigMap\ndata: {mapSubAccounts: []}", account, "data.mapSubAccounts must be text"},
		"no list":            {"kind: ConfigMap\ndata: {mapSubAccounts: 'a: b'}", account, "data.mapSubAccounts"},
		"no ID":              {configMap("", "username: kim, groups: [a]"), account, "mapSubAccounts[0]: subAccountIdNo is missing"},
		"two IDs":            {configMap("", "subAccountIdNo: "+kim+", subaccountIdNo: "+lee), account, "mapSubAccounts[0] has both"},
		"an NRN for an ID":   {configMap("", "subAccountIdNo: '"+nrn(kim)+"', groups: [a]"), account, "the ID of the SubAccount is a whole NRN"},
		"a number for an ID": {configMap("", "subAccountIdNo: '12', groups: [a]"), account, "the ID of the SubAccount must be a UUID"},
		"an NRN for an account": {right, export.Account{Domain: "PUB", Number: nrn(kim)},
			`the account must be a number such as 5000008, not "` + nrn(kim) + `"; the number in this NRN is 5000008`},
		"part of an NRN for an account": {right, export.Account{Domain: "PUB", Number: "nrn:PUB:IAM::5000008"}, "the account must be a number"},
		"another domain":                {right, export.Account{Domain: "pub", Number: "5"}, "the domain must be PUB, FIN or GOV"},
		"too many groups":               {configMap("", "subAccountIdNo: "+kim+", groups: ["+strings.Join(names(31, "g"), ",")+"]"), account, "31 groups, and an entry has at most 30"},
	} {
		_, err := export.Migrate([]byte(test.text), desired.Target{Name: "prod"}, test.account)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
	}
}

// Keys that stand there many times are found in linear time and memory.
func TestMigrateManyKeys(t *testing.T) {
	text := "kind: ConfigMap\n" + strings.Repeat("a: 1\n", 100_000)
	_, err := export.Migrate([]byte(text), desired.Target{Name: "prod"}, account)
	var mistakes *yamlfile.Error
	if !errors.As(err, &mistakes) || len(mistakes.Mistakes)+mistakes.More != 99_999 {
		t.Errorf("%.200v", err)
	}
	if err != nil && !strings.Contains(err.Error(), `ConfigMap:3:1: `) {
		t.Errorf("%.200v", err)
	}
}

// Nothing makes Migrate panic, and the file that it makes loads.
func FuzzMigrate(f *testing.F) {
	f.Add([]byte(configMap(`[{"SubAccountIdNo":"`+kim+`","Groups":["dev"]}]`, "subAccountIdNo: "+kim+", username: admin, groups: [system:masters, a]")))
	f.Add([]byte("kind: ConfigMap\ndata: {mapSubAccounts: '[]', authenticateAll: 'true'}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		migration, err := export.Migrate(data, desired.Target{Name: "prod"}, account)
		if err != nil {
			return
		}
		var b strings.Builder
		if err := export.WriteYAML(&b, migration.File, migration.Comments()...); err != nil {
			t.Fatal(err)
		}
		if _, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(b.String())}); err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
	})
}
