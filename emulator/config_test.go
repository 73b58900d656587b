package emulator_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/signer"
)

func writeConfig(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "emulator.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoadConfig(t *testing.T) {
	options, err := emulator.LoadConfig(writeConfig(t, `
keys:
  - {accessKey: ADMIN, secretKey: admin-secret}
  - {accessKey: READER, secretKey: reader-secret, operations: [listAccessEntries]}
clusters:
  - name: production
    uuid: 0000A20E-e0fb-4dc9-af1b-97fd3f8d0000
    accessEntries:
      - type: ROLE
        entry: `+role+`
        policies: [{type: NKSEditPolicy, scope: namespace, namespaces: [dev]}]
  - {name: old, uuid: 11111111-e0fb-4dc9-af1b-97fd3f8d0000, authType: CONFIG_MAP, status: NO_NODE, regionCode: SGN,
     clusterType: SVR.VNKS.STAND.C002.M008.G003, vpcNo: 1234, returnProtection: true, log: {audit: false}, subnetNoList: [1, 2]}
faults: {latency: 1ms, rate: 1000/s, scopes: lower}
`))
	if err != nil {
		t.Fatal(err)
	}
	if options.Faults.Latency != time.Millisecond || options.Faults.Rate != 1000 {
		t.Errorf("faults are %+v", options.Faults)
	}
	e := newTester(t, options)
	e.signer = signer.New(signer.Static("READER", "reader-secret"))
	if list := e.list(); len(list) != 1 || list[0].Entry != role || list[0].Policies[0].Scope != "namespace" {
		t.Errorf("entries are %+v", list)
	}
	e.expect(e.send("GET", base+"/clusters", "", nil), 403)
	e.signer = signer.New(signer.Static("ADMIN", "admin-secret"))
	e.expect(e.send("GET", base+"/clusters", "", nil), 200, `"authType":"API"`, `"name":"production"`, `"status":"NO_NODE"`, `"regionCode":"SGN"`,
		`"clusterType":"SVR.VNKS.STAND.C002.M008.G003"`, `"vpcNo":1234`, `"returnProtection":true`, `"log":{"audit":false}`, `"subnetNoList":[1,2]`)
}

func TestLoadConfigSaysWhatIsWrong(t *testing.T) {
	cluster := "clusters:\n  - {name: a, uuid: 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
	for _, c := range []struct{ content, want string }{
		{"keys:\n  - {accessKey: a, secret: TOPSECRET}\n", "emulator.yaml:2:20: unknown field (did you mean secretKey?)"},
		{"keys: TOPSECRET\n", "emulator.yaml:1:"},
		{"keys:\n- accessKey: a\n   secretKey: TOPSECRET\n", "emulator.yaml:3:13: "},
		{"keys: [{secretKey: TOPSECRET}]\n", "keys[0]: accessKey and secretKey are both required"},
		{"keys: [{accessKey: a, secretKey: TOPSECRET, operations: [list]}]\n", "keys[0]: operations[0] is unknown (want createAccessEntry, "},
		{"clusters: [{name: a, uuid: demo}]\n", "clusters[0]: uuid is not a UUID, such as 0000a20e-"},
		{"clusters: [{uuid: 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000}]\n", "clusters[0].name is required"},
		{cluster + "}\n  - {name: b, uuid: 0000A20E-e0fb-4dc9-af1b-97fd3f8d0000}\n", "clusters[1]: duplicate uuid, first in clusters[0]"},
		{cluster + ", accessEntries: [{type: GROUP, entry: " + user + "}]}\n", `clusters[0].accessEntries[0].type must be USER or ROLE`},
		{"keys: [{accessKey: a, secretKey: TOPSECRET}, {accessKey: a, secretKey: b}]\n", "keys[1]: duplicate accessKey, first in keys[0]"},
		{cluster + ", authType: CONFIG_MAP, accessEntries: [{type: ROLE, entry: " + role + "}]}\n", "clusters[0]: a cluster with authType CONFIG_MAP has no access entries"},
		{cluster + ", accessEntries: [{type: ROLE, entry: " + role + "}, {type: ROLE, entry: " + role + "}]}\n", "clusters[0]: accessEntries[1]: the principal has an entry already, accessEntries[0]"},
		{"faults: {busy: TOPSECRET}\n", "faults: busy: want a duration from 0s to 1h, such as 2s or 500ms"},
		{"faults: {rate: TOPSECRET}\n", "faults: rate: want a number from 0 to 1000000, such as 10/s"},
		{"faults: {fail: TOPSECRET}\n", "faults: fail: want a status from 400 to 599 and a probability, such as 503:0.05"},
		{"faults: {TOPSECRET: 1}\n", "faults: unknown fault (want busy, "},
		{"keys:\n  - {accessKey: a, TOPSECRET}\n", "emulator.yaml:2:20: unknown field (want accessKey, secretKey, operations)"},
		{"faults: {lists: null}\n", `emulator.yaml:1:17: write null in quotes, "null"`},
		{"faults: null\nkeys: {}\n", "emulator.yaml:2:"},
		{"TOPSECRET: 1\n", "emulator.yaml:1:1: unknown field (want keys, clusters, users, roles, groups, faults)"},
		{"keys:\n  - {accessKey: a, secretKey: *TOPSECRET}\n", "emulator.yaml:2:"},
		{"users: [{loginId: kim}, {active: true}]\n", "users[1]: loginId is required"},
		{"users: [{loginId: kim}, {loginId: kim}]\n", "users[1]: another user has the loginId"},
		{"users: [{loginId: kim, subAccountId: x}]\n", "users[0]: uuid is not a UUID"},
		{"users: [{loginId: kim, e-mail: x}]\n", `emulator.yaml:1:24: unknown field "e-mail"`},
		{"roles: [{roleType: Server}]\n", "roles[0]: roleName is required"},
		{"roles: [{roleName: a, roleNo: 0000a20e-e0fb-4dc9-af1b-97fd3f8d0000}, {roleName: b, roleNo: 0000A20E-e0fb-4dc9-af1b-97fd3f8d0000}]\n", "roles[1]: another one has the ID 0000a20e-"},
		{"groups: [{members: []}]\n", "groups[0]: groupName is required"},
		{"users: [{loginId: kim}]\ngroups: [{groupName: g, members: [kim, lee]}]\n", "groups[0]: members[1] is not the loginId of a user"},
		{"faults: {directory: 404}\n", "faults: directory: want 401 or 403"},
		{"clusters: [{name: a, uuid: TOPSECRET}]\n", "clusters[0]: uuid is not a UUID"},
		{"keys: [{accessKey: a, secretKey: b, operations: [TOPSECRET]}]\n", "keys[0]: operations[0] is unknown"},
		{cluster + ", accessEntries: [{type: USER, entry: " + user + ", TOPSECRET}]}\n", "clusters[0].accessEntries[0] has an unknown field (want entry, groups, policies, type)"},
		{cluster + ", accessEntries: [{type: USER, entry: " + user + ", policies: [{type: NKSViewPolicy, scope: cluster, TOPSECRET: x}]}]}\n", "clusters[0].accessEntries[0].policies[0] has an unknown field (want scope, type)"},
		{"faults: {scopes: UPPER}\n", "faults: scopes: want lower"},
		{"keys: [{accessKey: a, secretKey: TOPSECRET, operations: }]\n", "keys[0]: operations is empty or not a list; list some, or remove it to allow all"},
		{"keys:\n- accessKey: a\n  secretKey: TOPSECRET\n  operations:\n", "keys[0]: operations is empty"},
		{"keys: [{accessKey: a, secretKey: TOPSECRET, operations: []}]\n", "keys[0]: operations is empty"},
		{cluster + ", authtype: API}\n", `clusters[0]: unknown field "authtype" (did you mean authType?)`},
		{cluster + ", status: 5}\n", "clusters[0].status must be of type string"},
		{cluster + ", accessEntries: 5}\n", "emulator.yaml:2:74: got a number, want a list"},
		{cluster + ", accessEntries: [5]}\n", "clusters[0].accessEntries[0] must be of type object"},
		{cluster + ", accessEntries: [{type: USER, entry: " + user + ", groups: [\"a\\0\"]}]}\n", "clusters[0].accessEntries[0].groups[0] must not contain control characters"},
		{cluster + ", accessEntries: [{type: USER, entry: " + user + ", group: [a]}]}\n", "clusters[0].accessEntries[0] has an unknown field (did you mean groups?)"},
	} {
		_, err := emulator.LoadConfig(writeConfig(t, c.content))
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "TOPSECRET") {
			t.Errorf("%q: got %v, want %s", c.content, err, c.want)
		}
	}
	huge := writeConfig(t, "#"+strings.Repeat("x", 9<<20))
	for _, path := range []string{huge, "/dev/zero"} {
		if _, err := emulator.LoadConfig(path); err == nil || err.Error() != "read configuration: "+path+" has more than 2 MiB" {
			t.Errorf("got %v", err)
		}
	}
	if _, err := emulator.LoadConfig("nowhere.yaml"); err == nil || !strings.Contains(err.Error(), "read configuration: ") {
		t.Errorf("got %v", err)
	}
}
