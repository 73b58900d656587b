package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/directory"
)

const (
	namesNeed = "It reads the Sub Account API, so the key needs the permission `" + directory.Permission + "`."
	nrnForms  = "such as `nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4`"
)

type principalModel struct {
	LoginID  types.String `tfsdk:"login_id"`
	RoleName types.String `tfsdk:"role_name"`
	NRN      types.String `tfsdk:"nrn"`
	Type     types.String `tfsdk:"type"`
	Inactive types.Bool   `tfsdk:"inactive"`
}

func newPrincipalDataSource() datasource.DataSource {
	notEmpty := stringvalidator.LengthAtLeast(1)
	oneOf := stringvalidator.ExactlyOneOf(path.MatchRoot("login_id"), path.MatchRoot("role_name"))
	return &dataSource[principalModel]{
		name: "principal", description: "The NRN of a sub account or a role, by its name. " + namesNeed,
		attributes: map[string]schema.Attribute{
			"login_id": schema.StringAttribute{
				Optional: true, Validators: []validator.String{oneOf, notEmpty},
				MarkdownDescription: "Login ID of a sub account, such as `kim@corp`. Case counts. " +
					"Give this or `role_name`.",
			},
			"role_name": schema.StringAttribute{
				Optional: true, Validators: []validator.String{notEmpty},
				MarkdownDescription: "Name of a role. Case counts.",
			},
			"nrn":      schema.StringAttribute{Computed: true, MarkdownDescription: "NRN, " + nrnForms + "."},
			"type":     schema.StringAttribute{Computed: true, MarkdownDescription: "`USER` or `ROLE`."},
			"inactive": inactiveAttribute(),
		},
		read: readPrincipal,
	}
}

func inactiveAttribute() schema.Attribute {
	return schema.BoolAttribute{
		Computed: true, MarkdownDescription: "Whether the principal is deactivated. False if the service does not say.",
	}
}

func readPrincipal(ctx context.Context, s *service, model *principalModel, diagnostics *diag.Diagnostics) {
	kind := directory.KindUser
	name := model.LoginID
	at := path.Root("login_id")
	model.Type = types.StringValue(string(access.TypeUser))
	if name.IsNull() {
		kind = directory.KindRole
		name = model.RoleName
		at = path.Root("role_name")
		model.Type = types.StringValue(string(access.TypeRole))
	}
	names, err := s.names()
	if err != nil {
		addError(diagnostics, path.Empty(), "Cannot read names", err)
		return
	}
	found, err := names.Find(ctx, kind, name.ValueString())
	if err != nil {
		addError(diagnostics, at, "Cannot find the "+string(kind), err)
		return
	}
	model.NRN = types.StringValue(found.NRN)
	model.Inactive = types.BoolValue(found.Inactive)
}

type membersModel struct {
	Group   types.String  `tfsdk:"group"`
	Members []memberModel `tfsdk:"members"`
}

type memberModel struct {
	LoginID  string `tfsdk:"login_id"`
	NRN      string `tfsdk:"nrn"`
	Inactive bool   `tfsdk:"inactive"`
}

func newMembersDataSource() datasource.DataSource {
	member := computed(map[string]string{"login_id": "Login ID.", "nrn": "NRN."})
	member["inactive"] = inactiveAttribute()
	return &dataSource[membersModel]{
		name: "group_members",
		description: "The sub accounts in a group. A group cannot have an access entry, its members can. When somebody " +
			"joins or leaves the group, the next plan shows it. " + namesNeed,
		attributes: map[string]schema.Attribute{
			"group": schema.StringAttribute{
				Required: true, Validators: []validator.String{stringvalidator.LengthAtLeast(1)},
				MarkdownDescription: "Name of the group. Case counts.",
			},
			"members": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The members, in the order of their login IDs, without sub accounts that were deleted.",
				NestedObject:        schema.NestedAttributeObject{Attributes: member},
			},
		},
		read: readMembers,
	}
}

func readMembers(ctx context.Context, s *service, model *membersModel, diagnostics *diag.Diagnostics) {
	names, err := s.names()
	if err != nil {
		addError(diagnostics, path.Empty(), "Cannot read names", err)
		return
	}
	at := path.Root("group")
	group, err := names.Find(ctx, directory.KindGroup, model.Group.ValueString())
	if err != nil {
		addError(diagnostics, at, "Cannot find the group", err)
		return
	}
	members, err := names.Members(ctx, group.ID)
	if err != nil {
		addError(diagnostics, at, "Cannot read the members of the group", err)
		return
	}
	model.Members = []memberModel{}
	for _, member := range members {
		if member.Deleted {
			continue
		}
		if member.NRN == "" {
			detail := fmt.Sprintf("The Sub Account API sends no NRN of %q.", member.LoginID)
			diagnostics.AddAttributeError(at, "Cannot read the members of the group", detail)
			continue
		}
		model.Members = append(model.Members, memberModel{member.LoginID, member.NRN, member.Inactive})
	}
}

// nameHint says how to go on after an error of package directory, or "".
func nameHint(err error) string {
	var refusal *directory.PermissionError
	var incomplete *directory.IncompleteError
	if errors.As(err, &refusal) {
		return "Give the key this permission, or use the NRN in place of the name."
	}
	if errors.As(err, &incomplete) {
		return "Apply again. If this stays so, use the NRN in place of the name."
	}
	return ""
}
