package provider

import (
	"context"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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

type policyModel struct {
	Type       types.String `tfsdk:"type"`
	Namespaces types.Set    `tfsdk:"namespaces"`
}

var policyType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"type": types.StringType, "namespaces": types.SetType{ElemType: types.StringType},
}}

// identityModel is what tells an entry from all others.
type identityModel struct {
	ClusterUUID types.String `tfsdk:"cluster_uuid"`
	Principal   types.String `tfsdk:"principal"`
}

func (m entryModel) identity() identityModel { return identityModel{m.ClusterUUID, m.Principal} }

// grants returns groups and policies, all of which are known when Terraform applies.
func (m entryModel) grants(ctx context.Context) ([]string, []access.Policy, diag.Diagnostics) {
	diagnostics := diag.Diagnostics{}
	groups, known := stringsOf(m.Groups)
	if !known {
		diagnostics.AddAttributeError(path.Root("groups"), "Unknown group", "A group is not known.")
	}
	policies, known := policiesOf(ctx, m.Policies)
	if !known {
		diagnostics.AddAttributeError(path.Root("policies"), "Unknown policy", "A policy is null or not known.")
	}
	return groups, policies, diagnostics
}

// take fills in what the service reports. Groups and policies that grant what the model has keep
// the spelling of the model: the service may split policies, join them, and leave out lists.
func (m *entryModel) take(ctx context.Context, entry access.Entry) diag.Diagnostics {
	diagnostics := diag.Diagnostics{}
	m.ID = types.StringValue(entry.UUID)
	m.ClusterUUID = types.StringValue(strings.ToLower(entry.ClusterUUID))
	m.Principal = types.StringValue(entry.Principal)
	if m.Type.IsNull() || m.Type.IsUnknown() {
		m.Type = typeOf(entry.Principal)
	}
	if groups, known := stringsOf(m.Groups); !known || !sameGroups(groups, entry.Groups) {
		m.Groups = setOf(entry.Groups)
	}
	if policies, known := policiesOf(ctx, m.Policies); !known || !samePolicies(policies, entry.Policies) {
		var more diag.Diagnostics
		m.Policies, more = policySet(ctx, entry.Policies)
		diagnostics.Append(more...)
	}
	return diagnostics
}

// sameGroups and samePolicies leave it to package access what is the same.
func sameGroups(a, b []string) bool { return access.Entry{Groups: a}.HasExactly(b, nil) }

func samePolicies(a, b []access.Policy) bool { return access.Entry{Policies: a}.HasExactly(nil, b) }

func typeOf(principal string) types.String {
	if kind := access.TypeOf(principal); kind != "" {
		return types.StringValue(string(kind))
	}
	return types.StringNull()
}

// stringsOf returns the elements of a set of strings, and whether all are known. A set that is null
// has none.
func stringsOf(set types.Set) ([]string, bool) {
	if set.IsUnknown() {
		return nil, false
	}
	var list []string
	for _, element := range set.Elements() {
		text, ok := element.(types.String)
		if !ok || text.IsUnknown() {
			return nil, false
		}
		list = append(list, text.ValueString())
	}
	slices.Sort(list)
	return list, true
}

// setOf returns a set with each string once. It is null if there are none, because a configuration
// leaves out an empty set.
func setOf(list []string) types.Set {
	if len(list) == 0 {
		return types.SetNull(types.StringType)
	}
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	var elements []attr.Value
	for _, text := range slices.Compact(sorted) {
		elements = append(elements, types.StringValue(text))
	}
	return types.SetValueMust(types.StringType, elements)
}

// policiesOf returns the policies of a set, and whether all of them are known.
func policiesOf(ctx context.Context, set types.Set) ([]access.Policy, bool) {
	if set.IsUnknown() {
		return nil, false
	}
	var policies []access.Policy
	for _, element := range set.Elements() {
		policy, known := policyOf(ctx, element)
		if !known {
			return nil, false
		}
		policies = append(policies, policy)
	}
	return policies, true
}

// bracketed matches the type of a policy whose scope the presence of namespaces does not say.
var bracketed = regexp.MustCompile(`^(.+)\[([^\[\]]*)\]$`)

func policyOf(ctx context.Context, value attr.Value) (policy access.Policy, known bool) {
	object, ok := value.(types.Object)
	if !ok || object.IsUnknown() || object.IsNull() {
		return access.Policy{}, false
	}
	var m policyModel
	if object.As(ctx, &m, objectOptions).HasError() || m.Type.IsUnknown() {
		return access.Policy{}, false
	}
	namespaces, known := stringsOf(m.Namespaces)
	if !known {
		return access.Policy{}, false
	}
	policy = access.Policy{Type: m.Type.ValueString(), Scope: access.ClusterScope, Namespaces: namespaces}
	if !m.Namespaces.IsNull() {
		policy.Scope = access.NamespaceScope
	}
	if parts := bracketed.FindStringSubmatch(policy.Type); parts != nil {
		policy.Type, policy.Scope = parts[1], parts[2]
	}
	return policy, true
}

// policySet returns a set with each policy once. It is null if there are none.
func policySet(ctx context.Context, policies []access.Policy) (types.Set, diag.Diagnostics) {
	var models []policyModel
	for i, p := range policies {
		if slices.ContainsFunc(policies[:i], p.Equal) {
			continue
		}
		m := policyModel{Type: types.StringValue(p.Type), Namespaces: setOf(p.Namespaces)}
		plain := p.Scope == access.ClusterScope && len(p.Namespaces) == 0 || p.Scope == access.NamespaceScope && len(p.Namespaces) > 0
		if !plain {
			m.Type = types.StringValue(p.Type + "[" + p.Scope + "]")
		}
		models = append(models, m)
	}
	if len(models) == 0 {
		return types.SetNull(policyType), nil
	}
	return types.SetValueFrom(ctx, policyType, models)
}
