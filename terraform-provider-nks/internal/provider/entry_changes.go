package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

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
	var entry access.Entry
	err := r.service.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) (err error) {
		entry, err = r.service.create(ctx, c, wanted, plan.Adopt.ValueBool())
		return err
	})
	if err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot create access entry", err)
		return
	}
	resp.Diagnostics.Append(plan.save(ctx, entry, &resp.State, resp.Identity)...)
}

// create makes an entry, or takes over the one that is there.
func (s *service) create(ctx context.Context, c *cluster, wanted access.NewEntry, adopt bool) (access.Entry, error) {
	if found, err := s.client.Cluster(ctx, c.uuid); err == nil && found.AuthType == "CONFIG_MAP" {
		return access.Entry{}, fmt.Errorf("cluster %s has authType CONFIG_MAP. Access entries work only with authType API", c.uuid)
	}
	entry, _, err := s.client.Create(ctx, c.uuid, wanted)
	var exists *access.ExistsError
	switch {
	case errors.As(err, &exists) && (adopt || c.managed[exists.Existing.UUID]):
		entry = exists.Existing
	case err != nil:
		return access.Entry{}, err
	}
	return s.replace(ctx, c, entry, wanted.Groups, wanted.Policies)
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
	var entry access.Entry
	err := r.service.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) error {
		entries, err := r.service.client.List(ctx, uuid)
		if err != nil {
			return err
		}
		found, ok := entryOf(entries, wanted.Principal)
		if !ok || found.UUID != id {
			return fmt.Errorf("access entry %s on cluster %s was deleted after the plan was made: plan and apply again", id, uuid)
		}
		entry, err = r.service.replace(ctx, c, found, wanted.Groups, wanted.Policies)
		return err
	})
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

// replace replaces what an entry grants, unless another resource manages the entry or that would
// lock everybody out. It returns the entry as it is then.
func (s *service) replace(
	ctx context.Context, c *cluster, entry access.Entry, groups []string, policies []access.Policy,
) (access.Entry, error) {
	if c.managed[entry.UUID] {
		return entry, fmt.Errorf("another resource manages the entry of %s on cluster %s: there must be one resource for it",
			entry.Principal, c.uuid)
	}
	if administers(entry.Policies) && !administers(policies) {
		entries, err := s.client.List(ctx, c.uuid)
		if err == nil {
			err = s.refuseLockout(entries, entry, policies)
		}
		if err != nil {
			return entry, err
		}
	}
	after := entry
	after.Groups, after.Policies = groups, policies
	if err := s.client.Apply(ctx, access.Change{Before: entry, After: after}); err != nil {
		return entry, err
	}
	c.managed[entry.UUID] = true
	return after, nil
}

// Delete deletes the entry of the state. It leaves alone an entry that the principal was given
// since then, and one that another resource has taken over: a new object of the same resource with
// create_before_destroy, or a resource that was given another name.
func (r *entryResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state entryModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, more := state.Timeouts.Delete(ctx, r.service.wait)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid := state.ClusterUUID.ValueString()
	client := r.service.client
	err := r.service.change(ctx, uuid, limit, func(ctx context.Context, c *cluster) error {
		entries, err := client.List(ctx, uuid)
		if clusterIsGone(ctx, uuid, err, client.Clusters) {
			return nil
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(entries, func(e access.Entry) bool { return e.UUID == state.ID.ValueString() })
		if i < 0 || c.managed[entries[i].UUID] {
			return nil
		}
		if err := r.service.refuseLockout(entries, entries[i], nil); err != nil {
			return err
		}
		if err := client.Delete(ctx, uuid, entries[i].UUID); !errors.Is(err, access.ErrNotFound) {
			return err
		}
		return nil // somebody else deleted it meanwhile
	})
	if err != nil {
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

func entryOf(entries []access.Entry, principal string) (access.Entry, bool) {
	i := slices.IndexFunc(entries, func(e access.Entry) bool { return e.Principal == principal })
	if i < 0 {
		return access.Entry{}, false
	}
	return entries[i], true
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
