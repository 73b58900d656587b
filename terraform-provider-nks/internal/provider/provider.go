// Package provider is the Terraform provider nks: access entries of the clusters of NAVER Cloud's
// Kubernetes service, managed through package access.
package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
)

const (
	defaultWait     = 10 * time.Minute
	defaultParallel = 10
)

// New returns a function that makes the provider, as providerserver.Serve wants it.
func New(version string) func() provider.Provider {
	return func() provider.Provider {
		return &nksProvider{version: version, listLife: listLife, lockoutWait: lockoutWait}
	}
}

type nksProvider struct {
	version     string
	listLife    time.Duration
	lockoutWait time.Duration
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
	resp.TypeName, resp.Version = "nks", p.version
}

func (p *nksProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages who may enter the clusters of NAVER Cloud's Kubernetes service (NKS).",
		Attributes: map[string]schema.Attribute{
			"profile": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Profile of `~/.ncloud/configure` to take the keys and the gateway from. " +
					"Default: the environment variable `NCLOUD_PROFILE`.",
			},
			"region": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Region: `KR`, `SGN`, `JPN`, `FKR` or `KRS`. Default: the environment variable `NCLOUD_REGION`, then `KR`.",
			},
			"environment": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Environment: `public`, `financial` or `government`.",
			},
			"base_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Base URL of the service, such as `https://nks.apigw.ntruss.com/vnks/v2`. It takes precedence over " +
					"`region` and `environment`. Default: the gateway in the environment variable `NCLOUD_API_GW` or in the profile, " +
					"then the base URL of the region.",
			},
			"parallel": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("How many clusters the provider works on at the same time. Default: `%d`. Terraform's own "+
					"`-parallelism` limits it, too.", defaultParallel),
				Validators: []validator.Int64{int64validator.Between(1, 100)},
			},
			"wait": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "How long a change waits for a busy cluster, such as `30s` or `15m`. Default: `10m`. " +
					"`timeouts` of a resource take precedence.",
				Validators: []validator.String{duration{}},
			},
			"prevent_lockout": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Whether to refuse a change that takes the last cluster-wide administrator from a cluster: the last entry " +
					"with `NKSClusterAdminPolicy` on the whole cluster. Default: `true`.",
			},
		},
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

	settings := serviceSettings{
		parallel: defaultParallel, wait: defaultWait, preventLockout: true, listLife: p.listLife, lockoutWait: p.lockoutWait,
	}
	if !config.Parallel.IsNull() {
		settings.parallel = int(config.Parallel.ValueInt64())
	}
	if !config.Wait.IsNull() {
		settings.wait, _ = time.ParseDuration(config.Wait.ValueString()) // the validator has parsed it
	}
	if !config.PreventLockout.IsNull() {
		settings.preventLockout = config.PreventLockout.ValueBool()
	}
	settings.options = append(config.options(),
		access.WithUserAgent(fmt.Sprintf("terraform-provider-nks/%s terraform/%s", p.version, req.TerraformVersion)),
		access.WithLogger(newLogger(ctx)),
		access.WithRetry(access.Retry{FirstPause: 200 * time.Millisecond, MaxTries: 8}))
	shared, err := newService(settings)
	if err != nil {
		addConfigurationError(&resp.Diagnostics, err)
		return
	}
	resp.ResourceData, resp.DataSourceData = shared, shared
}

// options are the options of the client that the configuration gives.
func (m providerModel) options() []access.Option {
	var options []access.Option
	if profile := m.Profile.ValueString(); profile != "" {
		options = append(options, access.WithProfile(profile))
	}
	region := m.Region.ValueString()
	if region == "" {
		region = os.Getenv("NCLOUD_REGION") // as the command line does
	}
	if region != "" {
		options = append(options, access.WithRegion(region))
	}
	if environment := m.Environment.ValueString(); environment != "" {
		options = append(options, access.WithEnvironment(access.Environment(environment)))
	}
	if url := m.BaseURL.ValueString(); url != "" {
		options = append(options, access.WithBaseURL(url))
	}
	return options
}

// addConfigurationError adds an error of access.NewClient at the argument that it is about.
func addConfigurationError(diagnostics *diag.Diagnostics, err error) {
	const summary = "Invalid provider configuration"
	arguments := map[string]string{"region": "region", "environment": "environment", "base URL": "base_url"}
	var invalid *access.ValidationError
	if errors.As(err, &invalid) && len(invalid.Problems) == 1 {
		if argument, ok := arguments[invalid.Problems[0].Field]; ok {
			diagnostics.AddAttributeError(path.Root(argument), summary, sentence(err))
			return
		}
	}
	diagnostics.AddError(summary, sentence(err))
}

func (p *nksProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &entryResource{} }}
}

func (p *nksProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		func() datasource.DataSource { return &clustersDataSource{} },
		func() datasource.DataSource { return &clusterDataSource{} },
		func() datasource.DataSource { return &entriesDataSource{} },
	}
}

// serviceOf returns what Configure made. It is nil while Terraform validates, because the provider
// is not configured then.
func serviceOf(data any) *service {
	shared, _ := data.(*service)
	return shared
}

// duration accepts a duration that is not negative.
type duration struct{}

func (duration) Description(context.Context) string { return "a duration such as 30s or 15m" }

func (d duration) MarkdownDescription(ctx context.Context) string { return d.Description(ctx) }

func (d duration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if given, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || given < 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration",
			fmt.Sprintf("%q is not %s.", req.ConfigValue.ValueString(), d.Description(ctx)))
	}
}
