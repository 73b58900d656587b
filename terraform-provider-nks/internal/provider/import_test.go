package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/terraform-provider-nks/internal/provider"
)

// factories start the provider in this process.
var factories = map[string]func() (tfprotov6.ProviderServer, error){
	"nks": providerserver.NewProtocol6WithError(provider.New("test")()),
}

func setEnvironment(t *testing.T, s *service) {
	t.Helper()
	for name, value := range map[string]string{
		"NCLOUD_API_GW": s.url, "NCLOUD_ACCESS_KEY": emulator.DemoAccessKey, "NCLOUD_SECRET_KEY": emulator.DemoSecretKey,
		"NCLOUD_ACCESS_KEY_ID": "", "NCLOUD_SECRET_ACCESS_KEY": "", "NCLOUD_REGION": "", "NCLOUD_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

func TestImportRoundTrip(t *testing.T) {
	s := newService(t, seeded())
	setEnvironment(t, s)
	configuration := strings.Replace(entry("user", user, `groups = ["developers"]`,
		`policies = [{ type = "NKSViewPolicy" }, { type = "NKSEditPolicy", namespaces = ["dev", "*-ns"] }]`), `"demo"`, `"`+cluster+`"`, 1)
	address := "nks_access_entry.user"
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: configuration,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address, plancheck.ResourceActionCreate),
					plancheck.ExpectKnownValue(address, tfjsonpath.New("type"), knownvalue.StringExact("USER")),
					plancheck.ExpectKnownValue(address, tfjsonpath.New("cluster_uuid"), knownvalue.StringExact(cluster)),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(address, tfjsonpath.New("id"), knownvalue.StringRegexp(regexp.MustCompile(`^[0-9a-f-]{36}$`))),
					statecheck.ExpectKnownValue(address, tfjsonpath.New("policies"), knownvalue.SetSizeExact(2)),
				},
			},
			{Config: configuration, ResourceName: address, ImportState: true, ImportStateId: cluster + "," + user, ImportStateVerify: true},
			{Config: configuration, ResourceName: address, ImportState: true, ImportStateId: "demo," + user, ImportStateVerify: true},
			{Config: configuration, ResourceName: address, ImportState: true, ImportStateKind: resource.ImportBlockWithID, ImportStateId: "demo," + user},
			{Config: configuration, ResourceName: address, ImportState: true, ImportStateId: user, ExpectError: regexp.MustCompile(`is not\s+CLUSTER,NRN`)},
			{Config: configuration, ResourceName: address, ImportState: true, ImportStateId: cluster + ",me", ExpectError: regexp.MustCompile(`must be an\s+NRN`)},
			{Config: configuration, ResourceName: address, ImportState: true, ImportStateId: "dome," + user, ExpectError: regexp.MustCompile(`the\s+clusters\s+are`)},
			{Config: configuration, ResourceName: address, ImportState: true, ImportStateId: cluster + "," + role, ExpectError: regexp.MustCompile(`Cannot import non-existent remote object`)},
			{Config: "# nothing", ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(address, plancheck.ResourceActionDestroy),
			}}},
		},
	})
	if got := s.entries(t, cluster); len(got) != 1 {
		t.Errorf("the entries are %v", got)
	}
}

func TestGeneratedConfigurationIsClean(t *testing.T) {
	t.Parallel()
	s := newService(t, seeded())
	s.grant(t, user, []string{"developers", `odd "name" ${x}`}, view,
		access.Edit.In("dev", "*-ns"))
	s.grant(t, role, nil)
	// One policy is split into two, and another is there for the cluster and for a namespace.
	s.report(func(entries []map[string]any) []map[string]any {
		for _, e := range entries {
			if e["entry"] == user {
				e["policies"] = append(policiesOf(e), map[string]any{"type": "NKSEditPolicy", "scope": "Namespace", "namespaces": []any{"more"}},
					map[string]any{"type": "NKSViewPolicy", "scope": "namespace", "namespaces": []any{"more"}})
			}
		}
		return entries
	})
	account := "nrn:PUB:IAM::5000008:Account/5000008" // its type cannot be told from the NRN, and the service does not report it
	unknown := access.NewEntry{Principal: access.AnyNRN(account), Type: access.TypeUser, Unchecked: true}
	if _, err := s.client(t).Create(t.Context(), cluster, unknown); err != nil {
		t.Fatal(err)
	}
	session := newSession(t, s, "")
	var imports strings.Builder
	for name, id := range map[string]string{
		"admin": "demo," + admin, "user": cluster + "," + user, "role": "demo," + role, "account": "demo," + account,
	} {
		fmt.Fprintf(&imports, "import {\n  to = nks_access_entry.%s\n  id = %q\n}\n", name, id)
	}
	session.write("import.tf", imports.String())
	output := session.must("plan", "-generate-config-out=generated.tf")
	wantWords(t, output, "4 to import, 0 to add, 0 to change, 0 to destroy")
	wantWords(t, session.apply(), "4 imported, 0 added, 0 changed, 0 destroyed")
	session.settled()
	if requests := s.taken(); count(requests, "PUT")+count(requests, "DELETE") != 0 || count(requests, "POST") != 3 {
		t.Errorf("the requests are %v", requests)
	}
}
