package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/nks-access/nks-access/terraform-provider-nks/internal/provider"
)

// Terraform asks for identities since 1.12. This is what it asks, in the protocol.
func TestIdentity(t *testing.T) {
	s := newService(t, seeded())
	setEnvironment(t, s)
	s.grant(t, user, []string{"developers"}, view)
	server := providerserver.NewProtocol6(provider.New("test")())()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	check(t, err, schemas.Diagnostics)
	configType := schemas.Provider.ValueType()
	nothing := map[string]tftypes.Value{}
	for name, kind := range configType.(tftypes.Object).AttributeTypes {
		nothing[name] = tftypes.NewValue(kind, nil)
	}
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: dynamic(t, configType, tftypes.NewValue(configType, nothing))})
	check(t, err, configured.Diagnostics)

	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	check(t, err, identities.Diagnostics)
	identityType := identities.IdentitySchemas["nks_access_entry"].ValueType()
	identity := func(uuid, principal string) *tfprotov6.ResourceIdentityData {
		return &tfprotov6.ResourceIdentityData{IdentityData: dynamic(t, identityType, tftypes.NewValue(identityType, map[string]tftypes.Value{
			"cluster_uuid": tftypes.NewValue(tftypes.String, uuid), "principal": tftypes.NewValue(tftypes.String, principal),
		}))}
	}

	imported, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: "nks_access_entry", Identity: identity(cluster, user)})
	check(t, err, imported.Diagnostics)
	resource := imported.ImportedResources[0]
	read, err := server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: "nks_access_entry", CurrentState: resource.State, CurrentIdentity: resource.Identity, Private: resource.Private,
	})
	check(t, err, read.Diagnostics)
	got, err := read.NewIdentity.IdentityData.Unmarshal(identityType)
	if err != nil {
		t.Fatal(err)
	}
	want, err := identity(cluster, user).IdentityData.Unmarshal(identityType)
	if err != nil || !got.Equal(want) {
		t.Errorf("the identity is %s (%v)", got, err)
	}
	state, err := read.NewState.Unmarshal(schemas.ResourceSchemas["nks_access_entry"].ValueType())
	if err != nil {
		t.Fatal(err)
	}
	var attributes map[string]tftypes.Value
	var principal string
	if state.As(&attributes) != nil || attributes["principal"].As(&principal) != nil || principal != user || attributes["groups"].IsNull() {
		t.Errorf("the state is %s", state)
	}

	refused, err := server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: "nks_access_entry", Identity: identity("demo", user)})
	if err != nil || len(refused.Diagnostics) != 1 || refused.Diagnostics[0].Summary != "Invalid identity" {
		t.Errorf("an identity with a name in place of the UUID: %v, %v", refused.Diagnostics, err)
	}
}

func check(t *testing.T, err error, diagnostics []*tfprotov6.Diagnostic) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diagnostics {
		t.Fatalf("%s: %s", d.Summary, d.Detail)
	}
}

func dynamic(t *testing.T, kind tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	d, err := tfprotov6.NewDynamicValue(kind, value)
	if err != nil {
		t.Fatal(err)
	}
	return &d
}
