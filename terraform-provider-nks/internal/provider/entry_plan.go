package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/nks-access/nks-access/access"
)

var objectOptions = basetypes.ObjectAsOptions{}

// examplePrincipal stands for a principal where only other parts of an entry are checked.
const examplePrincipal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"

// ValidateConfig checks what does not depend on the entry that is there, by the rules of package
// access.
func (r *entryResource) ValidateConfig(
	ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse,
) {
	var config entryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	checkPrincipal(&resp.Diagnostics, config)
	if !config.Cluster.IsUnknown() && config.Cluster.ValueString() == "" {
		resp.Diagnostics.AddAttributeError(path.Root("cluster"), "Invalid cluster", "The cluster must be given by name or UUID.")
	}
	refuseEmpty(&resp.Diagnostics, path.Root("groups"), config.Groups, "An entry without groups has no groups argument.")
	refuseEmpty(&resp.Diagnostics, path.Root("policies"), config.Policies, "An entry without policies has no policies argument.")
	checkGroups(&resp.Diagnostics, config.Groups)
	for _, element := range config.Policies.Elements() {
		if element.IsNull() {
			resp.Diagnostics.AddAttributeError(path.Root("policies"), "Invalid policy", "A policy must not be null.")
		}
		checkNamespaces(ctx, &resp.Diagnostics, element)
	}
}

func checkPrincipal(diagnostics *diag.Diagnostics, config entryModel) {
	if config.Principal.IsUnknown() {
		return
	}
	entry := access.NewEntry{Principal: config.Principal.ValueString(), Type: access.Type(config.Type.ValueString())}
	for _, problem := range problems(entry.Validate()) {
		switch {
		case problem.Field == "principal":
			diagnostics.AddAttributeError(path.Root("principal"), "Invalid principal", "The principal "+problem.Rule+".")
		case problem.Field == "type" && !config.Type.IsNull() && !config.Type.IsUnknown():
			diagnostics.AddAttributeError(path.Root("type"), "Invalid type", "The type "+problem.Rule+".")
		}
	}
}

func refuseEmpty(diagnostics *diag.Diagnostics, at path.Path, set types.Set, words string) {
	if !set.IsNull() && !set.IsUnknown() && len(set.Elements()) == 0 {
		diagnostics.AddAttributeError(at, "Empty set", words+" Leave it out, or give null.")
	}
}

func checkGroups(diagnostics *diag.Diagnostics, set types.Set) {
	groups, known := stringsOf(set)
	if !known {
		return
	}
	for _, problem := range problems(access.NewEntry{Principal: examplePrincipal, Groups: groups}.Validate()) {
		at := path.Root("groups")
		var index int
		if _, err := fmt.Sscanf(problem.Field, "groups[%d]", &index); err == nil {
			at = at.AtSetValue(types.StringValue(groups[index]))
			problem.Field = fmt.Sprintf("group %q", groups[index])
		}
		diagnostics.AddAttributeError(at, "Invalid groups", "The "+problem.Field+" "+problem.Rule+".")
	}
}

// checkNamespaces checks the namespaces of a policy. They must not be empty, because a policy
// without namespaces is for the whole cluster.
func checkNamespaces(ctx context.Context, diagnostics *diag.Diagnostics, element attr.Value) {
	policy, known := policyOf(ctx, element)
	if !known || policy.Scope != access.NamespaceScope {
		return
	}
	at := path.Root("policies").AtSetValue(element).AtName("namespaces")
	if len(policy.Namespaces) == 0 {
		if namespaces := element.(types.Object).Attributes()["namespaces"]; namespaces.IsNull() {
			return // the scope is in the type
		}
		diagnostics.AddAttributeError(at, "Empty set", "A policy without namespaces is for the whole cluster. If that is meant, leave "+
			"namespaces out, or give null. Otherwise give at least one namespace, or leave the policy out.")
		return
	}
	policy.Type = access.ViewPolicy
	for _, problem := range problems(access.NewEntry{Principal: examplePrincipal, Policies: []access.Policy{policy}}.Validate()) {
		field := "namespaces"
		var index int
		if _, err := fmt.Sscanf(problem.Field, "policies[0] namespaces[%d]", &index); err == nil {
			field = fmt.Sprintf("namespace %q", policy.Namespaces[index])
		}
		diagnostics.AddAttributeError(at, "Invalid namespaces", "The "+field+" "+problem.Rule+".")
	}
}

// checkPolicies checks what may stand if the entry has it already: the types of policies, which the
// service may add to, and scopes that contradict each other.
func checkPolicies(ctx context.Context, diagnostics *diag.Diagnostics, plan types.Set, before []access.Policy) {
	var wide []string
	for _, element := range plan.Elements() {
		if policy, known := policyOf(ctx, element); known && policy.Scope == access.ClusterScope {
			wide = append(wide, policy.Type)
		}
	}
	for _, element := range plan.Elements() {
		policy, known := policyOf(ctx, element)
		there := access.Entry{Policies: before}
		if !known || there.Granting(nil, []access.Policy{policy}).HasExactly(nil, before) {
			continue
		}
		at := path.Root("policies").AtSetValue(element)
		if policy.Scope == access.NamespaceScope && slices.Contains(wide, policy.Type) {
			diagnostics.AddAttributeError(at.AtName("namespaces"), "Contradicting scopes",
				fmt.Sprintf("The entry has %s for the whole cluster, too. Leave out one of the two.", policy.Type))
		}
		for _, problem := range problems(access.NewEntry{Principal: examplePrincipal, Policies: []access.Policy{policy}}.Validate()) {
			field := strings.TrimPrefix(problem.Field, "policies[0] ")
			if policy.Scope != access.NamespaceScope || !strings.HasPrefix(field, "namespaces") { // ValidateConfig has said those
				diagnostics.AddAttributeError(at.AtName("type"), "Invalid policy", fmt.Sprintf("The %s of the policy %s.", field, problem.Rule))
			}
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
		before, _ = policiesOf(ctx, state.Policies)
	}
	checkPolicies(ctx, &resp.Diagnostics, config.Policies, before)
	r.planCluster(ctx, &plan, state, resp)
	planType(config, &plan, state, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil {
		plan.ID = state.ID
		if policies, known := policiesOf(ctx, plan.Policies); known && len(policies) > 0 && samePolicies(policies, before) {
			plan.Policies = state.Policies
		}
	}
	if state == nil || len(resp.RequiresReplace) > 0 {
		plan.ID = types.StringUnknown()
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// planCluster finds the cluster, and replaces the entry if it is not the one of the state.
func (r *entryResource) planCluster(ctx context.Context, plan, state *entryModel, resp *resource.ModifyPlanResponse) {
	at := path.Root("cluster")
	if plan.Cluster.IsUnknown() {
		plan.ClusterUUID = types.StringUnknown()
		if state != nil {
			resp.RequiresReplace = append(resp.RequiresReplace, at)
		}
		return
	}
	uuid, err := r.service.findCluster(ctx, plan.Cluster.ValueString())
	switch {
	case errors.Is(err, access.ErrNotFound) && state == nil:
		resp.Diagnostics.AddAttributeWarning(at, "The cluster does not exist yet", sentence(err)+"\n\nThe entry can be created only if the "+
			"cluster is there by then.")
		plan.ClusterUUID = types.StringUnknown()
	case err != nil:
		addError(&resp.Diagnostics, at, "Cannot find the cluster", err)
	case state != nil && strings.EqualFold(uuid, state.ClusterUUID.ValueString()):
		plan.Cluster, plan.ClusterUUID = state.Cluster, state.ClusterUUID
	default:
		plan.ClusterUUID = types.StringValue(uuid)
		if state != nil {
			resp.RequiresReplace = append(resp.RequiresReplace, at)
		}
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
		plan.Type = typeOf(plan.Principal.ValueString())
		for _, problem := range problems(access.NewEntry{Principal: plan.Principal.ValueString()}.Validate()) {
			if problem.Field == "type" {
				resp.Diagnostics.AddAttributeError(path.Root("type"), "Missing type", "The type "+problem.Rule+".")
			}
		}
	}
}
