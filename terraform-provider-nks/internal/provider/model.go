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
	Adopt       types.Bool     `tfsdk:"adopt"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

// identityModel is what tells an entry from all others.
type identityModel struct {
	ClusterUUID types.String `tfsdk:"cluster_uuid"`
	Principal   types.String `tfsdk:"principal"`
}

// take fills in what the service reports. Policies that grant what the model has keep the spelling
// of the model: the service may split policies and join them.
func (m *entryModel) take(entry access.Entry) {
	m.ID = types.StringValue(entry.UUID)
	m.ClusterUUID = types.StringValue(strings.ToLower(entry.ClusterUUID))
	m.Principal = types.StringValue(entry.Principal)
	if m.Type.IsNull() || m.Type.IsUnknown() {
		m.Type = typeOf(entry.Principal)
	}
	m.Groups = setOrNull(setOf(entry.Groups))
	if policies, known := policiesOf(m.Policies); !known || !samePolicies(policies, entry.Policies) {
		m.Policies = setOrNull(policySet(entry.Policies))
	}
}

func samePolicies(a, b []access.Policy) bool { return access.Entry{Policies: a}.HasExactly(nil, b) }

func typeOf(principal string) types.String { return stringOrNull(string(access.TypeOf(principal))) }

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
		policy, known := policyOf(element)
		if !known {
			return nil, false
		}
		policies = append(policies, policy)
	}
	return policies, !set.IsUnknown()
}

var policyType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"type": types.StringType, "namespaces": types.SetType{ElemType: types.StringType},
}}

// bracketed matches the type of a policy whose scope the presence of namespaces does not say.
var bracketed = regexp.MustCompile(`^(.+)\[([^\[\]]*)\]$`)

// policyOf returns the policy that a value of policyType stands for, and whether it is known.
func policyOf(value attr.Value) (policy access.Policy, known bool) {
	if value.IsUnknown() || value.IsNull() {
		return access.Policy{}, false
	}
	attributes := value.(types.Object).Attributes()
	namespaces := attributes["namespaces"].(types.Set)
	policy = access.Policy{Type: attributes["type"].(types.String).ValueString(), Scope: access.ClusterScope}
	policy.Namespaces, known = stringsOf(namespaces)
	if !namespaces.IsNull() {
		policy.Scope = access.NamespaceScope
	}
	if parts := bracketed.FindStringSubmatch(policy.Type); parts != nil {
		policy.Type, policy.Scope = parts[1], parts[2]
	}
	return policy, known && !attributes["type"].IsUnknown()
}

// policySet returns a set of policyType with each policy once.
func policySet(policies []access.Policy) types.Set {
	elements := []attr.Value{}
	for i, p := range policies {
		if slices.ContainsFunc(policies[:i], p.Equal) {
			continue
		}
		plain := access.ClusterScope
		if len(p.Namespaces) > 0 {
			plain = access.NamespaceScope
		}
		if p.Scope != plain {
			p.Type += "[" + p.Scope + "]"
		}
		elements = append(elements, types.ObjectValueMust(policyType.AttrTypes, map[string]attr.Value{
			"type": types.StringValue(p.Type), "namespaces": setOrNull(setOf(p.Namespaces)),
		}))
	}
	return types.SetValueMust(policyType, elements)
}
