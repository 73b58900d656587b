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
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	if resp.Identity != nil { // the framework wants it for an entry that is gone, too
		resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	}
	uuid := state.ClusterUUID.ValueString()
	entries, err := r.service.listEntries(ctx, uuid)
	if clusterIsGone(ctx, uuid, err, r.service.listClusters) {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot read access entry", err)
		return
	}
	entry, found := entryOf(entries, state.Principal.ValueString())
	if !found {
		resp.State.RemoveResource(ctx)
		return
	}
	resp.Diagnostics.Append(state.save(ctx, entry, &resp.State, resp.Identity)...)
}

// Create makes the entry, or takes over the one that is there if it grants the same or is to be
// adopted. If the outcome of a request stays unknown, nothing is saved: the next apply looks first
// and takes over the entry if it was made.
func (r *entryResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan entryModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	limit, more := plan.Timeouts.Create(ctx, 0)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.ClusterUUID.IsUnknown() {
		uuid, err := r.service.findCluster(ctx, plan.Cluster.ValueString())
		if err != nil {
			addError(&resp.Diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
			return
		}
		plan.ClusterUUID = types.StringValue(uuid)
	}
	uuid := plan.ClusterUUID.ValueString()
	groups, policies, more := plan.grants(ctx)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() {
		return
	}
	wanted := access.NewEntry{
		Principal: plan.Principal.ValueString(), Type: access.Type(plan.Type.ValueString()), Groups: groups, Policies: policies,
	}
	var entry access.Entry
	err := r.service.change(ctx, uuid, limit, func(ctx context.Context, client *access.Client) (err error) {
		entry, _, err = client.Create(ctx, uuid, wanted)
		var exists *access.ExistsError
		if errors.As(err, &exists) && plan.Adopt.ValueBool() {
			entry, err = r.service.replace(ctx, client, exists.Existing, groups, policies)
		}
		return err
	})
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
	limit, more := plan.Timeouts.Update(ctx, 0)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid := plan.ClusterUUID.ValueString()
	groups, policies, more := plan.grants(ctx)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() {
		return
	}
	var entry access.Entry
	err := r.service.change(ctx, uuid, limit, func(ctx context.Context, client *access.Client) error {
		entries, err := client.List(ctx, uuid)
		if err != nil {
			return err
		}
		var found bool
		if entry, found = entryOf(entries, plan.Principal.ValueString()); !found || entry.UUID != state.ID.ValueString() {
			return fmt.Errorf("access entry %s on cluster %s was deleted after the plan was made: plan and apply again", state.ID.ValueString(), uuid)
		}
		entry, err = r.service.replace(ctx, client, entry, groups, policies)
		return err
	})
	if err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot update access entry", err)
		// The update may have been made all the same. The state has what is there, as far as that
		// can be found out.
		if entries, readErr := r.service.listEntries(ctx, uuid); readErr == nil {
			if entry, found := entryOf(entries, plan.Principal.ValueString()); found {
				resp.Diagnostics.Append(state.save(ctx, entry, &resp.State, resp.Identity)...)
			}
		}
		return
	}
	resp.Diagnostics.Append(plan.save(ctx, entry, &resp.State, resp.Identity)...)
}

// replace replaces what an entry grants, unless that would lock everybody out. It returns the entry
// as it is then.
func (s *service) replace(
	ctx context.Context, client *access.Client, entry access.Entry, groups []string, policies []access.Policy,
) (access.Entry, error) {
	if administers(entry.Policies) && !administers(policies) {
		entries, err := client.List(ctx, entry.ClusterUUID)
		if err == nil {
			err = s.refuseLockout(entries, entry, policies)
		}
		if err != nil {
			return entry, err
		}
	}
	after := entry
	after.Groups, after.Policies = groups, policies
	if err := client.Apply(ctx, access.Change{Before: entry, After: after}); err != nil {
		return entry, err
	}
	return after, nil
}

// Delete deletes the entry of the state. An entry that the principal was given since then is left
// alone.
func (r *entryResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state entryModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	limit, more := state.Timeouts.Delete(ctx, 0)
	resp.Diagnostics.Append(more...)
	if resp.Diagnostics.HasError() {
		return
	}
	uuid := state.ClusterUUID.ValueString()
	err := r.service.change(ctx, uuid, limit, func(ctx context.Context, client *access.Client) error {
		entries, err := client.List(ctx, uuid)
		if clusterIsGone(ctx, uuid, err, client.Clusters) {
			return nil
		}
		if err != nil {
			return err
		}
		i := slices.IndexFunc(entries, func(e access.Entry) bool { return e.UUID == state.ID.ValueString() })
		if i < 0 {
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
	diagnostics := m.take(ctx, entry)
	if diagnostics.HasError() {
		return diagnostics
	}
	diagnostics.Append(state.Set(ctx, &m)...)
	if identity != nil {
		diagnostics.Append(identity.Set(ctx, m.identity())...)
	}
	return diagnostics
}
