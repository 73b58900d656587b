package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

// Read saves the entry of the principal. An entry that was deleted leaves the state, so that it is
// planned again.
func (r *entryResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	defer r.service.warnings.show(&resp.Diagnostics)
	var state entryModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid := state.ClusterUUID.ValueString()
	entries, err := r.service.listEntries(ctx, uuid)
	if err != nil && !isGone(ctx, uuid, err, r.service.listClusters) {
		addError(&resp.Diagnostics, path.Empty(), "Cannot read access entry", err)
		return
	}
	entry, found := entryOf(entries, state)
	if !found {
		resp.State.RemoveResource(ctx)
		if resp.Identity != nil { // the framework wants it for an entry that is gone, too
			resp.Diagnostics.Append(resp.Identity.Set(ctx, identityModel{state.ClusterUUID, state.Principal})...)
		}
		return
	}
	warnOfSecondEntry(&resp.Diagnostics, entries, entry)
	if !entry.Principal.Known() {
		state.Unchecked = types.BoolValue(true) // as a configuration must say it, also a generated one
	}
	resp.Diagnostics.Append(state.save(ctx, entry, &resp.State, resp.Identity)...)
}

// entryOf returns the entry of the state: that with its ID, or else the first of its principal.
func entryOf(entries []access.Entry, state entryModel) (access.Entry, bool) {
	ofPrincipal := entriesOf(entries, state.principal())
	if len(ofPrincipal) == 0 {
		return access.Entry{}, false
	}
	hasID := func(e access.Entry) bool { return strings.EqualFold(e.UUID, state.ID.ValueString()) }
	if i := slices.IndexFunc(ofPrincipal, hasID); i >= 0 {
		return ofPrincipal[i], true
	}
	return ofPrincipal[0], true
}

func entriesOf(entries []access.Entry, principal access.NRN) []access.Entry {
	var found []access.Entry
	for _, entry := range entries {
		if entry.Principal == principal {
			found = append(found, entry)
		}
	}
	return found
}

// warnOfSecondEntry adds a warning if the principal has another entry, which no resource can manage. No
// source says whether the service allows that.
func warnOfSecondEntry(diagnostics *diag.Diagnostics, entries []access.Entry, managed access.Entry) {
	var others []string
	for _, other := range entriesOf(entries, managed.Principal) {
		if other.UUID != managed.UUID {
			others = append(others, fmt.Sprintf("%s, which grants %s", other.UUID, other.Grants.OrNothing()))
		}
	}
	if len(others) == 0 {
		return
	}
	diagnostics.AddAttributeWarning(path.Root("principal"), "The principal has more than one entry",
		fmt.Sprintf("This resource manages the entry %s on cluster %s. %s also has %s. Delete what is too much, for example "+
			"with nks-access delete.", managed.UUID, managed.ClusterUUID, managed.Principal, strings.Join(others, "; and ")))
}

// Create creates the entry. It takes over an existing one if that grants the same, or if adopt is set.
// If the outcome of a request stays unknown, nothing is saved: the next apply reads the entries first
// and takes over the entry if it was made.
func (r *entryResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	defer r.service.warnings.show(&resp.Diagnostics)
	var plan entryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, more := plan.Timeouts.Create(ctx, r.service.wait)
	resp.Diagnostics.Append(more...)
	grants := plan.wanted(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid := plan.ClusterUUID.ValueString()
	if plan.ClusterUUID.IsUnknown() {
		found, err := r.service.clusterUUID(ctx, plan.Cluster.ValueString())
		if err != nil {
			addError(&resp.Diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
			return
		}
		uuid = found
	}
	wanted := access.NewEntry{
		Principal: plan.principal(),
		Type:      access.PrincipalType(plan.Type.ValueString()),
		Grants:    grants,
		Unchecked: plan.Unchecked.ValueBool(),
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
	defer r.service.warnings.show(&resp.Diagnostics)
	var plan, state entryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, more := plan.Timeouts.Update(ctx, r.service.wait)
	resp.Diagnostics.Append(more...)
	wanted := plan.wanted(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	before := state.entry()
	entry, err := r.service.update(ctx, limit, before, wanted)
	if err == nil {
		resp.Diagnostics.Append(plan.save(ctx, entry, &resp.State, resp.Identity)...)
		return
	}
	addError(&resp.Diagnostics, path.Empty(), "Cannot update access entry", err)
	// The update may have been made all the same. The state gets what the service reports, as far as
	// that can be read.
	entries, err := r.service.listEntries(ctx, before.ClusterUUID)
	if err != nil {
		return
	}
	if now, found := entryOf(entries, state); found {
		resp.Diagnostics.Append(state.save(ctx, now, &resp.State, resp.Identity)...)
	}
}

// Delete deletes the entry of the state, unless another resource has taken it over.
func (r *entryResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	defer r.service.warnings.show(&resp.Diagnostics)
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

// wanted returns the grants that the plan describes. All of them are known when Terraform applies; if
// not, nothing must be changed.
func (m *entryModel) wanted(diagnostics *diag.Diagnostics) access.Grants {
	grants, known := m.grants()
	if !known {
		diagnostics.AddError("Unknown access entry", "A group or a policy is not known.")
	}
	return grants
}

// save fills in what the service reports, and saves it as the state.
func (m *entryModel) save(
	ctx context.Context, entry access.Entry, state *tfsdk.State, identity *tfsdk.ResourceIdentity,
) diag.Diagnostics {
	m.take(entry)
	diagnostics := state.Set(ctx, m)
	if identity != nil {
		diagnostics.Append(identity.Set(ctx, identityModel{m.ClusterUUID, m.Principal})...)
	}
	return diagnostics
}
