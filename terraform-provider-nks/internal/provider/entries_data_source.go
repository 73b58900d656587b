package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

// entriesDataSource is the data source nks_access_entries.
type entriesDataSource struct{ service *service }

type entriesModel struct {
	Cluster     types.String       `tfsdk:"cluster"`
	ClusterUUID types.String       `tfsdk:"cluster_uuid"`
	Principal   types.String       `tfsdk:"principal"`
	Policy      types.String       `tfsdk:"policy"`
	Entries     []listedEntryModel `tfsdk:"entries"`
}

type listedEntryModel struct {
	ID        types.String `tfsdk:"id"`
	Principal types.String `tfsdk:"principal"`
	Type      types.String `tfsdk:"type"`
	Username  types.String `tfsdk:"username"`
	Groups    types.Set    `tfsdk:"groups"`
	Policies  types.Set    `tfsdk:"policies"`
}

func (d *entriesDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_access_entries"
}

func (d *entriesDataSource) Configure(
	_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse,
) {
	d.service = serviceOf(req.ProviderData)
}

func (d *entriesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The access entries of a cluster, of all principals or of some.",
		Attributes: map[string]schema.Attribute{
			"cluster":      schema.StringAttribute{Required: true, MarkdownDescription: "Name or UUID of the cluster."},
			"cluster_uuid": schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the cluster."},
			"principal":    schema.StringAttribute{Optional: true, MarkdownDescription: "NRN. Only the entry of this principal is listed."},
			"policy": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Type of a policy, such as `NKSClusterAdminPolicy`. Only entries with such a policy are listed, whatever its scope.",
			},
			"entries": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The entries, in the order of their principals.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":        schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the entry."},
					"principal": schema.StringAttribute{Computed: true, MarkdownDescription: "NRN of the principal."},
					"type":      schema.StringAttribute{Computed: true, MarkdownDescription: "`USER` or `ROLE`, if the NRN says so."},
					"username":  schema.StringAttribute{Computed: true, MarkdownDescription: "User name in the cluster, if the service reports it."},
					"groups":    schema.SetAttribute{ElementType: types.StringType, Computed: true, MarkdownDescription: "Kubernetes groups."},
					"policies": schema.SetNestedAttribute{
						Computed: true, MarkdownDescription: "Access policies.",
						NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
							"type": schema.StringAttribute{Computed: true, MarkdownDescription: "Type of the policy."},
							"namespaces": schema.SetAttribute{
								ElementType: types.StringType, Computed: true,
								MarkdownDescription: "Namespaces. Null if the policy is for the whole cluster.",
							},
						}},
					},
				}},
			},
		},
	}
}

func (d *entriesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config entriesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if !config.Principal.IsNull() {
		for _, problem := range problems(access.NewEntry{Principal: config.Principal.ValueString()}.Validate()) {
			if problem.Field == "principal" {
				resp.Diagnostics.AddAttributeError(path.Root("principal"), "Invalid principal", "The principal "+problem.Rule+".")
				return
			}
		}
	}
	uuid, err := d.service.findCluster(ctx, config.Cluster.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
		return
	}
	listed, err := d.service.listEntries(ctx, uuid)
	if err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot list access entries", err)
		return
	}
	config.ClusterUUID, config.Entries = types.StringValue(uuid), []listedEntryModel{}
	entries := slices.Clone(listed)
	slices.SortFunc(entries, func(a, b access.Entry) int { return strings.Compare(a.Principal, b.Principal) })
	for _, entry := range entries {
		hasPolicy := slices.ContainsFunc(entry.Policies, func(p access.Policy) bool { return p.Type == config.Policy.ValueString() })
		if !config.Principal.IsNull() && entry.Principal != config.Principal.ValueString() || !config.Policy.IsNull() && !hasPolicy {
			continue
		}
		policies, more := policySet(ctx, entry.Policies)
		resp.Diagnostics.Append(more...)
		model := listedEntryModel{
			ID: types.StringValue(entry.UUID), Principal: types.StringValue(entry.Principal), Type: typeOf(entry.Principal),
			Username: types.StringNull(), Groups: setOf(entry.Groups), Policies: policies,
		}
		if model.Groups.IsNull() { // expressions that go through a set fail if it is null
			model.Groups = types.SetValueMust(types.StringType, nil)
		}
		if model.Policies.IsNull() {
			model.Policies = types.SetValueMust(policyType, nil)
		}
		if entry.Username != "" {
			model.Username = types.StringValue(entry.Username)
		}
		config.Entries = append(config.Entries, model)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}
