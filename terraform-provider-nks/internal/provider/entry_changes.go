package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/nks-access/nks-access/access"
)

// Read takes over what is there. An entry that was deleted leaves the state, so that it is planned
// again.
func (r *entryResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state entryModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid := state.ClusterUUID.ValueString()
	entries, err := r.service.listEntries(ctx, uuid)
	if err != nil && !clusterIsGone(ctx, uuid, err, r.service.listClusters) {
		addError(&resp.Diagnostics, path.Empty(), "Cannot read access entry", err)
		return
	}
	if entry, found := entryOf(entries, state.Principal.ValueString()); found {
		resp.Diagnostics.Append(state.save(ctx, entry, &resp.State, resp.Identity)...)
		return
	}
	resp.State.RemoveResource(ctx)
	if resp.Identity != nil { // the framework wants it for an entry that is gone, too
		resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{state.ClusterUUID, state.Principal})...)
	}
}

// Create makes the entry, or takes over the one that is there if it grants the same or is to be
// adopted. If the outcome of a request stays unknown, nothing is saved: the next apply looks first
// and takes over the entry if it was made.
func (r *entryResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan entryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, more := plan.Timeouts.Create(ctx, r.service.wait)
	resp.Diagnostics.Append(more...)
	wanted := plan.wanted(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid := plan.ClusterUUID.ValueString()
	if plan.ClusterUUID.IsUnknown() {
		var err error
		if uuid, err = r.service.findCluster(ctx, plan.Cluster.ValueString()); err != nil {
			addError(&resp.Diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
			return
		}
	}
	entry, err := r.service.create(ctx, uuid, limit, wanted, plan.Adopt.ValueBool())
	if err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot create access entry", err)
		return
	}
	resp.Diagnostics.Append(plan.save(ctx, entry, &resp.State, resp.Identity)...)
}

// Update replaces what the entry grants, in place.
func (r *entryResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state entryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, more := plan.Timeouts.Update(ctx, r.service.wait)
	resp.Diagnostics.Append(more...)
	wanted := plan.wanted(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid, id := state.ClusterUUID.ValueString(), state.ID.ValueString()
	entry, err := r.service.update(ctx, uuid, limit, id, wanted)
	if err == nil {
		resp.Diagnostics.Append(plan.save(ctx, entry, &resp.State, resp.Identity)...)
		return
	}
	addError(&resp.Diagnostics, path.Empty(), "Cannot update access entry", err)
	// The update may have been made all the same. The state has what is there, as far as that can be
	// found out.
	if entries, err := r.service.listEntries(ctx, uuid); err == nil {
		if entry, found := entryOf(entries, wanted.Principal); found {
			resp.Diagnostics.Append(state.save(ctx, entry, &resp.State, resp.Identity)...)
		}
	}
}

// Delete deletes the entry of the state, unless another resource has taken it over.
func (r *entryResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state entryModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, more := state.Timeouts.Delete(ctx, r.service.wait)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() {
		return
	}
	if err := r.service.delete(ctx, state.ClusterUUID.ValueString(), limit, state.ID.ValueString()); err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot delete access entry", err)
	}
}

// wanted is the entry that the model describes. All of it is known when Terraform applies; if it is
// not, nothing must be changed.
func (m entryModel) wanted(diagnostics *diag.Diagnostics) access.NewEntry {
	groups, groupsKnown := stringsOf(m.Groups)
	policies, policiesKnown := policiesOf(m.Policies)
	if !groupsKnown || !policiesKnown {
		diagnostics.AddError("Unknown access entry", "A group or a policy is not known.")
	}
	return access.NewEntry{
		Principal: m.Principal.ValueString(), Type: access.Type(m.Type.ValueString()), Groups: groups, Policies: policies,
	}
}

// save fills in what the service reports, and saves it as the state.
func (m entryModel) save(
	ctx context.Context, entry access.Entry, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
) diag.Diagnostics {
	m.take(entry)
	diagnostics := state.Set(ctx, &m)
	if identity != nil {
		diagnostics.Append(identity.Set(ctx, identityModel{m.ClusterUUID, m.Principal})...)
	}
	return diagnostics
}
