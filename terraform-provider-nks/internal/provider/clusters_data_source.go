package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

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
		UUID: types.StringValue(strings.ToLower(c.UUID)), Name: types.StringValue(c.Name), Status: types.StringValue(c.Status),
		AuthType: types.StringValue(c.AuthType), RegionCode: types.StringValue(c.RegionCode), K8sVersion: types.StringValue(c.K8sVersion),
		Endpoint: types.StringValue(c.Endpoint),
	}
}

func clusterAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for name, description := range map[string]string{
		"uuid":        "UUID of the cluster.",
		"name":        "Name of the cluster.",
		"status":      "Status, such as `RUNNING` or `WORKING`.",
		"auth_type":   "`API`, or `CONFIG_MAP` on a cluster where access entries do not work.",
		"region_code": "Code of the region.",
		"k8s_version": "Version of Kubernetes.",
		"endpoint":    "URL of the Kubernetes API.",
	} {
		attributes[name] = schema.StringAttribute{Computed: true, MarkdownDescription: description}
	}
	return attributes
}

// clustersDataSource is the data source nks_clusters.
type clustersDataSource struct{ service *service }

type clustersModel struct {
	Clusters []clusterModel `tfsdk:"clusters"`
}

func (d *clustersDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_clusters"
}

func (d *clustersDataSource) Configure(
	_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse,
) {
	d.service = serviceOf(req.ProviderData)
}

func (d *clustersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The clusters of the account in the region of the provider.",
		Attributes: map[string]schema.Attribute{
			"clusters": schema.ListNestedAttribute{
				Computed: true, MarkdownDescription: "The clusters, in the order of the service.",
				NestedObject: schema.NestedAttributeObject{Attributes: clusterAttributes()},
			},
		},
	}
}

func (d *clustersDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	clusters, err := d.service.listClusters(ctx)
	if err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot list clusters", err)
		return
	}
	model := clustersModel{Clusters: []clusterModel{}}
	for _, c := range clusters {
		model.Clusters = append(model.Clusters, clusterModelOf(c))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// clusterDataSource is the data source nks_cluster.
type clusterDataSource struct{ service *service }

type oneClusterModel struct {
	Cluster types.String `tfsdk:"cluster"`
	clusterModel
}

func (d *clusterDataSource) Metadata(
	_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse,
) {
	resp.TypeName = req.ProviderTypeName + "_cluster"
}

func (d *clusterDataSource) Configure(
	_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse,
) {
	d.service = serviceOf(req.ProviderData)
}

func (d *clusterDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := clusterAttributes()
	attributes["cluster"] = schema.StringAttribute{Required: true, MarkdownDescription: "Name or UUID of the cluster."}
	resp.Schema = schema.Schema{MarkdownDescription: "A cluster.", Attributes: attributes}
}

func (d *clusterDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config oneClusterModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	find := d.service.clusterNamed
	if access.IsUUID(config.Cluster.ValueString()) {
		find = d.service.client.Cluster
	}
	found, err := find(ctx, config.Cluster.ValueString())
	if err != nil {
		addError(&resp.Diagnostics, path.Root("cluster"), "Cannot find the cluster", err)
		return
	}
	config.clusterModel = clusterModelOf(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, config)...)
}
