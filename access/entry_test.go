package access

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/api"
	"github.com/nks-access/nks-access/gen/nks"
)

const (
	user = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"
	role = "nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4"
)

func TestNewEntryNamesTheFieldAndTheRule(t *testing.T) {
	for _, c := range []struct {
		entry NewEntry
		want  string // "" is valid
	}{
		{NewEntry{Principal: user}, ""},
		{NewEntry{Principal: role, Type: TypeRole}, ""},
		{NewEntry{Principal: "nrn:PUB:Account::5000008", Type: TypeUser, Unchecked: true}, ""},
		{NewEntry{Principal: user, Type: TypeRole, Unchecked: true}, ""},

		{NewEntry{Principal: "arn:aws:iam::1:user/x", Type: TypeUser}, "principal must be an NRN, such as nrn:PUB:IAM::5000008:SubAccount/"},
		{NewEntry{Principal: "arn:aws:iam::1:user/x", Type: TypeUser, Unchecked: true}, "principal must be an NRN, such as nrn:PUB:IAM::5000008:SubAccount/"},
		{NewEntry{Principal: user + user, Unchecked: true}, "principal must be at most 128 characters long, not 136"},
		{NewEntry{Principal: "nrn:PUB:Account::5000008", Unchecked: true}, "type must be given (USER or ROLE)"},
		{NewEntry{Principal: user, Type: "GROUP"}, `type must be USER or ROLE, not "GROUP"`},
		{NewEntry{Principal: user, Type: TypeRole}, "type must fit the NRN, which is of a USER, not ROLE"},
		{NewEntry{Principal: user, Grants: Grants{Groups: []string{""}}}, "groups[0] must not be empty"},
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
// other. Rules that are ours alone (the form of a principal, what a namespace can be called, what can
// be seen) are left out here: they only refuse more.
func TestValidationAgreesWithTheContract(t *testing.T) {
	doc, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	create := doc.Components.Schemas["CreateAccessEntryRequest"].Value
	update := doc.Components.Schemas["UpdateAccessEntryRequest"].Value
	accepted := 0
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		entry := anyEntry(t)
		entry.Unchecked = true
		createErr := contractSays(t, create, nks.CreateAccessEntryRequest{
			Type: nks.EntryType(entry.principalType()), Entry: string(entry.Principal),
			Groups: entry.Groups, Policies: requestPolicies(entry.Policies),
		})
		if err := entry.Validate(); (err == nil) != (createErr == nil) {
			t.Fatalf("create of %+v: validation says %v, the contract says %v", entry, err, createErr)
		}
		filled := entry.Filled()
		updateErr := contractSays(t, update, nks.UpdateAccessEntryRequest{
			Groups: filled.Groups, Policies: requestPolicies(filled.Policies),
		})
		if err := entry.Grants.Validate(); (err == nil) != (updateErr == nil) {
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

// mostly draws a value that is mostly right, so that what is wrong is seen on its own.
func mostly[T any](t *rapid.T, label string, right, wrong *rapid.Generator[T]) T {
	if rapid.IntRange(0, 15).Draw(t, label+" wrong") == 0 {
		return wrong.Draw(t, label)
	}
	return right.Draw(t, label)
}

func anyNames(t *rapid.T, label string, most int, right ...string) []string {
	n := rapid.IntRange(0, 3).Draw(t, label+" length")
	if rapid.IntRange(0, 15).Draw(t, label+" many") == 0 {
		n = rapid.IntRange(most-1, most+2).Draw(t, label+" length")
	}
	names := make([]string, n)
	for i := range names {
		names[i] = mostly(t, label, rapid.SampledFrom(right), rapid.Just(""))
	}
	if n == 0 && rapid.Bool().Draw(t, label+" nil") {
		return nil
	}
	return names
}

func anyEntry(t *rapid.T) NewEntry {
	principals := rapid.SampledFrom([]string{
		user, role, "nrn::IAM::1:SubAccount/x", "nrn:IAM::1:Role/x", "nrn:PUB:Account::5000008", "nrn:GOV:IAM:KR:1:Role/:SubAccount/",
		user + strings.Repeat("0", 128-len(user)),
	})
	odd := rapid.OneOf(
		rapid.String(),
		rapid.StringMatching(`nrn(:[A-Za-z0-9_./=-]{0,5}){1,6}`),
		rapid.SampledFrom([]string{
			user + strings.Repeat("0", 129-len(user)), user + "\n", " " + user, "nrn:a:b:", "nrn::::", "nrn:XXX:IAM::1:Role/x",
			"NRN:PUB:IAM::1:Role/x", "nrn:PUB:IAM::1:Role/가",
		}))
	types := rapid.SampledFrom([]PrincipalType{"", TypeUser, TypeRole})
	entry := NewEntry{
		Principal: NRN(mostly(t, "principal", principals, odd)),
		Type:      mostly(t, "type", types, rapid.SampledFrom([]PrincipalType{"user", "GROUP", " "})),
		Grants:    Grants{Groups: anyNames(t, "groups", MaxGroups, "dev", "team a", "개발")},
	}
	for range rapid.IntRange(0, 3).Draw(t, "policies") {
		entry.Policies = append(entry.Policies, anyPolicy(t))
	}
	return entry
}

func anyPolicy(t *rapid.T) Policy {
	types := rapid.SampledFrom(PolicyTypes())
	scopes := rapid.SampledFrom([]string{"cluster", "namespace", "Cluster", "NAMESPACE"})
	policy := Policy{
		Type:       mostly(t, "policy type", types, rapid.SampledFrom([]PolicyType{"", "NKSRootPolicy", "nksviewpolicy"})),
		Scope:      mostly(t, "scope", scopes, rapid.SampledFrom([]string{"", "node", "cluster "})),
		Namespaces: anyNames(t, "namespaces", MaxNamespaces, "dev", "prod", "*-ns"),
	}
	if rapid.IntRange(0, 3).Draw(t, "fit") == 0 {
		return policy
	}
	if requestScope(policy.Scope) == ClusterScope { // namespaces that fit the scope
		policy.Namespaces = nil
	} else if len(policy.Namespaces) == 0 {
		policy.Namespaces = []string{"dev"}
	}
	return policy
}
