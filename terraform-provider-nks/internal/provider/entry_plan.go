package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

// ValidateConfig checks what does not depend on the existing entry.
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
	config.refuseEmptySets(&resp.Diagnostics)
	config.checkPrincipal(&resp.Diagnostics)
	config.checkTimeouts(&resp.Diagnostics)
}

// checkTimeouts adds an error for each timeout that leaves no time for a change. The schema checks that
// they are durations.
func (m *entryModel) checkTimeouts(diagnostics *diag.Diagnostics) {
	for operation, value := range m.Timeouts.Attributes() {
		text := value.(types.String).ValueString()
		limit, err := time.ParseDuration(text)
		if err == nil && limit <= 0 {
			diagnostics.AddAttributeError(path.Root("timeouts"), "Invalid timeout",
				fmt.Sprintf("%s = %q leaves no time for the change. Give a duration such as 30s or 15m.", operation, text))
		}
	}
}

// refuseEmptySets adds an error for each empty set: an empty set of namespaces could mean nothing, or
// the whole cluster.
func (m *entryModel) refuseEmptySets(diagnostics *diag.Diagnostics) {
	const leaveOut = "A set must not be empty. Leave it out, or give null."
	const wholeCluster = "A policy without namespaces is for the whole cluster. If that is meant, leave namespaces " +
		"out, or give null. Otherwise give at least one namespace, or leave the policy out."
	refuseEmpty(diagnostics, path.Root("groups"), m.Groups, leaveOut)
	refuseEmpty(diagnostics, path.Root("policies"), m.Policies, leaveOut)
	for _, element := range m.Policies.Elements() {
		if element.IsNull() {
			diagnostics.AddAttributeError(path.Root("policies"), "Invalid policy", "A policy must not be null.")
			continue
		}
		if element.IsUnknown() {
			continue
		}
		namespaces := element.(types.Object).Attributes()["namespaces"].(types.Set)
		at := path.Root("policies").AtSetValue(element).AtName("namespaces")
		refuseEmpty(diagnostics, at, namespaces, wholeCluster)
	}
}

func refuseEmpty(diagnostics *diag.Diagnostics, at path.Path, set types.Set, words string) {
	if !set.IsNull() && !set.IsUnknown() && len(set.Elements()) == 0 {
		diagnostics.AddAttributeError(at, "Empty set", words)
	}
}

// checkPrincipal checks the principal and its type by the rules of package access.
func (m *entryModel) checkPrincipal(diagnostics *diag.Diagnostics) {
	if m.Principal.IsUnknown() || m.Unchecked.IsUnknown() {
		return
	}
	hasType := !m.Type.IsNull() && !m.Type.IsUnknown()
	if hasType && m.Type.ValueString() == "" {
		diagnostics.AddAttributeError(path.Root("type"), "Invalid access entry",
			"type must be USER or ROLE. Leave it out, or give null, if the NRN tells it.")
	}
	entry := access.NewEntry{
		Principal: m.principal(),
		Type:      access.PrincipalType(m.Type.ValueString()),
		Unchecked: m.Unchecked.ValueBool(),
	}
	for _, problem := range problems(entry.Validate()) {
		isType := problem.Path[0] == "type"
		if isType && m.Type.ValueString() == "" {
			continue // which planType finds, if it is not refused above
		}
		if !isType && principalRule(m.Principal.ValueString()) == "" {
			problem.Rule += `. If the service has such a principal, set unchecked = true`
		}
		addProblem(diagnostics, problem, knownGrants{})
	}
}

// checkGrants checks groups and policies. What the entry grants already may stay: the service may hold
// what is newer than the provider.
func (m *entryModel) checkGrants(diagnostics *diag.Diagnostics, before access.Grants) {
	wanted := m.knownGrants()
	for _, problem := range problems(wanted.ValidateChange(before)) {
		addProblem(diagnostics, problem, wanted)
	}
	wanted.refuseContradictions(diagnostics, before)
	warnOfSystemGroups(diagnostics, wanted.Grants, before)
	warnOfNames(diagnostics, before)
}

// refuseContradictions adds an error for each new policy for namespaces that the entry has for the
// whole cluster, too: one of the two says more or less than was meant.
func (g knownGrants) refuseContradictions(diagnostics *diag.Diagnostics, before access.Grants) {
	onCluster := map[access.PolicyType]bool{}
	for _, policy := range g.Policies {
		if policy.Scope == access.ClusterScope {
			onCluster[policy.Type] = true
		}
	}
	for i, policy := range g.Policies {
		contradicts := policy.Scope == access.NamespaceScope && onCluster[policy.Type]
		added := access.Grants{Policies: []access.Policy{policy}}.Beyond(before)
		if contradicts && len(added) > 0 {
			at := path.Root("policies").AtSetValue(g.elements[i]).AtName("namespaces")
			diagnostics.AddAttributeError(at, "Contradicting scopes",
				fmt.Sprintf("The entry has %s for the whole cluster, too. Leave out one of the two.", policy.Type))
		}
	}
}

// warnOfSystemGroups adds a warning about groups that Kubernetes may give a meaning, unless the entry
// has them already.
func warnOfSystemGroups(diagnostics *diag.Diagnostics, wanted, before access.Grants) {
	groups := access.Grants{Groups: wanted.SystemGroups()}.Without(before).Groups
	if len(groups) == 0 {
		return
	}
	diagnostics.AddAttributeWarning(path.Root("groups"), "Group of Kubernetes itself",
		fmt.Sprintf("Kubernetes gives some groups that begin with system: a meaning; members of system:masters may do "+
			"everything. No source says whether NKS lets an entry into them, and none of them counts as an administrator "+
			"here. This entry gets %s.", strings.Join(groups, ", ")))
}

// warnOfNames adds a warning for each name of the entry that a new entry could not have. Terraform shows
// it as it is, so that it may look like another name.
func warnOfNames(diagnostics *diag.Diagnostics, before access.Grants) {
	warn := func(attribute, what, name string) {
		rule := access.NameProblem(name)
		if rule == "" {
			return
		}
		diagnostics.AddAttributeWarning(path.Root(attribute), "Name that may look like another one",
			fmt.Sprintf("The entry has the %s %+q. The name of a %s %s.", what, name, what, rule))
	}
	for _, group := range before.Groups {
		warn("groups", "group", group)
	}
	for _, policy := range before.Policies {
		for _, namespace := range policy.Namespaces {
			warn("policies", "namespace", namespace)
		}
	}
}

// samePrincipal requires the replacement of an entry for another principal. The UUID in an NRN may be
// written with capitals.
func samePrincipal() planmodifier.String {
	const description = "Another principal replaces the entry."
	return stringplanmodifier.RequiresReplaceIf(
		func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
			before := access.AnyNRN(req.StateValue.ValueString())
			after := access.AnyNRN(req.PlanValue.ValueString())
			resp.RequiresReplace = req.PlanValue.IsUnknown() || before != after
		}, description, description)
}

// ModifyPlan decides what is a difference. It compares clusters by their UUID and policies by what
// they grant, and keeps the spelling of the state where nothing differs.
func (r *entryResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	isDeletion := req.Plan.Raw.IsNull()
	if isDeletion || r.service == nil {
		return
	}
	defer r.service.warnings.show(&resp.Diagnostics)
	var config, plan entryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	var state *entryModel
	var before access.Grants
	if !req.State.Raw.IsNull() {
		state = &entryModel{}
		resp.Diagnostics.Append(req.State.Get(ctx, state)...)
		before, _ = state.grants()
	}
	if resp.Diagnostics.HasError() {
		return
	}
	config.checkPrincipal(&resp.Diagnostics) // which may have been unknown before
	config.checkGrants(&resp.Diagnostics, before)
	r.planCluster(ctx, &plan, state, resp)
	planType(config, &plan, state, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil {
		plan.keep(state)
	}
	if state == nil || len(resp.RequiresReplace) > 0 {
		plan.ID = types.StringUnknown()
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// keep keeps the ID of the state, and the spelling of what means the same.
func (m *entryModel) keep(state *entryModel) {
	m.ID = state.ID
	if !m.Principal.IsUnknown() && m.principal() == state.principal() {
		m.Principal = state.Principal
	}
	policies, known := policiesOf(m.Policies)
	before, _ := policiesOf(state.Policies)
	if known && len(policies) > 0 && samePolicies(policies, before) {
		m.Policies = state.Policies
	}
}

// planCluster finds the cluster, and replaces the entry if it is not the one of the state. The name
// may be the same: another cluster may have it now.
func (r *entryResource) planCluster(ctx context.Context, plan, state *entryModel, resp *resource.ModifyPlanResponse) {
	plan.ClusterUUID = r.plannedCluster(ctx, plan.Cluster, state == nil, &resp.Diagnostics)
	if state == nil {
		return
	}
	if plan.ClusterUUID.Equal(state.ClusterUUID) {
		plan.Cluster = state.Cluster
		return
	}
	resp.RequiresReplace = append(resp.RequiresReplace, path.Root("cluster_uuid"))
}

// plannedCluster returns the UUID of the cluster, or unknown. A new entry may be for a cluster that
// does not exist yet.
func (r *entryResource) plannedCluster(
	ctx context.Context, nameOrUUID types.String, isNew bool, diagnostics *diag.Diagnostics,
) types.String {
	if nameOrUUID.IsUnknown() {
		return types.StringUnknown()
	}
	uuid, err := r.service.clusterUUID(ctx, nameOrUUID.ValueString())
	if err == nil {
		return types.StringValue(uuid)
	}
	if isNew && errors.Is(err, access.ErrNotFound) {
		diagnostics.AddAttributeWarning(path.Root("cluster"), "The cluster does not exist yet",
			err.Error()+".\n\nThe entry can be created only if the cluster exists by then.")
	} else {
		addError(diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
	}
	return types.StringUnknown()
}

// planType finds the type of the principal. The service does not report it, so only a known type
// can differ.
func planType(config entryModel, plan, state *entryModel, resp *resource.ModifyPlanResponse) {
	sameEntry := state != nil && !plan.Principal.IsUnknown() && state.principal() == plan.principal()
	if !config.Type.IsNull() {
		if sameEntry && !state.Type.IsNull() && !state.Type.Equal(plan.Type) {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root("type"))
		}
		return
	}
	if sameEntry {
		plan.Type = state.Type
		return
	}
	if plan.Principal.IsUnknown() {
		plan.Type = types.StringUnknown()
		return
	}
	plan.Type = typeOf(plan.principal())
	if plan.Type.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("type"), "Missing type",
			"The type must be given (USER or ROLE), because the NRN does not tell it.")
	}
}
