package provider

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

type entryModel struct {
	ID          types.String   `tfsdk:"id"`
	Cluster     types.String   `tfsdk:"cluster"`
	ClusterUUID types.String   `tfsdk:"cluster_uuid"`
	Principal   types.String   `tfsdk:"principal"`
	Type        types.String   `tfsdk:"type"`
	Groups      types.Set      `tfsdk:"groups"`
	Policies    types.Set      `tfsdk:"policies"`
	Unchecked   types.Bool     `tfsdk:"unchecked"`
	Adopt       types.Bool     `tfsdk:"adopt"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what tells an entry from all others.
type identityModel struct {
	ClusterUUID types.String `tfsdk:"cluster_uuid"`
	Principal   types.String `tfsdk:"principal"`
}

// principal returns the NRN, whose UUID may have capitals in the configuration.
func (m *entryModel) principal() access.NRN { return access.AnyNRN(m.Principal.ValueString()) }

// grants returns the groups and policies, and whether all of them are known.
func (m *entryModel) grants() (grants access.Grants, known bool) {
	groups, groupsKnown := stringsOf(m.Groups)
	policies, policiesKnown := policiesOf(m.Policies)
	return access.Grants{Groups: groups, Policies: policies}, groupsKnown && policiesKnown
}

// knownGrants returns the groups, if all are known, and the policies that are known.
func (m *entryModel) knownGrants() knownGrants {
	var grants knownGrants
	grants.Groups, _ = stringsOf(m.Groups)
	for _, element := range m.Policies.Elements() {
		policy, known := policyOf(element)
		if known {
			grants.Policies = append(grants.Policies, policy)
			grants.elements = append(grants.elements, element)
		}
	}
	return grants
}

// entry returns the entry of a state, in which everything is known.
func (m *entryModel) entry() access.Entry {
	grants, _ := m.grants()
	return access.Entry{
		UUID:        m.ID.ValueString(),
		ClusterUUID: m.ClusterUUID.ValueString(),
		Principal:   m.principal(),
		Grants:      grants,
	}
}

// take fills in what the service reports. A principal and policies that mean the same keep the
// spelling of the model: the service may split policies and join them.
func (m *entryModel) take(entry access.Entry) {
	m.ID = types.StringValue(entry.UUID)
	m.ClusterUUID = types.StringValue(strings.ToLower(entry.ClusterUUID))
	if m.principal() != entry.Principal {
		m.Principal = types.StringValue(string(entry.Principal))
	}
	if m.Type.IsNull() || m.Type.IsUnknown() {
		m.Type = typeOf(entry.Principal)
	}
	m.Groups = setOrNull(setOf(entry.Groups))
	policies, known := policiesOf(m.Policies)
	if !known || !samePolicies(policies, entry.Policies) {
		m.Policies = setOrNull(policySet(entry.Policies))
	}
}

func samePolicies(a, b []access.Policy) bool {
	return access.Grants{Policies: a}.Same(access.Grants{Policies: b})
}

// typeOf returns the type that the NRN tells, or null.
func typeOf(principal access.NRN) types.String { return stringOrNull(string(principal.Type())) }

// stringOrNull returns null for "".
func stringOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// setOrNull returns null for an empty set, which a configuration leaves out.
func setOrNull(set types.Set) types.Set {
	if len(set.Elements()) == 0 {
		return types.SetNull(set.ElementType(context.Background()))
	}
	return set
}

// stringsOf returns the elements of a set of strings, and whether all are known. A set that is null
// has none.
func stringsOf(set types.Set) (list []string, known bool) {
	for _, element := range set.Elements() {
		if element.IsUnknown() {
			return nil, false
		}
		list = append(list, element.(types.String).ValueString())
	}
	slices.Sort(list)
	return list, !set.IsUnknown()
}

// setOf returns a set with each string once.
func setOf(list []string) types.Set {
	elements := []attr.Value{}
	for _, text := range slices.Compact(slices.Sorted(slices.Values(list))) {
		elements = append(elements, types.StringValue(text))
	}
	return types.SetValueMust(types.StringType, elements)
}

// policiesOf returns the policies of a set, and whether all of them are known.
func policiesOf(set types.Set) (policies []access.Policy, known bool) {
	for _, element := range set.Elements() {
		policy, policyKnown := policyOf(element)
		if !policyKnown {
			return nil, false
		}
		policies = append(policies, policy)
	}
	return policies, !set.IsUnknown()
}

var policyType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"type": types.StringType, "namespaces": types.SetType{ElemType: types.StringType},
}}

// bracketed matches the type of a policy whose scope the presence of namespaces does not tell.
var bracketed = regexp.MustCompile(`^(.+)\[([^\[\]]*)\]$`)

// policyOf returns the policy that a value of policyType stands for, and whether it is known.
func policyOf(value attr.Value) (policy access.Policy, known bool) {
	if value.IsUnknown() || value.IsNull() {
		return access.Policy{}, false
	}
	attributes := value.(types.Object).Attributes()
	policyName := attributes["type"].(types.String)
	namespaces := attributes["namespaces"].(types.Set)
	names, namesKnown := stringsOf(namespaces)
	policy = access.PolicyType(policyName.ValueString()).OnCluster()
	if !namespaces.IsNull() {
		policy = policy.Type.In(names...)
	}
	if parts := bracketed.FindStringSubmatch(policyName.ValueString()); parts != nil {
		policy.Type = access.PolicyType(parts[1])
		policy.Scope = parts[2]
	}
	return policy, namesKnown && !policyName.IsUnknown()
}

// policySet returns a set of policyType with each policy once.
func policySet(policies []access.Policy) types.Set {
	elements := []attr.Value{}
	seen := map[string]bool{}
	for _, policy := range policies {
		key := access.Grants{Policies: []access.Policy{policy}}.Key()
		if seen[key] {
			continue
		}
		seen[key] = true
		elements = append(elements, types.ObjectValueMust(policyType.AttrTypes, map[string]attr.Value{
			"type":       types.StringValue(typeWithScope(policy)),
			"namespaces": setOrNull(setOf(policy.Namespaces)),
		}))
	}
	return types.SetValueMust(policyType, elements)
}

// typeWithScope returns the type of a policy, with the scope in brackets if the presence of
// namespaces does not tell it.
func typeWithScope(policy access.Policy) string {
	plainScope := access.ClusterScope
	if len(policy.Namespaces) > 0 {
		plainScope = access.NamespaceScope
	}
	if policy.Scope == plainScope {
		return string(policy.Type)
	}
	return string(policy.Type) + "[" + policy.Scope + "]"
}
