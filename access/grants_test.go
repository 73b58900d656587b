package access_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
)

func TestLinesAndSame(t *testing.T) {
	g := access.Grants{
		Groups: []string{"dev", "dev", "a"},
		Policies: []access.Policy{
			{Type: access.View, Scope: "Cluster"}, access.Edit.In("b", "a"), access.Edit.In("a"), {Type: "NKSDebugPolicy", Scope: "Project"},
			{Type: "NKSDebugPolicy", Scope: "Project", Namespaces: []string{"x"}},
		},
	}
	want := []string{
		"NKSDebugPolicy[Project]", "NKSDebugPolicy[Project]@x", "NKSEditPolicy@a", "NKSEditPolicy@b", "NKSViewPolicy", "group a", "group dev",
	}
	if got := g.Lines(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	same := access.Grants{
		Groups: []string{"a", "dev"},
		Policies: []access.Policy{
			access.View.OnCluster(), access.Edit.In("a", "b"), {Type: "NKSDebugPolicy", Scope: "Project", Namespaces: []string{"x"}},
			{Type: "NKSDebugPolicy", Scope: "Project"},
		},
	}
	if !g.Same(same) || g.Key() != same.Key() {
		t.Error("the same grants in another form are different")
	}
}

// Names of an odd service must not make two grants equal that are not.
func TestGrantsThatLookAlikeAreNotTheSame(t *testing.T) {
	for name, pair := range map[string][2]access.Grants{
		"blanks": {
			{Policies: []access.Policy{{Type: "A", Scope: "namespace", Namespaces: []string{"x y"}}}},
			{Policies: []access.Policy{{Type: "A", Scope: "namespace x", Namespaces: []string{"y"}}}},
		},
		"a namespace without a name": {
			{Policies: []access.Policy{{Type: access.Edit, Scope: access.NamespaceScope, Namespaces: []string{""}}}},
			{Policies: []access.Policy{{Type: access.Edit, Scope: access.NamespaceScope}}},
		},
		"a group that is named as a policy": {
			{Groups: []string{"NKSViewPolicy"}},
			{Policies: []access.Policy{access.View.OnCluster()}},
		},
	} {
		if pair[0].Same(pair[1]) || pair[0].Key() == pair[1].Key() {
			t.Errorf("%s: they are the same", name)
		}
	}
}

func TestAdmin(t *testing.T) {
	for _, c := range []struct {
		policy access.Policy
		want   bool
	}{
		{access.ClusterAdmin.OnCluster(), true},
		{access.Policy{Type: access.ClusterAdmin, Scope: "Cluster"}, true},
		{access.ClusterAdmin.In("kube-system"), false},
		{access.Admin.OnCluster(), false},
	} {
		g := access.Grants{Groups: []string{"system:masters"}, Policies: []access.Policy{c.policy}}
		if g.Admin() != c.want {
			t.Errorf("%s: %v", c.policy, g.Admin())
		}
	}
	groups := access.Grants{Groups: []string{"system:masters", "dev"}}.SystemGroups()
	if !slices.Equal(groups, []string{"system:masters"}) {
		t.Errorf("got %q", groups)
	}
}

func TestMayAdminister(t *testing.T) {
	grants := access.Grants{
		Groups:   []string{"system:masters", "dev"},
		Policies: []access.Policy{access.ClusterAdmin.OnCluster(), access.ClusterAdmin.In("prod"), access.Admin.OnCluster()},
	}
	var found []string
	for _, line := range grants.Lines() {
		if access.MayAdminister(line) {
			found = append(found, line)
		}
	}
	if want := []string{"NKSClusterAdminPolicy", "group system:masters"}; !slices.Equal(found, want) {
		t.Errorf("got %q, want %q", found, want)
	}
}

func anyGrants(t *rapid.T, label string) access.Grants {
	names := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "x y", ""}), 0, 4)
	g := access.Grants{Groups: names.Draw(t, label+" groups")}
	for range rapid.IntRange(0, 4).Draw(t, label+" policies") {
		policy := access.Policy{
			Type:  rapid.SampledFrom([]access.PolicyType{access.View, access.Edit, "NKSDebugPolicy"}).Draw(t, label+" type"),
			Scope: rapid.SampledFrom([]string{"cluster", "Cluster", "namespace", "Project"}).Draw(t, label+" scope"),
		}
		if policy.Scope != "cluster" && policy.Scope != "Cluster" {
			policy.Namespaces = names.Draw(t, label+" namespaces")
		}
		g.Policies = append(g.Policies, policy)
	}
	return g
}

// Grants behave as sets of lines, whatever form they have.
func TestPropertyGrantsAreSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := anyGrants(t, "a"), anyGrants(t, "b")
		sum := a.With(b)
		if len(a.Beyond(sum)) > 0 || len(b.Beyond(sum)) > 0 {
			t.Fatalf("%v with %v lacks something: %v", a, b, sum)
		}
		if len(sum.Beyond(a.With(b))) > 0 || !sum.Same(b.With(a)) {
			t.Fatalf("%v with %v is not the same as the other way round: %v", a, b, sum)
		}
		rest := a.Without(b)
		if len(rest.Beyond(a)) > 0 || !rest.With(b).Same(sum) {
			t.Fatalf("%v without %v is %v", a, b, rest)
		}
		if b.Without(b).Empty() != true {
			t.Fatalf("%v without itself is %v", b, b.Without(b))
		}
		if !a.Joined().Same(a) {
			t.Fatalf("%v joined is %v", a, a.Joined())
		}
		if a.Same(b) != (a.Key() == b.Key()) || a.Same(b) != (len(a.Beyond(b))+len(b.Beyond(a)) == 0) {
			t.Fatalf("%v and %v: Same, Key and Beyond do not agree", a, b)
		}
		if err := a.ValidateChange(a); err != nil {
			t.Fatalf("what is there already is invalid: %v", err)
		}
	})
}

func TestWithDoesNotChangeItsArguments(t *testing.T) {
	namespaces := make([]string, 1, 8)
	namespaces[0] = "a"
	g := access.Grants{Groups: make([]string, 0, 8), Policies: []access.Policy{access.Edit.In(namespaces...)}}
	first, second := g.With(access.Grants{Groups: []string{"x"}, Policies: []access.Policy{edit("b")}}), g.With(access.Grants{Groups: []string{"y"}, Policies: []access.Policy{edit("c")}})
	if g.String() != "NKSEditPolicy@a" || first.String() != "NKSEditPolicy@a, NKSEditPolicy@b, group x" || second.String() != "NKSEditPolicy@a, NKSEditPolicy@c, group y" {
		t.Errorf("got %s; %s; %s", g, first, second)
	}
}

func TestValidateNamesThePathAndTheRule(t *testing.T) {
	long := strings.Repeat("a", 64)
	for _, c := range []struct {
		grants access.Grants
		want   string // "" is valid
	}{
		{access.Grants{}, ""},
		{access.Grants{Groups: []string{"\ufffd", "team a", "개발", "system:masters"}}, ""},
		{access.Grants{Policies: []access.Policy{view, {Type: access.View, Scope: "CLUSTER", Namespaces: []string{}}}}, ""},
		{access.Grants{Policies: []access.Policy{edit("dev", "*-ns", "team-?", "[ab]*")}}, ""},

		{access.Grants{Groups: make([]string, 31)}, "groups must be at most 30, not 31"},
		{access.Grants{Groups: []string{"a", ""}}, "groups[1] must not be empty"},
		{access.Grants{Groups: []string{"a\xffb"}}, `groups[0] must be valid UTF-8, which "a\xffb" is not`},
		{access.Grants{Groups: []string{"a\x7f"}}, "groups[0] must not contain a control character"},
		{access.Grants{Groups: []string{" a"}}, `groups[0] must not begin or end with a blank, as " a" does`},
		{access.Grants{Groups: []string{"a\u00a0"}}, "groups[0] must not begin or end with a blank"},
		{access.Grants{Groups: []string{"\u3000"}}, "groups[0] must have a character that can be seen"},
		{access.Grants{Groups: []string{"\u200b"}}, `groups[0] must have a character that can be seen, as "\u200b" has not`},
		{access.Grants{Groups: []string{"adm\u200bins"}}, `groups[0] must not contain a character that cannot be seen, as "adm\u200bins" does`},
		{access.Grants{Groups: []string{"a\u202eb"}}, "cannot be seen"},
		{access.Grants{Groups: []string{"a\U000e0041"}}, "cannot be seen"},
		{access.Grants{Groups: []string{"a\u3164"}}, "cannot be seen"},
		{access.Grants{Policies: []access.Policy{access.PolicyType("Root").OnCluster()}}, `policies[0].type must be one of NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy, NKSViewPolicy, not "Root"`},
		{access.Grants{Policies: []access.Policy{access.PolicyType("nksviewpolicy").OnCluster()}}, `not "nksviewpolicy" (did you mean NKSViewPolicy?)`},
		{access.Grants{Policies: []access.Policy{access.PolicyType("edit").OnCluster()}}, "did you mean NKSEditPolicy?"},
		{access.Grants{Policies: []access.Policy{{Type: access.View, Scope: "node"}}}, `policies[0].scope must be cluster or namespace, not "node"`},
		{access.Grants{Policies: []access.Policy{{Type: access.View, Scope: access.ClusterScope, Namespaces: []string{"a"}}}}, "policies[0].namespaces must be empty when the scope is cluster"},
		{access.Grants{Policies: []access.Policy{view, access.View.In()}}, "policies[1].namespaces must name at least one when the scope is namespace"},
		{access.Grants{Policies: []access.Policy{access.View.In(make([]string, 51)...)}}, "policies[0].namespaces must be at most 50, not 51"},
		{access.Grants{Policies: []access.Policy{edit("")}}, "policies[0].namespaces[0] must not be empty"},
		{access.Grants{Policies: []access.Policy{edit("dev", "a\x00b")}}, `policies[0].namespaces[1] must not contain a control character, as "a\x00b" does`},
		{access.Grants{Policies: []access.Policy{edit(" qa")}}, `policies[0].namespaces[0] must not begin or end with a blank, as " qa" does`},
		{access.Grants{Policies: []access.Policy{edit("Dev_Team")}}, `policies[0].namespaces[0] must be a name that a namespace can have`},
		{access.Grants{Policies: []access.Policy{edit("Dev*")}}, "must be a pattern that a namespace can match"},
		{access.Grants{Policies: []access.Policy{edit("${NS}*")}}, "must be a pattern that a namespace can match"},
		{access.Grants{Policies: []access.Policy{edit("*,*")}}, "must be a pattern that a namespace can match"},
		{access.Grants{Policies: []access.Policy{edit("a/b*")}}, "must be a pattern that a namespace can match"},
		{access.Grants{Policies: []access.Policy{edit("*-")}}, "must be a pattern that a namespace can match"},
		{access.Grants{Policies: []access.Policy{edit("[dev")}}, "must be a pattern that a namespace can match"},
		{access.Grants{Policies: []access.Policy{edit(long + "*")}}, "must be a pattern that a namespace can match"},
		{access.Grants{Policies: []access.Policy{edit("[dev]")}}, "must not be in brackets"},
		{access.Grants{Groups: []string{"\u0301"}}, "must have a character that can be seen"},
		{access.Grants{Groups: []string{"a\U0001d159"}}, "must not contain a character that cannot be seen"},
		{access.Grants{Policies: []access.Policy{edit("a/b")}}, "must be a name that a namespace can have"},
		{access.Grants{Policies: []access.Policy{edit(long)}}, "must be a name that a namespace can have"},
		{access.Grants{Policies: []access.Policy{edit("-a")}}, "must be a name that a namespace can have"},
		{access.Grants{Policies: []access.Policy{edit("* a")}}, "must not contain a blank"},
	} {
		err := c.grants.Validate()
		if c.want == "" {
			if err != nil {
				t.Errorf("%v: %v", c.grants, err)
			}
			continue
		}
		if !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %s", c.grants, err, c.want)
		}
	}
}

// What an entry has already may be newer than this package, or older than its rules.
func TestValidateChangeAllowsWhatIsThere(t *testing.T) {
	debug := access.PolicyType("NKSDebugPolicy")
	has := access.Grants{
		Groups:   []string{" old "},
		Policies: []access.Policy{debug.In("a"), debug.In("b"), access.Edit.In("Dev_Team")},
	}
	for name, c := range map[string]struct {
		wanted access.Grants
		valid  bool
	}{
		"the same in another form":         {access.Grants{Groups: has.Groups, Policies: []access.Policy{debug.In("b", "a"), access.Edit.In("Dev_Team")}}, true},
		"an unknown policy, narrowed":      {access.Grants{Policies: []access.Policy{debug.In("a")}}, true},
		"another group":                    {has.With(access.Grants{Groups: []string{"new"}}), true},
		"an unknown policy, widened":       {access.Grants{Policies: []access.Policy{debug.In("a", "c")}}, false},
		"a known policy, with an odd name": {access.Grants{Policies: []access.Policy{access.Edit.In("Dev_Team", "Other_Team")}}, false},
		"a known policy, widened":          {access.Grants{Policies: []access.Policy{access.Edit.In("Dev_Team", "other-team")}}, true},
	} {
		if err := c.wanted.ValidateChange(has); (err == nil) != c.valid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestParsePolicy(t *testing.T) {
	for text, want := range map[string]access.Policy{
		"NKSViewPolicy":           access.View.OnCluster(),
		"NKSEditPolicy@dev,*-ns":  access.Edit.In("dev", "*-ns"),
		"NKSClusterAdminPolicy@x": access.ClusterAdmin.In("x"),
	} {
		got, err := access.ParsePolicy(text)
		if err != nil || !got.Equal(want) || got.String() != text {
			t.Errorf("%s: got %+v (%s), %v", text, got, got, err)
		}
	}
	for _, policy := range []access.Policy{{Type: "P", Scope: "Node"}, {Type: "P", Scope: "namespace"}} { // as a service may report them
		if policy.String() == "P" {
			t.Errorf("%+v reads as a policy of the whole cluster", policy)
		}
	}
	for _, text := range []string{"", "Admin", "NKSViewPolicy@", "NKSViewPolicy@a,,b", "NKSEditPolicy@dev, qa", "@dev", "nksviewpolicy"} {
		if _, err := access.ParsePolicy(text); !errors.Is(err, access.ErrInvalid) || !strings.Contains(err.Error(), text) {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// Work on lists of a hostile size grows with their length only.
func TestGrantsOfManyLines(t *testing.T) {
	var many access.Grants
	for i := range 20000 {
		name := fmt.Sprintf("n%d", i)
		many.Groups = append(many.Groups, name)
		many.Policies = append(many.Policies, edit(name))
	}
	sum := many.With(many)
	if len(sum.Lines()) != 40000 || len(sum.Without(many).Lines()) != 0 || len(sum.Joined().Policies) != 1 {
		t.Errorf("%d lines", len(sum.Lines()))
	}
}

func TestNarrows(t *testing.T) {
	edit := access.Edit.In("dev", "qa")
	odd := access.Policy{Type: "New", Scope: "project"}
	for _, c := range []struct {
		before, after access.Grants
		want          bool
	}{
		{access.Grants{}, access.Grants{}, false},
		{access.Grants{Policies: []access.Policy{edit}}, access.Grants{}, true},
		{access.Grants{Policies: []access.Policy{edit}}, access.Grants{Policies: []access.Policy{access.Edit.In("dev")}}, true},
		{access.Grants{Policies: []access.Policy{edit}}, access.Grants{Policies: []access.Policy{access.Edit.OnCluster()}}, false},
		{access.Grants{Policies: []access.Policy{edit}}, access.Grants{Policies: []access.Policy{access.View.OnCluster()}}, true},
		{access.Grants{Policies: []access.Policy{edit}}, access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}, false},
		{access.Grants{Policies: []access.Policy{edit}}, access.Grants{Policies: []access.Policy{access.ClusterAdmin.In("dev")}}, true},
		{access.Grants{Policies: []access.Policy{access.Edit.OnCluster()}}, access.Grants{Policies: []access.Policy{edit}}, true},
		{access.Grants{Groups: []string{"a"}}, access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}, true},
		{access.Grants{Policies: []access.Policy{odd}}, access.Grants{Policies: []access.Policy{access.ClusterAdmin.OnCluster()}}, true},
	} {
		if got := c.after.Narrows(c.before); got != c.want {
			t.Errorf("from %v to %v: got %t", c.before, c.after, got)
		}
	}
}
