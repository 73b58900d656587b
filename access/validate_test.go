package access

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/api"
)

const (
	user    = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	role    = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
	cluster = "0000a20e-e0fb-4dc9-af1b-97fd3f8d0000"
)

func TestValidationNamesTheFieldAndTheRule(t *testing.T) {
	with := func(policies ...Policy) NewEntry { return NewEntry{Principal: user, Policies: policies} }
	for _, c := range []struct {
		entry NewEntry
		want  string
	}{
		{NewEntry{Principal: user}, ""},
		{NewEntry{Principal: role, Type: TypeRole}, ""},
		{NewEntry{Principal: "nrn:PUB:Account::5000008", Type: TypeUser}, ""},
		{NewEntry{Principal: user, Type: TypeRole, SkipTypeCheck: true}, ""},
		{NewEntry{Principal: user, Groups: []string{"\ufffd"}}, ""}, // the replacement character itself is valid
		{with(Policy{ViewPolicy, ClusterScope, nil}, Policy{ViewPolicy, "CLUSTER", []string{}}), ""},
		{with(Policy{ViewPolicy, "Cluster", nil}), ""},
		{with(Policy{EditPolicy, "namespace", []string{"dev", "*-ns"}}, Policy{EditPolicy, "cluster", nil}), ""},

		{NewEntry{Principal: "arn:aws:iam::1:user/x", Type: TypeUser}, "principal must be an NRN, such as nrn:PUB:IAM::5000008:SubAccount/"},
		{NewEntry{Principal: user + strings.Repeat("0", 100)}, "principal must be at most 128 characters long, not 168"},
		{NewEntry{Principal: "nrn:PUB:Account::5000008"}, "type must be given"},
		{NewEntry{Principal: user, Type: "GROUP"}, `type must be USER or ROLE, not "GROUP"`},
		{NewEntry{Principal: user, Type: TypeRole}, "type must fit the NRN, which is a USER, not ROLE"},
		{NewEntry{Principal: user, Groups: make([]string, 31)}, "groups must be at most 30, not 31"},
		{NewEntry{Principal: user, Groups: []string{"a", ""}}, "groups[1] must not be empty"},
		{with(Policy{"Admin", ClusterScope, nil}), `policies[0] type must be one of NKSClusterAdminPolicy, NKSAdminPolicy, NKSEditPolicy, NKSViewPolicy, not "Admin"`},
		{with(Policy{ViewPolicy, "node", nil}), `policies[0] scope must be cluster or namespace, not "node"`},
		{with(Policy{ViewPolicy, ClusterScope, []string{"a"}}), "policies[0] namespaces must be empty when the scope is cluster"},
		{with(Policy{ViewPolicy, NamespaceScope, nil}), "policies[0] namespaces must name at least one when the scope is namespace"},
		{with(Policy{ViewPolicy, NamespaceScope, make([]string, 51)}), "policies[0] namespaces must be at most 50, not 51"},
		{with(Policy{ViewPolicy, NamespaceScope, []string{""}}), "policies[0] namespaces[0] must not be empty"},
		{with(Policy{ViewPolicy, NamespaceScope, []string{"dev", "a\x00b"}}), `policies[0] namespaces[1] must not contain a control character, as "a\x00b" does`},
		{NewEntry{Principal: user, Groups: []string{"a\xffb"}}, `groups[0] must be valid UTF-8, which "a\xffb" is not`},
		{NewEntry{Principal: user, Groups: []string{"a\x7f"}}, "groups[0] must not contain a control character"},
	} {
		err := c.entry.Validate()
		if c.want == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.entry, err)
			}
			continue
		}
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: got %v, want %s", c.entry, err, c.want)
		}
	}
}

// Client and contract state the rules each on their own, so that a slip in one is caught by the
// other: whatever this package would send passes its validation if, and only if, the contract
// accepts it.
func TestValidationAgreesWithTheContract(t *testing.T) {
	doc, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	create := doc.Components.Schemas["CreateAccessEntryRequest"].Value
	update := doc.Components.Schemas["UpdateAccessEntryRequest"].Value
	accepted, refused := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		entry := anyEntry(t)
		entry.SkipTypeCheck = true // the contract has no such rule
		createErr := contractSays(t, create, entry.request())
		if err := entry.Validate(); (err == nil) != (createErr == nil) {
			t.Fatalf("create of %+v: validation says %v, the contract says %v", entry, err, createErr)
		}
		updateErr := contractSays(t, update, updateRequest(entry.Groups, entry.Policies))
		if err := problem(stateProblems(entry.Groups, entry.Policies, nil)); (err == nil) != (updateErr == nil) {
			t.Fatalf("update to %+v: validation says %v, the contract says %v", entry, err, updateErr)
		}
		if createErr == nil {
			accepted++
		} else {
			refused++
		}
	})
	if accepted == 0 || refused == 0 {
		t.Errorf("%d accepted, %d refused: the generator is one-sided", accepted, refused)
	}
}

func contractSays(t *rapid.T, schema *openapi3.Schema, request any) error {
	data, err := json.Marshal(request)
	if err != nil {
		t.Fatal(err)
	}
	var body any
	if err := json.Unmarshal(data, &body); err != nil {
		t.Fatal(err)
	}
	return schema.VisitJSON(body, openapi3.VisitAsRequest())
}

// anyEntry draws entries that are mostly right, so that what is wrong is seen on its own.
func anyEntry(t *rapid.T) NewEntry {
	mostly := func(label string, right, wrong *rapid.Generator[string]) string {
		if rapid.IntRange(0, 15).Draw(t, label+" wrong") == 0 {
			return wrong.Draw(t, label)
		}
		return right.Draw(t, label)
	}
	names := func(label string, most int) []string {
		n := rapid.IntRange(0, 3).Draw(t, label+" length")
		if rapid.IntRange(0, 15).Draw(t, label+" many") == 0 {
			n = rapid.IntRange(most-1, most+2).Draw(t, label+" length")
		}
		list := make([]string, n)
		for i := range list {
			list[i] = mostly(label, rapid.SampledFrom([]string{"dev", "prod", "*-ns", "개발"}), rapid.SampledFrom([]string{"", " "}))
		}
		if n == 0 && rapid.Bool().Draw(t, label+" nil") {
			return nil
		}
		return list
	}
	entry := NewEntry{
		Principal: mostly("principal", rapid.SampledFrom([]string{
			user, role, "nrn::IAM::1:SubAccount/x", "nrn:IAM::1:Role/x", "nrn:PUB:Account::5000008", "nrn:GOV:IAM:KR:1:Role/:SubAccount/",
			user + strings.Repeat("0", 128-len(user)),
		}), rapid.OneOf(rapid.String(), rapid.StringMatching(`nrn(:[A-Za-z0-9_./=-]{0,5}){1,6}`), rapid.SampledFrom([]string{
			user + strings.Repeat("0", 129-len(user)), user + "\n", " " + user, "nrn:a:b:", "nrn::::", "nrn:XXX:IAM::1:Role/x", "NRN:PUB:IAM::1:Role/x", "nrn:PUB:IAM::1:Role/가",
		}))),
		Type:   Type(mostly("type", rapid.SampledFrom([]string{"", "USER", "ROLE"}), rapid.SampledFrom([]string{"user", "GROUP", " "}))),
		Groups: names("groups", maxGroups),
	}
	for range rapid.IntRange(0, 3).Draw(t, "policies") {
		policy := Policy{
			Type:       mostly("policy type", rapid.SampledFrom(PolicyTypes), rapid.SampledFrom([]string{"", "NKSRootPolicy", "nksviewpolicy"})),
			Scope:      mostly("scope", rapid.SampledFrom([]string{"cluster", "namespace", "Cluster", "NAMESPACE"}), rapid.SampledFrom([]string{"", "node", "cluster "})),
			Namespaces: names("namespaces", maxNamespaces),
		}
		if rapid.IntRange(0, 3).Draw(t, "fit") > 0 { // namespaces that fit the scope
			if requestScope(policy.Scope) == ClusterScope {
				policy.Namespaces = nil
			} else if len(policy.Namespaces) == 0 {
				policy.Namespaces = []string{"dev"}
			}
		}
		entry.Policies = append(entry.Policies, policy)
	}
	return entry
}

func TestOnlyUUIDsBecomePartOfAPath(t *testing.T) {
	for _, s := range []string{
		"", "..", ".", "demo", cluster + "/", cluster + "/..", "%2e%2e", "{" + cluster + "}", "urn:uuid:" + cluster,
		strings.ReplaceAll(cluster, "-", ""), cluster + "\n", "../" + cluster,
	} {
		if err := (&call{ids: []string{s}}).check(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v", s, err)
		}
	}
	if err := (&call{ids: []string{strings.ToUpper(cluster)}}).check(); err != nil {
		t.Error(err)
	}
}

func TestParsePolicy(t *testing.T) {
	for s, want := range map[string]Policy{
		"NKSViewPolicy":           {ViewPolicy, ClusterScope, nil},
		"NKSEditPolicy@dev,*-ns":  {EditPolicy, NamespaceScope, []string{"dev", "*-ns"}},
		"NKSClusterAdminPolicy@x": {ClusterAdminPolicy, NamespaceScope, []string{"x"}},
	} {
		got, err := ParsePolicy(s)
		if err != nil || !got.Equal(want) || got.String() != s {
			t.Errorf("%s: got %+v (%s), %v", s, got, got, err)
		}
	}
	for _, policy := range []Policy{{"P", "Node", nil}, {"P", "namespace", nil}} { // as a service may report them
		if policy.String() == "P" {
			t.Errorf("%+v reads as a policy of the whole cluster", policy)
		}
	}
	for _, s := range []string{"", "Admin", "NKSViewPolicy@", "NKSViewPolicy@a,,b", "@dev", "nksviewpolicy"} {
		if _, err := ParsePolicy(s); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), s) {
			t.Errorf("%q: got %v", s, err)
		}
	}
}
