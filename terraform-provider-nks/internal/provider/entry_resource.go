package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

const examplePrincipal = "nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c"

// entryResource is the resource nks_access_entry.
type entryResource struct{ service *service }

var (
	_ resource.ResourceWithConfigure      = (*entryResource)(nil)
	_ resource.ResourceWithValidateConfig = (*entryResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*entryResource)(nil)
	_ resource.ResourceWithImportState    = (*entryResource)(nil)
	_ resource.ResourceWithIdentity       = (*entryResource)(nil)
)

func (r *entryResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_access_entry"
}

func (r *entryResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	r.service = serviceOf(req.ProviderData)
}

func (r *entryResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "An access entry lets one principal into one cluster, with Kubernetes groups and access " +
			"policies. The cluster's `authType` must be `API`.\n\nPlans compare what entries grant, not how they are " +
			"written. The order, the case of scopes, and one policy split into two make no difference.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the entry.",
			},
			"cluster": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Name or UUID of the cluster. A change to another cluster replaces the entry.",
			},
			"cluster_uuid": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "UUID of the cluster.",
			},
			"principal": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "NRN of the principal, such as `" + examplePrincipal + "`. A change replaces the entry.",
				PlanModifiers:       []planmodifier.String{samePrincipal()},
			},
			"type": schema.StringAttribute{
				Optional: true, Computed: true,
				MarkdownDescription: "`USER` or `ROLE`. Default: what the NRN says. A change replaces the entry.",
			},
			"groups": schema.SetAttribute{
				ElementType: types.StringType, Optional: true,
				MarkdownDescription: "Kubernetes groups, at most 30. A group must not begin or end with a blank, nor contain a " +
					"character that cannot be seen.",
			},
			"policies": schema.SetNestedAttribute{
				Optional:            true,
				MarkdownDescription: "Access policies.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"type": schema.StringAttribute{
						Required: true,
						MarkdownDescription: "`" + joinTypes("`, `") + "`. A type that the provider does not " +
							"know is accepted if the entry has it already.",
					},
					"namespaces": schema.SetAttribute{
						ElementType: types.StringType, Optional: true,
						MarkdownDescription: "Names or patterns such as `*-ns`, at most 50. Without namespaces the policy is for the " +
							"whole cluster.",
					},
				}},
			},
			"unchecked": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to accept a principal of a form that the provider does not know, and a `type` " +
					"that does not fit the NRN. Default: `false`. An import sets it for such a principal.",
			},
			"adopt": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether a create takes over an entry of the principal that exists and differs. " +
					"Default: `false`, which makes it an error. An entry that grants the same is always taken over.",
			},
			"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
				Create: true, Update: true, Delete: true,
				CreateDescription: timeoutDescription, UpdateDescription: timeoutDescription, DeleteDescription: timeoutDescription,
			}),
		},
	}
}

func joinTypes(separator string) string {
	var names []string
	for _, known := range access.PolicyTypes() {
		names = append(names, string(known))
	}
	return strings.Join(names, separator)
}

const timeoutDescription = "Time for the change, including a wait for a busy cluster, such as `30m`. It starts when the " +
	"changes before it on the same cluster have ended."

func (r *entryResource) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"cluster_uuid": identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the cluster."},
		"principal":    identityschema.StringAttribute{RequiredForImport: true, Description: "NRN of the principal."},
	}}
}

// ImportState takes "CLUSTER,NRN", or the identity. The read that follows does the rest.
func (r *entryResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	defer r.service.warnings.show(&resp.Diagnostics)
	var nameOrUUID, principal string
	if req.ID == "" && req.Identity != nil {
		var identity identityModel
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		nameOrUUID = identity.ClusterUUID.ValueString()
		principal = identity.Principal.ValueString()
		if !access.IsUUID(nameOrUUID) {
			resp.Diagnostics.AddError("Invalid identity", fmt.Sprintf("cluster_uuid must be a UUID, not %q.", nameOrUUID))
		}
	} else {
		i := strings.LastIndex(req.ID, ",") // an NRN has no comma
		if i < 0 {
			resp.Diagnostics.AddError("Invalid import ID",
				fmt.Sprintf("%q is not CLUSTER,NRN: the cluster by name or UUID, a comma, and the NRN of the principal.", req.ID))
			return
		}
		nameOrUUID = req.ID[:i]
		principal = req.ID[i+1:]
	}
	if rule := principalRule(principal); rule != "" {
		resp.Diagnostics.AddError("Invalid import ID", "The principal "+rule+".")
	}
	if resp.Diagnostics.HasError() {
		return
	}
	uuid, err := r.service.clusterUUID(ctx, nameOrUUID)
	if err != nil {
		addError(&resp.Diagnostics, path.Empty(), "Cannot find the cluster", err)
		return
	}
	for attribute, value := range map[string]string{"cluster": uuid, "cluster_uuid": uuid, "principal": principal} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	if resp.Identity != nil {
		identity := identityModel{types.StringValue(uuid), types.StringValue(principal)}
		resp.Diagnostics.Append(resp.Identity.Set(ctx, identity)...)
	}
}
