package desired_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

const (
	platform = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	backend1 = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	backend2 = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184d"
)

const sample = `# yaml-language-server: $schema=https://example.com/access.schema.json
version: 1
principals:                       # names for NRNs; a name may stand for several
  platform: nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4
  backend:
    - nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c
    - nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184d
clusters:
  dev: {region: KR}
  prod: {region: KR, profile: prod, others: remove, protect: [platform]}
access:
  - {principal: platform, clusters: ['*'], policies: [NKSClusterAdminPolicy]}
  - {principal: backend, clusters: [dev], groups: [developers], policies: ['NKSEditPolicy@dev,*-ns']}
  - {principal: backend, clusters: [prod], policies: [NKSViewPolicy]}
`

func parse(t testing.TB, text string) *desired.File {
	t.Helper()
	file, err := desired.Parse(desired.Source{Name: "access.yaml", Data: []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestParse(t *testing.T) {
	want := &desired.File{
		Principals: []desired.Principal{{Name: "platform", NRNs: []access.NRN{platform}}, {Name: "backend", NRNs: []access.NRN{backend1, backend2}}},
		Clusters: []desired.Target{
			{Name: "dev", Region: "KR", Others: desired.KeepOthers},
			{Name: "prod", Region: "KR", Profile: "prod", Others: desired.RemoveOthers, Protect: []access.NRN{platform}},
		},
		Rules: []desired.Rule{
			{Principals: []access.NRN{platform}, Clusters: []string{"dev", "prod"}, Grants: access.Grants{Policies: []access.Policy{
				access.ClusterAdmin.OnCluster()}}},
			{Principals: []access.NRN{backend1, backend2}, Clusters: []string{"dev"}, Grants: access.Grants{Groups: []string{"developers"}, Policies: []access.Policy{
				access.Edit.In("dev", "*-ns")}}},
			{Principals: []access.NRN{backend1, backend2}, Clusters: []string{"prod"}, Grants: access.Grants{Policies: []access.Policy{
				access.View.OnCluster()}}},
		},
	}
	if diff := cmp.Diff(want, parse(t, sample), cmpopts.IgnoreUnexported(desired.Rule{}, desired.File{}, desired.Name{}, access.Policy{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// A colon is part of the text, also in a list in braces.
func TestParseColons(t *testing.T) {
	file := parse(t, "version: 1\nprincipals: {team: ["+backend1+", "+backend2+"]}\nclusters: {dev: {}}\n"+
		"access: [{principal: team, clusters: [dev], groups: [oidc:devs]}, {principal: ["+platform+"], clusters: [dev], policies: []}]\n")
	want := []desired.Rule{
		{Principals: []access.NRN{backend1, backend2}, Clusters: []string{"dev"}, Grants: access.Grants{Groups: []string{"oidc:devs"}}},
		{Principals: []access.NRN{platform}, Clusters: []string{"dev"}},
	}
	if diff := cmp.Diff(want, file.Rules, cmpopts.IgnoreUnexported(desired.Rule{}, desired.File{}, desired.Name{}, access.Policy{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

// Every mistake is reported at its place, with what would be right, and all of them at once.
func TestParseMistakes(t *testing.T) {
	const head = "version: 1\nclusters: {dev: }\n"
	for name, test := range map[string]struct{ file, want string }{
		"empty":                   {"", "a.yaml:1:1: the file is empty (want version: 1 and the clusters)"},
		"only a comment":          {"# nothing\n", "a.yaml:1:1: the file is empty (want version: 1 and the clusters)"},
		"no YAML":                 {"version: [\n", "a.yaml:2:1: the file ends too early; is a ], a } or a value missing?"},
		"a list":                  {"- 1\n", "a.yaml:1:1: the file must be a mapping, not a list"},
		"two documents":           {"version: 1\n---\nversion: 1\n", "a.yaml:3:1: a second document (want one in each file)"},
		"no version":              {"clusters: {dev: }\n", "a.yaml:1:1: version is missing (want version: 1)"},
		"another version":         {"version: 2\nclusters: {dev: }\n", "a.yaml:1:10: unknown version (want version: 1)"},
		"version as text":         {"version: '1'\nclusters: {dev: }\n", "a.yaml:1:10: unknown version (want version: 1)"},
		"no clusters":             {"version: 1\n", "a.yaml: no clusters are listed (want clusters: with a name or UUID for each)"},
		"unknown key":             {head + "acess: []\n", `a.yaml:3:1: unknown key "acess" in the file (did you mean access?)`},
		"unknown key of nothing":  {head + "owner: x\n", `a.yaml:3:1: unknown key "owner" in the file (want version, timezone, principals, defaults, clusters, access)`},
		"mistyped principal":      {head + "principals: {platform: '" + backend1 + "'}\naccess: [{principal: platfrom, clusters: dev, groups: [a]}, {principal: platform, clusters: dev, groups: [b]}]\n", `a.yaml:4:22: unknown principal "platfrom" (did you mean platform?)`},
		"mistyped cluster":        {"version: 1\nclusters: {staging: , prod: }\naccess: [{principal: '" + backend1 + "', clusters: stagign, groups: [a]}]\n", `a.yaml:3:104: no cluster of the file matches "stagign" (did you mean staging?)`},
		"mistyped others":         {"version: 1\nclusters: {dev: {others: remvoe}}\n", `a.yaml:2:26: unknown value "remvoe" of others (did you mean remove?)`},
		"anchor":                  {"version: 1\nclusters: {dev: &x {}}\n", "a.yaml:2:17: anchors, aliases and tags are not allowed; put text that begins with &, * or ! in quotes"},
		"star without quotes":     {head + "access:\n  - {principal: a, clusters: [*], policies: []}\n", "a.yaml:4:32: text that begins with & or * must be in quotes"},
		"key twice":               {"version: 1\nclusters:\n  dev: {}\n  dev: {}\n", `a.yaml:4:3: duplicate key "dev", first at line 3`},
		"number as key":           {"version: 1\nclusters:\n  1: {}\n  dev: {}\n", `a.yaml:3:3: a key of clusters must be text; put it in quotes`},
		"unknown key of cluster":  {"version: 1\nclusters: {dev: {regoin: KR}}\n", `a.yaml:2:18: unknown key "regoin" in cluster "dev" (did you mean region?)`},
		"region":                  {"version: 1\nclusters: {dev: {region: Korea 1}}\n", `a.yaml:2:26: "Korea 1" is not a region (want a code such as KR or SGN)`},
		"region no text":          {"version: 1\nclusters: {dev: {region: 1}}\n", `a.yaml:2:26: region must be text, not a number; put it in quotes`},
		"profile":                 {"version: 1\nclusters: {dev: {profile: ''}}\n", `a.yaml:2:27: profile must not be empty (leave it out for the default)`},
		"others":                  {"version: 1\nclusters: {dev: {others: delete}}\n", `a.yaml:2:26: unknown value "delete" of others (want keep, ignore or remove)`},
		"protect nobody known":    {"version: 1\nclusters: {dev: {protect: [platform]}}\n", `a.yaml:2:28: unknown principal "platform" (want an NRN, or a name under principals)`},
		"no NRN":                  {head + "principals: {a: b}\naccess: [{principal: a, clusters: dev, policies: []}]\n", `a.yaml:3:17: "b" is not an NRN: it must begin with nrn: and have at least five parts, separated by colons`},
		"no NRN in a rule":        {head + "access: [{principal: 'nrn:x', clusters: dev, policies: []}]\n", `a.yaml:3:22: "nrn:x" is not an NRN: it must begin with nrn: and have at least five parts, separated by colons`},
		"no NRNs":                 {head + "principals: {a: []}\naccess: [{principal: a, clusters: dev, policies: []}]\n", `a.yaml:3:17: principal "a" must not be an empty list`},
		"an NRN twice in a name":  {head + "principals:\n  a:\n    - " + backend1 + "\n    - " + backend1 + "\naccess: [{principal: a, clusters: dev, policies: []}]\n", "a.yaml:6:7: duplicate " + backend1 + ` in principal "a"`},
		"a user twice in a name":  {head + "principals: {a: [{user: kim}, {user: kim}]}\naccess: [{principal: a, clusters: dev, policies: []}]\n", `a.yaml:3:31: duplicate user "kim" in principal "a"`},
		"name like an NRN":        {head + "principals: {'nrn:a': '" + backend1 + "'}\n", `a.yaml:3:14: "nrn:a" is not a name for a principal (want a name such as platform)`},
		"unused principal":        {head + "principals: {a: '" + backend1 + "'}\n", `a.yaml:3:14: principal "a" is not used in any rule`},
		"unknown principal":       {head + "access: [{principal: a, clusters: dev, policies: []}]\n", `a.yaml:3:22: unknown principal "a" (want an NRN, or a name under principals)`},
		"unknown cluster":         {head + "access: [{principal: '" + backend1 + "', clusters: prod, policies: []}]\n", `a.yaml:3:104: no cluster of the file matches "prod" (want dev)`},
		"bad pattern":             {head + "access: [{principal: '" + backend1 + "', clusters: '[a', policies: []}]\n", `a.yaml:3:104: "[a" is not a pattern (want * for any text, ? for any character, [a-z] for some)`},
		"rule without principal":  {head + "access: [{clusters: dev, policies: []}]\n", `a.yaml:3:10: principal is missing in the rule`},
		"rule without clusters":   {head + "access: [{principal: '" + backend1 + "', policies: []}]\n", `a.yaml:3:10: clusters is missing in the rule`},
		"rule without grants":     {head + "access: [{principal: '" + backend1 + "', clusters: dev}]\n", `a.yaml:3:10: the rule grants nothing (want policies, groups or absent: true; an entry without both has policies: [])`},
		"absent with policies":    {head + "access: [{principal: '" + backend1 + "', clusters: dev, policies: [], absent: true}]\n", `a.yaml:3:131: a rule with absent: true has no groups and no policies`},
		"absent: false":           {head + "access: [{principal: '" + backend1 + "', clusters: dev, absent: false}]\n", `a.yaml:3:117: a rule with absent: false needs groups or policies`},
		"absent no boolean":       {head + "access: [{principal: '" + backend1 + "', clusters: dev, absent: 'yes', groups: []}]\n", `a.yaml:3:117: absent must be true or false`},
		"empty group":             {head + "access: [{principal: '" + backend1 + "', clusters: dev, groups: ['']}]\n", `a.yaml:3:118: each of groups must not be empty`},
		"groups no list":          {head + "access: [{principal: '" + backend1 + "', clusters: dev, groups: a}]\n", `a.yaml:3:117: groups must be a list, not text`},
		"too many groups":         {head + "access: [{principal: '" + backend1 + "', clusters: dev, groups: [" + strings.Repeat("a,", 31) + "]}]\n", `a.yaml:3:117: 31 groups (want at most 30)`},
		"mistyped policy":         {head + "access: [{principal: '" + backend1 + "', clusters: dev, policies: [NKSVeiwPolicy]}]\n", `a.yaml:3:120: policy "NKSVeiwPolicy": type must be one of NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy, NKSViewPolicy, not "NKSVeiwPolicy" (did you mean NKSViewPolicy?)`},
		"mistyped policy object":  {head + "access: [{principal: '" + backend1 + "', clusters: dev, policies: [{type: NKSVeiwPolicy, scope: cluster}]}]\n", `a.yaml:3:120: type must be one of NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy, NKSViewPolicy, not "NKSVeiwPolicy" (did you mean NKSViewPolicy?)`},
		"scope without names":     {head + "access: [{principal: '" + backend1 + "', clusters: dev, policies: [{type: NKSViewPolicy, scope: namespace}]}]\n", `a.yaml:3:120: namespaces must name at least one when the scope is namespace`},
		"policy without scope":    {head + "access: [{principal: '" + backend1 + "', clusters: dev, policies: [{type: NKSViewPolicy}]}]\n", `a.yaml:3:120: scope is missing in the policy`},
		"mistyped kind":           {head + "principals: {a: {usr: kim}}\naccess: [{principal: a, clusters: dev, groups: [a]}]\n", `a.yaml:3:18: unknown key "usr" in principal "a" (did you mean user?)`},
		"mistyped kind in a rule": {head + "access: [{principal: {gruop: kim}, clusters: dev, groups: [a]}]\n", `a.yaml:3:23: unknown key "gruop" in each of principal (did you mean group?)`},
		"mistyped scope":          {head + "access: [{principal: '" + backend1 + "', clusters: dev, policies: [{type: NKSViewPolicy, scope: cluser}]}]\n", `a.yaml:3:120: scope must be cluster or namespace, not "cluser" (did you mean cluster?)`},
		"sum of groups": {head + "access:\n  - {principal: '" + backend1 + "', clusters: dev, groups: [" + numbered("a", 20) + "]}\n  - {principal: '" + backend1 + "', clusters: dev, groups: [" + numbered("b", 20) + "]}\n",
			`a.yaml:5:5: with this rule ` + backend1 + ` has 40 groups (want at most 30) on cluster "dev"`},
		"sum of namespaces": {head + "access:\n  - {principal: '" + backend1 + "', clusters: dev, policies: ['NKSViewPolicy@" + numbered("a", 30) + "']}\n  - {principal: '" + backend1 + "', clusters: dev, policies: ['NKSViewPolicy@" + numbered("b", 30) + "']}\n",
			`a.yaml:5:5: with this rule ` + backend1 + ` has NKSViewPolicy in 60 namespaces (want at most 50) on cluster "dev"`},
		"contradiction": {head + "access:\n  - {principal: '" + backend1 + "', clusters: dev, groups: [a]}\n  - {principal: '" + backend1 + "', clusters: '*', absent: true}\n",
			`a.yaml:5:5: the rule contradicts the rule at a.yaml:4:5: one of them says absent: true for ` + backend1 + ` on cluster "dev"`},
		"all at once": {"version: 1\nclusters: {dev: {others: x}}\naccess:\n  - {principal: a, clusters: b, policies: [c]}\n", `a.yaml:2:26: unknown value "x" of others (want keep, ignore or remove)
a.yaml:4:17: unknown principal "a" (want an NRN, or a name under principals)
a.yaml:4:30: no cluster of the file matches "b" (want dev)
a.yaml:4:44: policy "c": type must be one of NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy, NKSViewPolicy, not "c"`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := desired.Parse(desired.Source{Name: "a.yaml", Data: []byte(test.file)})
			mistakes := (*desired.LoadError)(nil)
			if !errors.As(err, &mistakes) {
				t.Fatalf("the error is %v", err)
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// numbered is a list of n names.
func numbered(prefix string, n int) string {
	names := make([]string, n)
	for i := range names {
		names[i] = prefix + strings.Repeat("x", i+1)
	}
	return strings.Join(names, ",")
}

func TestLoadFolder(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": "version: 1\nprincipals: {platform: '" + platform + "'}\n",
		"b.yml":  "version: 1\nclusters: {dev: }\n",
		"c.json": `{"version": 1, "access": [{"principal": "platform", "clusters": "*", "policies": ["NKSClusterAdminPolicy"]}]}`,
		"d.txt":  "not read",
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	file, err := desired.Load(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(file.Principals) != 1 || len(file.Clusters) != 1 || len(file.Rules) != 1 {
		t.Errorf("loaded %+v", file)
	}
	if _, err := desired.Load(t.Context(), folder, filepath.Join(folder, "b.yml")); err == nil || !strings.Contains(err.Error(), `duplicate cluster "dev", first at `) {
		t.Errorf("a cluster of two files: %v", err)
	}
	if _, err := desired.Load(t.Context(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "has no .yaml, .yml or .json file") {
		t.Errorf("an empty folder: %v", err)
	}
	if _, err := desired.Load(t.Context(), filepath.Join(folder, "missing.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// A file that cannot be read may define or use names of the others, so names are not checked.
func TestParseFilesWithoutOne(t *testing.T) {
	_, err := desired.Parse(
		desired.Source{Name: "names.yaml", Data: []byte("version: 1\nprincipals: {a: [\n")},
		desired.Source{Name: "rules.yaml", Data: []byte("version: 1\nprincipals: {b: '" + backend1 + "'}\nclusters: {dev: {others: x}}\naccess: [{principal: a, clusters: [dev, prod], groups: [a]}]\n")},
	)
	want := "names.yaml:3:1: the file ends too early; is a ], a } or a value missing?\nrules.yaml:3:26: unknown value \"x\" of others (want keep, ignore or remove)"
	if err == nil || err.Error() != want {
		t.Errorf("%v, want\n%s", err, want)
	}
}

// Nothing makes Parse panic, and what it takes can be planned.
func FuzzParse(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("version: 1\nclusters: {a: {others: remove}}\naccess: [{principal: 'nrn:PUB:IAM::5000008:Role/9', clusters: a, absent: true}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := desired.Parse(desired.Source{Name: "a.yaml", Data: data})
		if err == nil {
			file.Plan(nil)
		}
	})
}
