package provider

import (
	"context"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

// dataSource is a data source. T is its model: read fills in what is computed.
type dataSource[T any] struct {
	name, description string
	attributes        map[string]schema.Attribute
	read              func(context.Context, *service, *T, *diag.Diagnostics)
	service           *service
}

func (d *dataSource[T]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + d.name
}

func (d *dataSource[T]) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	d.service = serviceOf(req.ProviderData)
}

func (d *dataSource[T]) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{MarkdownDescription: d.description, Attributes: d.attributes}
}

func (d *dataSource[T]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model T
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if !resp.Diagnostics.HasError() {
		d.read(ctx, d.service, &model, &resp.Diagnostics)
		d.service.warnings.show(&resp.Diagnostics)
	}
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	}
}

// computed are attributes of strings, by their names and descriptions.
func computed(descriptions map[string]string) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, description := range descriptions {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return attributes
}

type clusterModel struct {
	UUID       types.String `tfsdk:"uuid"`
	Name       types.String `tfsdk:"name"`
	Status     types.String `tfsdk:"status"`
	AuthType   types.String `tfsdk:"auth_type"`
	RegionCode types.String `tfsdk:"region_code"`
	K8sVersion types.String `tfsdk:"k8s_version"`
	Endpoint   types.String `tfsdk:"endpoint"`
}

func clusterModelOf(c access.Cluster) clusterModel {
	return clusterModel{
		UUID: types.StringValue(strings.ToLower(c.UUID)), Name: types.StringValue(c.Name),
		Status: types.StringValue(c.Status), AuthType: types.StringValue(c.AuthType),
		RegionCode: types.StringValue(c.RegionCode), K8sVersion: types.StringValue(c.K8sVersion),
		Endpoint: types.StringValue(c.Endpoint),
	}
}

func clusterAttributes() map[string]schema.Attribute {
	return computed(map[string]string{
		"uuid":        "UUID of the cluster.",
		"name":        "Name of the cluster.",
		"status":      "Status, such as `RUNNING` or `WORKING`.",
		"auth_type":   "`API`, or `CONFIG_MAP` on a cluster where access entries do not work.",
		"region_code": "Code of the region.",
		"k8s_version": "Version of Kubernetes.",
		"endpoint":    "URL of the Kubernetes API.",
	})
}

type clustersModel struct {
	Clusters []clusterModel `tfsdk:"clusters"`
}

func newClustersDataSource() datasource.DataSource {
	return &dataSource[clustersModel]{
		name: "clusters", description: "The clusters of the account in the region of the provider.",
		attributes: map[string]schema.Attribute{
			"clusters": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The clusters, in the order of the service.",
				NestedObject: schema.NestedAttributeObject{Attributes: clusterAttributes()},
			},
		},
		read: func(ctx context.Context, s *service, model *clustersModel, diagnostics *diag.Diagnostics) {
			clusters, err := s.listClusters(ctx)
			if err != nil {
				addError(diagnostics, path.Empty(), "Cannot list clusters", err)
			}
			model.Clusters = []clusterModel{}
			for _, c := range clusters {
				model.Clusters = append(model.Clusters, clusterModelOf(c))
			}
		},
	}
}

type oneClusterModel struct {
	Cluster types.String `tfsdk:"cluster"`
	clusterModel
}

func newClusterDataSource() datasource.DataSource {
	attributes := clusterAttributes()
	attributes["cluster"] = schema.StringAttribute{Required: true, MarkdownDescription: "Name or UUID of the cluster."}
	return &dataSource[oneClusterModel]{
		name: "cluster", description: "A cluster.", attributes: attributes,
		read: func(ctx context.Context, s *service, model *oneClusterModel, diagnostics *diag.Diagnostics) {
			nameOrUUID := model.Cluster.ValueString()
			find := s.findCluster
			if access.IsUUID(nameOrUUID) {
				find = s.client.Cluster
			}
			found, err := find(ctx, nameOrUUID)
			if err != nil {
				addError(diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
			}
			model.clusterModel = clusterModelOf(found)
		},
	}
}

type entriesModel struct {
	Cluster     types.String       `tfsdk:"cluster"`
	ClusterUUID types.String       `tfsdk:"cluster_uuid"`
	Principal   types.String       `tfsdk:"principal"`
	Policy      types.String       `tfsdk:"policy"`
	Entries     []listedEntryModel `tfsdk:"entries"`
}

type listedEntryModel struct {
	ID        string       `tfsdk:"id"`
	Principal string       `tfsdk:"principal"`
	Type      types.String `tfsdk:"type"`
	Username  types.String `tfsdk:"username"`
	Groups    types.Set    `tfsdk:"groups"`
	Policies  types.Set    `tfsdk:"policies"`
}

func newEntriesDataSource() datasource.DataSource {
	policies := computed(map[string]string{"type": "Type of the policy."})
	policies["namespaces"] = schema.SetAttribute{
		ElementType: types.StringType, Computed: true,
		MarkdownDescription: "Namespaces. Null if the policy is for the whole cluster.",
	}
	entries := computed(map[string]string{
		"id":        "UUID of the entry.",
		"principal": "NRN of the principal.",
		"type":      "`USER` or `ROLE`, if the NRN says so.",
		"username":  "User name in the cluster, if the service reports it.",
	})
	entries["groups"] = schema.SetAttribute{
		ElementType: types.StringType, Computed: true, MarkdownDescription: "Kubernetes groups.",
	}
	entries["policies"] = schema.SetNestedAttribute{
		Computed: true, MarkdownDescription: "Access policies.",
		NestedObject: schema.NestedAttributeObject{Attributes: policies},
	}
	return &dataSource[entriesModel]{
		name: "access_entries", description: "The access entries of a cluster, of all principals or of some.",
		attributes: map[string]schema.Attribute{
			"cluster":      schema.StringAttribute{Required: true, MarkdownDescription: "Name or UUID of the cluster."},
			"cluster_uuid": schema.StringAttribute{Computed: true, MarkdownDescription: "UUID of the cluster."},
			"principal": schema.StringAttribute{
				Optional: true, MarkdownDescription: "NRN. Only the entry of this principal is listed.",
			},
			"policy": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Type of a policy, such as `NKSClusterAdminPolicy`. Only entries with such a policy are " +
					"listed, whatever its scope.",
			},
			"entries": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The entries, in the order of their principals.",
				NestedObject: schema.NestedAttributeObject{Attributes: entries},
			},
		},
		read: readEntries,
	}
}

func readEntries(ctx context.Context, s *service, model *entriesModel, diagnostics *diag.Diagnostics) {
	if rule := principalRule(model.Principal.ValueString()); rule != "" && !model.Principal.IsNull() {
		diagnostics.AddAttributeError(path.Root("principal"), "Invalid principal", "The principal "+rule+".")
		return
	}
	uuid, err := s.clusterUUID(ctx, model.Cluster.ValueString())
	if err != nil {
		addError(diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
		return
	}
	entries, err := s.listEntries(ctx, uuid)
	if err != nil {
		addError(diagnostics, path.Empty(), "Cannot list access entries", err)
		return
	}
	model.checkPolicy(entries, diagnostics)
	model.ClusterUUID = types.StringValue(uuid)
	model.Entries = []listedEntryModel{}
	for _, entry := range entries {
		if model.wants(entry) {
			model.Entries = append(model.Entries, listedEntryModel{
				ID: entry.UUID, Principal: string(entry.Principal), Type: typeOf(entry.Principal),
				Username: stringOrNull(entry.Username), Groups: setOf(entry.Groups), Policies: policySet(entry.Policies),
			})
		}
	}
	slices.SortFunc(model.Entries, func(a, b listedEntryModel) int { return strings.Compare(a.Principal, b.Principal) })
}

// checkPolicy adds an error if the filter policy is a type that neither the provider nor the service
// knows: an empty list would look like the result of an audit.
func (m *entriesModel) checkPolicy(entries []access.Entry, diagnostics *diag.Diagnostics) {
	if m.Policy.IsNull() || slices.ContainsFunc(entries, m.hasPolicy) {
		return
	}
	for _, problem := range problems(access.PolicyType(m.Policy.ValueString()).OnCluster().Validate()) {
		diagnostics.AddAttributeError(path.Root("policy"), "Unknown policy", "The policy "+problem.Rule+".")
	}
}

// wants reports whether an entry passes the filters.
func (m *entriesModel) wants(entry access.Entry) bool {
	if !m.Principal.IsNull() && entry.Principal != access.AnyNRN(m.Principal.ValueString()) {
		return false
	}
	return m.Policy.IsNull() || m.hasPolicy(entry)
}

func (m *entriesModel) hasPolicy(entry access.Entry) bool {
	wanted := access.PolicyType(m.Policy.ValueString())
	return slices.ContainsFunc(entry.Policies, func(p access.Policy) bool { return p.Type == wanted })
}
