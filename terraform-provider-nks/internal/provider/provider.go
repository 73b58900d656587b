// Package provider is the Terraform provider nks: access entries of the clusters of NAVER Cloud's
// Kubernetes service, managed through package access.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

const (
	defaultWait     = "10m"
	defaultParallel = 10
	// noLimit is how long a change waits for a busy cluster. Its context ends earlier.
	noLimit = 24 * time.Hour

	invalidConfiguration = "Invalid provider configuration"
)

var retry = access.Retry{FirstPause: 200 * time.Millisecond, MaxTries: 8}

// New returns a function that makes the provider, as providerserver.Serve wants it.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &nksProvider{version, listLife, patience} }
}

type nksProvider struct {
	version  string
	listLife time.Duration
	patience time.Duration
}

type providerModel struct {
	Profile        types.String `tfsdk:"profile"`
	Region         types.String `tfsdk:"region"`
	Environment    types.String `tfsdk:"environment"`
	BaseURL        types.String `tfsdk:"base_url"`
	Parallel       types.Int64  `tfsdk:"parallel"`
	Wait           types.String `tfsdk:"wait"`
	PreventLockout types.Bool   `tfsdk:"prevent_lockout"`
}

func (p *nksProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "nks"
	resp.Version = p.version
}

func (p *nksProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"parallel": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: fmt.Sprintf("How many clusters the provider reads, and how many it changes, at the same "+
				"time. Default: `%d`. "+
				"Terraform's own `-parallelism` limits it, too.", defaultParallel),
			Validators: []validator.Int64{int64validator.Between(1, 100)},
		},
		"prevent_lockout": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to refuse a change that takes the last cluster-wide administrator from a cluster: " +
				"the last entry with `NKSClusterAdminPolicy` on the whole cluster. Default: `true`.",
		},
	}
	for name, description := range map[string]string{
		"profile": "Profile of `~/.ncloud/configure` to take the keys and the gateway from. Default: the environment " +
			"variable `NCLOUD_PROFILE`.",
		"region":      "`KR`, `SGN`, `JPN`, `FKR` or `KRS`. Default: the environment variable `NCLOUD_REGION`, then `KR`.",
		"environment": "`public`, `financial` or `government`.",
		"base_url": "Base URL of the service, such as `https://nks.apigw.ntruss.com/vnks/v2`. It takes precedence over " +
			"`region` and `environment`. Default: the gateway in the environment variable `NCLOUD_API_GW` or in the " +
			"profile, then the base URL of the region.",
		"wait": "Time for a change, including a wait for a busy cluster, such as `30s` or `15m`. Default: `" +
			defaultWait + "`. `timeouts` of a resource take precedence.",
	} {
		attributes[name] = schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages who may enter the clusters of NAVER Cloud's Kubernetes service (NKS).",
		Attributes:          attributes,
	}
}

// Configure makes what resources and data sources share. Settings that are not given come from
// where the command line takes them. It sends no request.
func (p *nksProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	for name, value := range map[string]interface{ IsUnknown() bool }{
		"profile": config.Profile, "region": config.Region, "environment": config.Environment, "base_url": config.BaseURL,
		"parallel": config.Parallel, "wait": config.Wait, "prevent_lockout": config.PreventLockout,
	} {
		if value.IsUnknown() {
			resp.Diagnostics.AddAttributeError(path.Root(name), "Unknown provider argument",
				fmt.Sprintf("%s must be known when Terraform plans. Give a value that does not depend on a resource.", name))
		}
	}
	if resp.Diagnostics.HasError() {
		return
	}

	parallel := defaultParallel
	if !config.Parallel.IsNull() {
		parallel = int(config.Parallel.ValueInt64())
	}
	wait, err := time.ParseDuration(cmp.Or(config.Wait.ValueString(), defaultWait))
	if err != nil || wait <= 0 {
		resp.Diagnostics.AddAttributeError(path.Root("wait"), invalidConfiguration,
			fmt.Sprintf("%q is not a duration such as 30s or 15m.", config.Wait.ValueString()))
		return
	}
	said := &warnings{}
	client, err := access.NewClient( // an empty setting is one that is not given
		access.WithProfile(config.Profile.ValueString()),
		access.WithRegion(cmp.Or(config.Region.ValueString(), os.Getenv("NCLOUD_REGION"))),
		access.WithEnvironment(access.Environment(config.Environment.ValueString())),
		access.WithBaseURL(config.BaseURL.ValueString()),
		access.WithUserAgent(fmt.Sprintf("terraform-provider-nks/%s terraform/%s", p.version, req.TerraformVersion)),
		access.WithLogger(slog.New(terraformLog{context.WithoutCancel(ctx)})),
		access.WithOnWarning(said.add),
		access.WithRetry(retry), access.WithWait(noLimit))
	if err != nil {
		resp.Diagnostics.AddAttributeError(argumentOf(err), invalidConfiguration, err.Error()+".")
		return
	}
	shared := newService(client, said, parallel, settings{
		wait:           wait,
		preventLockout: config.PreventLockout.IsNull() || config.PreventLockout.ValueBool(),
		listLife:       p.listLife,
		patience:       p.patience,
	})
	resp.ResourceData = shared
	resp.DataSourceData = shared
}

// argumentOf returns the argument that an error of access.NewClient is about, or an empty path if it is
// not about an argument of the provider.
func argumentOf(err error) path.Path {
	var invalid *access.SettingError
	if !errors.As(err, &invalid) {
		return path.Empty()
	}
	argument := strings.ToLower(strings.ReplaceAll(invalid.Setting, " ", "_"))
	if !slices.Contains([]string{"region", "environment", "base_url"}, argument) {
		return path.Empty()
	}
	return path.Root(argument)
}

func (p *nksProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &entryResource{} }}
}

func (p *nksProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newClustersDataSource, newClusterDataSource, newEntriesDataSource, newPrincipalDataSource, newMembersDataSource,
	}
}

// serviceOf returns what Configure made. It is nil while Terraform validates, because the provider
// is not configured then.
func serviceOf(data any) *service {
	shared, _ := data.(*service)
	return shared
}
