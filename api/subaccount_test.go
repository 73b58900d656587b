package api_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/api"
)

func subAccountDocument(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := api.SubAccountDocument()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestSubAccountDocumentIsValid(t *testing.T) {
	doc := subAccountDocument(t)
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
	if doc.OpenAPI != "3.0.3" {
		t.Errorf("OpenAPI version is %s", doc.OpenAPI)
	}
	// Every operation takes the three headers of a signature.
	for _, scheme := range []string{"timestamp", "accessKey", "signature"} {
		if len(doc.Security) != 1 || doc.Security[0][scheme] == nil {
			t.Errorf("%s is not required together with the others", scheme)
		}
		ours := doc.Components.SecuritySchemes[scheme].Value
		theirs := document(t).Components.SecuritySchemes[scheme].Value
		if ours.Type != theirs.Type || ours.In != theirs.In || ours.Name != theirs.Name {
			t.Errorf("scheme %s differs from that of the contract of access entries", scheme)
		}
	}
}

func TestSubAccountServers(t *testing.T) {
	var got []string
	for _, server := range subAccountDocument(t).Servers {
		got = append(got, server.URL)
	}
	want := []string{
		"https://subaccount.apigw.ntruss.com/api/v1",
		"https://subaccount.apigw.fin-ntruss.com/api/v1",
		"https://subaccount.apigw.gov-ntruss.com/api/v1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("servers are %q", got)
	}
}

func TestSubAccountOperationsOnlyRead(t *testing.T) {
	doc := subAccountDocument(t)
	for path, item := range doc.Paths.Map() {
		if methods := item.Operations(); len(methods) != 1 || methods["GET"] == nil {
			t.Errorf("%s has other methods than GET", path)
		}
	}
	ops := operations(doc)
	want := []string{"getGroup", "getRole", "getUser", "listGroups", "listRoles", "listSubAccounts"}
	var got []string
	for id := range ops {
		got = append(got, id)
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Fatalf("operations are %v, want %v", got, want)
	}
	for id, op := range ops {
		if op.Summary == "" || op.Description == "" {
			t.Errorf("%s: a summary or description is missing", id)
		}
		const docs = "https://api.ncloud-docs.com/docs/en/management-subaccount-"
		if op.ExternalDocs == nil || !strings.HasPrefix(op.ExternalDocs.URL, docs) {
			t.Errorf("%s: the link to its docs page is missing", id)
		}
		var statuses []string
		for status, response := range op.Responses.Map() {
			statuses = append(statuses, status)
			checkExamples(t, id+" "+status, response.Value.Content, openapi3.VisitAsResponse())
		}
		slices.Sort(statuses)
		if named := []string{"200", "400", "401", "403", "404", "429", "500", "503", "504"}; !slices.Equal(statuses, named) {
			t.Errorf("%s: statuses are %q, want %q", id, statuses, named)
		}
	}
}

// Every response that a source shows must fit, with fields that this contract leaves out.
func TestSubAccountResponsesThatHaveBeenSeen(t *testing.T) {
	doc := subAccountDocument(t)
	for _, c := range []struct{ name, schema, body string }{
		{"a page of sub accounts, current edition", "SubAccountPage", `{"page":0,"totalPages":1,"totalItems":1,"hasPrevious":false,"hasNext":false,"isFirst":true,"isLast":true,"items":[{"subAccountId":"u","subAccountNo":1,"loginId":"kim","name":"n","email":"e"}]}`},
		{"a page of sub accounts, older edition", "SubAccountPage", `{"items":[{"subAccountId":"u","loginId":"kim","nrn":"nrn:PUB:IAM::1:SubAccount/u","active":true,"canAPIGatewayAccess":true,"consolePermitIps":[],"memo":"","createTime":"2019-08-10T13:21:00Z"}]}`},
		{"nulls", "SubAccountPage", `{"page":null,"totalPages":null,"totalItems":null,"hasNext":null,"items":[{"subAccountId":"u","loginId":"kim","nrn":null,"active":null}]}`},
		{"a user", "User", `{"subAccountId":"u","loginId":"kim","name":"n","groups":[{"groupId":"g","groupName":"backend"}],"active":true,"deleted":false,"createTime":"2019-08-10T13:21:00Z","principalType":"IamUser"}`},
		{"a user of a role", "User", `{"subAccountId":"u","principalType":"IamRole","sourceIdentity":{"type":"t","id":"i","provider":"p"},"roleNrn":"nrn:PUB:IAM::1:Role/r"}`},
		{"a page of groups", "GroupPage", `{"page":0,"totalPages":1,"totalItems":1,"hasNext":false,"items":[{"groupId":"g","groupName":"개발","nrn":"nrn:PUB:IAM::1:Group/g"}]}`},
		{"a group", "GroupDetail", `{"groupId":"g","groupName":"backend","nrn":"nrn:PUB:IAM::1:Group/g","subAccounts":[{"subAccountId":"u","loginId":"kim","name":"n","nrn":"nrn:PUB:IAM::1:SubAccount/u"}],"policies":[{"policyId":"p","policyName":"n","policyType":"SYSTEM_MANAGED","policyDesc":"d","nrn":"x"}]}`},
		{"a page of roles", "RolePage", `{"items":[{"nrn":"nrn:PUB:IAM::1:Role/r","roleNo":"r","roleName":"deployer","roleType":"Server","sessionExpirationSec":600}]}`},
		{"a role", "Role", `{"nrn":"x","roleNo":"r","roleName":"deployer","roleType":"SSO","sessionExpirationSec":3600,"descCont":"d","active":true,"createTime":"t","modifiedTime":"t","lastUseTime":"t","policies":[],"entities":[{"id":"i","type":"t"}]}`},
		{"an error of the service", "ErrorResponse", `{"errorCode":9011,"message":"m"}`},
		{"an error of the gateway", "ErrorResponse", `{"error":{"errorCode":"210","message":"Permission Denied"}}`},
		{"an error of the gateway with details", "ErrorResponse", `{"error":{"errorCode":"200","message":"Authentication Failed","details":"Invalid authentication information."}}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body any
			if err := json.Unmarshal([]byte(c.body), &body); err != nil {
				t.Fatal(err)
			}
			if err := doc.Components.Schemas[c.schema].Value.VisitJSON(body, openapi3.VisitAsResponse()); err != nil {
				t.Error(err)
			}
		})
	}
}

// A part of a response that no client can use does not fit.
func TestSubAccountResponsesThatDoNotFit(t *testing.T) {
	doc := subAccountDocument(t)
	for _, c := range []struct{ name, schema, body, refusal string }{
		{"a page without a list", "SubAccountPage", `{"page":0}`, "/items required"},
		{"a list that is null", "RolePage", `{"items":null}`, "/items nullable"},
		{"a sub account without a name", "SubAccountPage", `{"items":[{"subAccountId":"u"}]}`, "/items/0/loginId required"},
		{"a group without its members", "GroupDetail", `{"groupId":"g","groupName":"backend"}`, "/subAccounts required"},
		{"a role without a number", "Role", `{"roleName":"deployer"}`, "/roleNo required"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var body any
			if err := json.Unmarshal([]byte(c.body), &body); err != nil {
				t.Fatal(err)
			}
			err := doc.Components.Schemas[c.schema].Value.VisitJSON(body, openapi3.VisitAsResponse(), openapi3.MultiErrors())
			if found := refusals(err); !slices.Contains(found, c.refusal) {
				t.Errorf("want it refused for %q, got %q", c.refusal, found)
			}
		})
	}
}

// What is not in the contract is not decoded by generated clients.
func TestSubAccountContractHasNoPersonalData(t *testing.T) {
	personal := regexp.MustCompile(`(?i)mail|memo|desc|permit|allow|source|phone|^name$|ip$|ips$`)
	for name, schema := range subAccountDocument(t).Components.Schemas {
		for field := range schema.Value.Properties {
			if personal.MatchString(field) {
				t.Errorf("%s has the field %s", name, field)
			}
		}
	}
}

func TestSubAccountContractHasTheUsualForm(t *testing.T) {
	var text any
	if err := yaml.Load(api.SubAccountYAML(), &text); err != nil {
		t.Fatal(err)
	}
	refused := []string{
		"anyOf", "allOf", "oneOf", "not", "uniqueItems", "discriminator", "default", "2XX", "4XX", "5XX", "additionalProperties",
	}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch node := node.(type) {
		case map[string]any:
			for key, value := range node {
				if slices.Contains(refused, key) {
					t.Errorf("%s has %s", path, key)
				}
				walk(path+"/"+key, value)
			}
		case []any:
			for i, value := range node {
				walk(fmt.Sprintf("%s/%d", path, i), value)
			}
		}
	}
	walk("", text)
}

// Every operation, parameter and field has a row in docs/contract.md.
func TestSubAccountFieldsHaveTheirSources(t *testing.T) {
	page, err := os.ReadFile("../docs/contract.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(page), "## The contract of names")
	if !found {
		t.Fatal("docs/contract.md has no section on the contract of names")
	}
	rows := "" // the first cells
	for line := range strings.Lines(section) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			rows += cells[1] + "\n"
		}
	}
	doc := subAccountDocument(t)
	var names []string
	for id, op := range operations(doc) {
		names = append(names, id)
		for _, parameter := range op.Parameters {
			names = append(names, parameter.Value.Name)
		}
	}
	for _, schema := range doc.Components.Schemas {
		for field := range schema.Value.Properties {
			names = append(names, field)
		}
	}
	for _, name := range names {
		if !strings.Contains(rows, "`"+name+"`") {
			t.Errorf("docs/contract.md has no row for %s", name)
		}
	}
}
