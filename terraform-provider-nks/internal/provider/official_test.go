package provider_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	frameworkprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
)

// official stands for the official provider. Its only resource, ncloud_nks_cluster, does what the guides
// are about: it reads all entries of its cluster, and an update deletes those that it does not list.
// The clusters are those of the emulator; nothing is really created or deleted.
type official struct {
	client *access.Client

	mu      sync.Mutex
	deleted []string // names of clusters
}

func (o *official) Metadata(_ context.Context, _ frameworkprovider.MetadataRequest, resp *frameworkprovider.MetadataResponse) {
	resp.TypeName = "ncloud"
}

func (o *official) Schema(context.Context, frameworkprovider.SchemaRequest, *frameworkprovider.SchemaResponse) {
}

func (o *official) Configure(context.Context, frameworkprovider.ConfigureRequest, *frameworkprovider.ConfigureResponse) {
}

func (o *official) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (o *official) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return officialCluster{o} }}
}

type officialCluster struct{ *official }

type officialModel struct {
	Name     types.String `tfsdk:"name"`
	UUID     types.String `tfsdk:"uuid"`
	AuthType types.String `tfsdk:"auth_type"`
	Entries  []string     `tfsdk:"access_entries"` // only the principals
}

func (officialCluster) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "ncloud_nks_cluster"
}

func (officialCluster) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name": schema.StringAttribute{
			Required: true, PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"uuid": schema.StringAttribute{
			Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"auth_type":      schema.StringAttribute{Optional: true},
		"access_entries": schema.ListAttribute{Optional: true, ElementType: types.StringType},
	}}
}

func (c officialCluster) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan officialModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	found, err := c.client.Cluster(ctx, plan.Name.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Cannot create the cluster", err.Error())
		return
	}
	plan.UUID = types.StringValue(found.UUID)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

func (c officialCluster) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state officialModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	entries, err := c.client.List(ctx, state.UUID.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the entries", err.Error())
		return
	}
	state.Entries = nil
	for _, entry := range entries {
		state.Entries = append(state.Entries, string(entry.Principal))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

func (c officialCluster) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan officialModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	entries, err := c.client.List(ctx, plan.UUID.ValueString())
	if err != nil {
		resp.Diagnostics.AddError("Cannot read the entries", err.Error())
		return
	}
	for _, entry := range entries {
		if slices.Contains(plan.Entries, string(entry.Principal)) {
			continue
		}
		if err := c.client.Delete(ctx, entry.ClusterUUID, entry.UUID, access.AllowNoAdmin()); err != nil {
			resp.Diagnostics.AddError("Cannot delete an entry", err.Error())
		}
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
}

func (c officialCluster) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state officialModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deleted = append(c.deleted, state.Name.ValueString())
}

// gone returns the names of the clusters that were deleted.
func (o *official) gone() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.deleted)
}

// newOfficialSession returns a session with both providers, in a folder without versions.tf.
func newOfficialSession(t *testing.T, s *service) (*session, *official) {
	t.Helper()
	theirs := &official{client: s.client(t)}
	session := newSession(t, s, "")
	session.attachProvider(t, "registry.terraform.io/navercloudplatform/ncloud", theirs)
	session.write("versions.tf", "")
	return session, theirs
}

// guideBlocks returns the Terraform blocks of a guide. Other arguments of the cluster are its name.
func guideBlocks(t *testing.T, guide, name string) []string {
	t.Helper()
	var blocks []string
	block := regexp.MustCompile("(?s)```terraform\n(.*?)```")
	for _, match := range block.FindAllStringSubmatch(mustRead(t, root+"/docs/guides/"+guide), -1) {
		other := regexp.MustCompile(`# All other arguments as before.*`)
		blocks = append(blocks, other.ReplaceAllString(match[1], fmt.Sprintf("name = %q", name)))
	}
	if len(blocks) == 0 {
		t.Fatal("the guide has no Terraform block")
	}
	return blocks
}

func twoClusters() emulator.Options {
	options := clusters(2)
	options.Clusters[0].Name = "one"
	options.Clusters[1].Name = "two"
	return options
}

// The configuration of the guide keeps entries that were made elsewhere, and the cluster while its last
// administrator is kept.
func TestBesideTheOfficialProvider(t *testing.T) {
	options := twoClusters()
	one, two := options.Clusters[0].UUID, options.Clusters[1].UUID
	s := newService(t, options)
	session, theirs := newOfficialSession(t, s)
	configuration := func(name string) string {
		return guideBlocks(t, "beside-the-official-provider.md", name)[0]
	}
	session.configure(configuration("one"))
	session.apply()
	session.settled()
	elsewhere := access.NewEntry{Principal: user, Grants: access.Grants{Groups: []string{"elsewhere"}}}
	if _, err := s.client(t).Create(t.Context(), one, elsewhere); err != nil {
		t.Fatal(err)
	}
	session.settled()
	session.apply()
	if got := s.entries(t, one); len(got) != 2 {
		t.Errorf("the entries are %v", got)
	}

	// Without the lifecycle of the guide, the official resource would delete them.
	session.configure(strings.Replace(configuration("one"), "ignore_changes = [access_entries]", "", 1))
	session.differs("1 to change")

	// A replaced cluster gets its entries again. The last administrator of the old one has to be let go.
	session.configure(configuration("two"))
	session.differs("2 to add, 0 to change, 2 to destroy")
	session.fails("the cluster would be without an administrator")
	session.configure(configuration("two") + "provider \"nks\" {\n  prevent_lockout = false\n}\n")
	session.apply()
	session.settled()
	if got := s.entries(t, two); len(got) != 1 || !slices.Equal(theirs.gone(), []string{"one"}) {
		t.Errorf("the entries are %v, the clusters %v were deleted", got, theirs.gone())
	}

	// So it is when all is destroyed.
	session.configure(configuration("two"))
	output, code := session.run("destroy", "-auto-approve")
	wantWords(t, output, "the cluster would be without an administrator")
	if code != 1 || len(theirs.gone()) != 1 {
		t.Errorf("exit code %d, the clusters %v were deleted", code, theirs.gone())
	}
	session.must("state", "rm", "nks_access_entry.platform")
	session.must("destroy", "-auto-approve")
	if !slices.Equal(theirs.gone(), []string{"one", "two"}) {
		t.Errorf("the clusters %v were deleted", theirs.gone())
	}
}

const fromTheOfficialProvider = "from-the-official-provider.md"

// Who follows the guide moves entries to nks_access_entry without a change on the cluster. From then
// on they go with the cluster: a replaced cluster gets them again, and the last administrator keeps a
// cluster from being destroyed.
func TestMoveFromTheOfficialProvider(t *testing.T) {
	t.Parallel()
	options := twoClusters()
	one, two := options.Clusters[0].UUID, options.Clusters[1].UUID // the guide has the UUID of the first
	options.Entries = seeded().Entries
	s := newService(t, options)
	s.grant(t, user, []string{"developers", `odd "name" ${x}`}, access.Edit.In("dev", "*-ns"))
	session, theirs := newOfficialSession(t, s)
	blocks := func(name string) (cluster, providers string) {
		found := guideBlocks(t, fromTheOfficialProvider, name)
		return found[0], found[1]
	}

	// Before: the official resource has the entries.
	entries := fmt.Sprintf("access_entries = [%q, %q]", admin, user)
	withoutLifecycle, providers := blocks("one")
	withoutLifecycle = regexp.MustCompile(`(?s)lifecycle {.*?}`).ReplaceAllString(withoutLifecycle, "")
	session.write("versions.tf", strings.Replace(providers, `nks    = { source = "nks-access/nks" }`, "", 1))
	session.configure(strings.Replace(withoutLifecycle, `name = "one"`, `name = "one"`+"\n  "+entries, 1))
	session.apply()
	session.settled()
	s.taken()

	// The first step, in one: the second half alone would delete the entries.
	session.configure(withoutLifecycle)
	session.differs("1 to change")
	cluster, _ := blocks("one")
	session.configure(cluster)
	session.settled()

	// The second and third step. The exported file stays as it is.
	session.write("versions.tf", providers)
	exportAsInGuide(t, session)
	wantWords(t, session.must("plan", "-input=false"), "2 to import, 0 to add, 0 to change, 0 to destroy")
	wantWords(t, session.apply(), "2 imported, 0 added, 0 changed, 0 destroyed")
	session.settled()
	for _, request := range s.taken() {
		if !strings.HasPrefix(request, "GET ") {
			t.Errorf("the move sent %s", request)
		}
	}

	// A replaced cluster gets its entries again. The import blocks have to go before: the last
	// administrator is kept, the other entry is not there any more.
	before := s.entries(t, one)
	replaced, _ := blocks("two")
	session.configure(replaced)
	session.differs("3 to add, 0 to change, 3 to destroy")
	session.fails("the cluster would be without an administrator")
	if got := theirs.gone(); len(got) != 0 {
		t.Errorf("the clusters %v were deleted", got)
	}
	session.fails("Cannot import non-existent remote object")
	exported := mustRead(t, session.dir+"/entries.tf")
	resources, _, found := strings.Cut(exported, "# Remove everything below when")
	if !found {
		t.Fatalf("the file does not say where the import blocks begin:\n%s", exported)
	}
	session.write("entries.tf", resources)
	session.differs("3 to add, 0 to change, 2 to destroy")
	session.configure(replaced + "provider \"nks\" {\n  prevent_lockout = false\n}\n")
	session.apply()
	session.settled()
	after := s.entries(t, two)
	for principal, entry := range before {
		if !after[principal].Grants.Same(entry.Grants) {
			t.Errorf("%s had %v and has %v", principal, entry.Grants, after[principal].Grants)
		}
	}
	if len(after) != len(before) || len(s.entries(t, one)) != 0 || !slices.Equal(theirs.gone(), []string{"one"}) {
		t.Errorf("the entries are %v, the clusters %v were deleted", after, theirs.gone())
	}

	// The last administrator keeps the cluster, until its resource is taken out of the state.
	session.configure(replaced)
	output, code := session.run("destroy", "-auto-approve")
	wantWords(t, output, "the cluster would be without an administrator")
	if code != 1 || !slices.Equal(theirs.gone(), []string{"one"}) {
		t.Errorf("exit code %d, the clusters %v were deleted", code, theirs.gone())
	}
	session.must("state", "rm", addressOf(t, exported, admin))
	session.must("destroy", "-auto-approve")
	if !slices.Equal(theirs.gone(), []string{"one", "two"}) {
		t.Errorf("the clusters %v were deleted", theirs.gone())
	}
}

// addressOf returns the address of the resource of a principal in an exported file.
func addressOf(t *testing.T, exported, principal string) string {
	t.Helper()
	block := regexp.MustCompile(`to = (\S+)\n  id = "[^"]*,` + regexp.QuoteMeta(principal) + `"`)
	match := block.FindStringSubmatch(exported)
	if match == nil {
		t.Fatalf("there is no import block for %s in\n%s", principal, exported)
	}
	return match[1]
}
