package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

// examplePrincipal stands for a principal that is not known yet.
const examplePrincipal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"

// ValidateConfig checks what does not depend on the entry that is there.
func (r *entryResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config entryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !config.Cluster.IsUnknown() && config.Cluster.ValueString() == "" {
		resp.Diagnostics.AddAttributeError(path.Root("cluster"), "Invalid cluster", "Give the name or the UUID of a cluster.")
	}
	const leaveOut = "A set must not be empty. Leave it out, or give null."
	const wholeCluster = "A policy without namespaces is for the whole cluster. If that is meant, leave namespaces " +
		"out, or give null. Otherwise give at least one namespace, or leave the policy out."
	refuseEmpty(&resp.Diagnostics, path.Root("groups"), config.Groups, leaveOut)
	refuseEmpty(&resp.Diagnostics, path.Root("policies"), config.Policies, leaveOut)
	for _, element := range config.Policies.Elements() {
		if element.IsNull() {
			resp.Diagnostics.AddAttributeError(path.Root("policies"), "Invalid policy", "A policy must not be null.")
		} else if !element.IsUnknown() {
			namespaces := element.(types.Object).Attributes()["namespaces"].(types.Set)
			at := path.Root("policies").AtSetValue(element).AtName("namespaces")
			refuseEmpty(&resp.Diagnostics, at, namespaces, wholeCluster)
		}
	}
	if !resp.Diagnostics.HasError() {
		config.check(&resp.Diagnostics, func(policy access.Policy, part string) bool {
			return part != "namespaces" || policy.Scope != access.NamespaceScope || len(policy.Namespaces) == 0
		})
	}
}

func refuseEmpty(diagnostics *diag.Diagnostics, at path.Path, set types.Set, words string) {
	if !set.IsNull() && !set.IsUnknown() && len(set.Elements()) == 0 {
		diagnostics.AddAttributeError(at, "Empty set", words)
	}
}

// problemField matches the fields of access.Problem, such as "type", "groups[3]" and "policies[0]
// namespaces[1]".
var problemField = regexp.MustCompile(`^(\w+)(?:\[(\d+)\])?(?: (\w+))?`)

// check checks what is known by the rules of package access. It adds an error for each broken rule
// at its attribute, except for the parts of policies that allowed reports.
func (m entryModel) check(diagnostics *diag.Diagnostics, allowed func(policy access.Policy, part string) bool) {
	entry := access.NewEntry{Principal: m.Principal.ValueString(), Type: access.Type(m.Type.ValueString())}
	if m.Principal.IsUnknown() {
		entry.Principal, entry.SkipTypeCheck = examplePrincipal, true
	}
	entry.Groups, _ = stringsOf(m.Groups)
	var elements []attr.Value
	for _, element := range m.Policies.Elements() {
		if policy, known := policyOf(element); known {
			entry.Policies, elements = append(entry.Policies, policy), append(elements, element)
		}
	}
	for _, problem := range problems(entry.Validate()) {
		field := problemField.FindStringSubmatch(problem.Field)
		at, name := path.Root(field[1]), cmp.Or(field[3], field[1])
		switch index, _ := strconv.Atoi(field[2]); {
		case field[1] == "type" && (m.Type.IsNull() || m.Type.IsUnknown()):
			continue // planType finds it
		case field[1] == "policies" && allowed(entry.Policies[index], name):
			continue
		case field[1] == "policies" && name == "scope":
			at = at.AtSetValue(elements[index]).AtName("type") // which has the scope in brackets
		case field[1] == "policies":
			at = at.AtSetValue(elements[index]).AtName(name)
		}
		if strings.HasSuffix(problem.Field, "]") {
			name = "an element of " + name
		}
		diagnostics.AddAttributeError(at, "Invalid access entry", name+" "+problem.Rule+".")
	}
}

// checkPolicies checks what may stand if the entry has it already: types of policies, which the
// service may add to, and scopes that contradict each other.
func (m entryModel) checkPolicies(diagnostics *diag.Diagnostics, before []access.Policy) {
	there := func(policy access.Policy) bool {
		return access.Entry{Policies: before}.Granting(nil, []access.Policy{policy}).HasExactly(nil, before)
	}
	m.check(diagnostics, func(policy access.Policy, _ string) bool { return there(policy) })
	var wide []string
	for _, element := range m.Policies.Elements() {
		if policy, known := policyOf(element); known && policy.Scope == access.ClusterScope {
			wide = append(wide, policy.Type)
		}
	}
	for _, element := range m.Policies.Elements() {
		policy, known := policyOf(element)
		if known && policy.Scope == access.NamespaceScope && slices.Contains(wide, policy.Type) && !there(policy) {
			diagnostics.AddAttributeError(path.Root("policies").AtSetValue(element).AtName("namespaces"), "Contradicting scopes",
				fmt.Sprintf("The entry has %s for the whole cluster, too. Leave out one of the two.", policy.Type))
		}
	}
}

// ModifyPlan decides what is a difference. It compares clusters by their UUID and policies by what
// they grant, and keeps the spelling of the state where nothing differs.
func (r *entryResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	if req.Plan.Raw.IsNull() || r.service == nil {
		return // a deletion
	}
	var config, plan entryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *entryModel
	if !req.State.Raw.IsNull() {
		state = &entryModel{}
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	var before []access.Policy
	if state != nil {
		before, _ = policiesOf(state.Policies)
	}
	config.checkPolicies(&resp.Diagnostics, before)
	r.planCluster(ctx, &plan, state, resp)
	planType(config, &plan, state, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil {
		plan.ID = state.ID
		if policies, known := policiesOf(plan.Policies); known && len(policies) > 0 && samePolicies(policies, before) {
			plan.Policies = state.Policies
		}
	}
	if state == nil || len(resp.RequiresReplace) > 0 {
		plan.ID = types.StringUnknown()
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// planCluster finds the cluster, and replaces the entry if it is not the one of the state. The name
// may be the same: another cluster may have it now.
func (r *entryResource) planCluster(ctx context.Context, plan, state *entryModel, resp *resource.ModifyPlanResponse) {
	plan.ClusterUUID = types.StringUnknown()
	if !plan.Cluster.IsUnknown() {
		uuid, err := r.service.findCluster(ctx, plan.Cluster.ValueString())
		switch {
		case errors.Is(err, access.ErrNotFound) && state == nil:
			resp.Diagnostics.AddAttributeWarning(path.Root("cluster"), "The cluster does not exist yet",
				err.Error()+".\n\nThe entry can be created only if the cluster is there by then.")
		case err != nil:
			addError(&resp.Diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
		default:
			plan.ClusterUUID = types.StringValue(uuid)
		}
	}
	switch {
	case state == nil:
	case plan.ClusterUUID.Equal(state.ClusterUUID):
		plan.Cluster = state.Cluster
	default:
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("cluster_uuid"))
	}
}

// planType finds the type of the principal. The service does not report it, so only a known type
// can differ.
func planType(config entryModel, plan, state *entryModel, resp *resource.ModifyPlanResponse) {
	samePrincipal := state != nil && state.Principal.Equal(plan.Principal)
	switch {
	case !config.Type.IsNull():
		if samePrincipal && !state.Type.IsNull() && !state.Type.Equal(plan.Type) {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("type"))
		}
	case samePrincipal:
		plan.Type = state.Type
	case plan.Principal.IsUnknown():
		plan.Type = types.StringUnknown()
	default:
		if plan.Type = typeOf(plan.Principal.ValueString()); plan.Type.IsNull() {
			resp.Diagnostics.AddAttributeError(path.Root("type"), "Missing type",
				"The type must be given (USER or ROLE), because the NRN is neither a SubAccount nor a Role.")
		}
	}
}
