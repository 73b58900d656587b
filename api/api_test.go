package api_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"

	"github.com/nks-access/nks-access/api"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := api.Document()
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// operations lists the operations of the contract by their operationId.
func operations(doc *openapi3.T) map[string]*openapi3.Operation {
	byID := map[string]*openapi3.Operation{}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			byID[op.OperationID] = op
		}
	}
	return byID
}

func TestDocumentIsValid(t *testing.T) {
	doc := document(t)
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation()); err != nil {
		t.Error(err)
	}
	if doc.OpenAPI != "3.0.3" {
		t.Errorf("OpenAPI version is %s", doc.OpenAPI)
	}
}

func TestOperations(t *testing.T) {
	ops := operations(document(t))
	want := []string{
		"createAccessEntry", "deleteAccessEntry", "getAccessEntry", "getCluster", "listAccessEntries", "listClusters",
		"setClusterAuthType", "updateAccessEntry",
	}
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
		if op.ExternalDocs == nil || !strings.HasPrefix(op.ExternalDocs.URL, "https://api.ncloud-docs.com/docs/en/nks-") {
			t.Errorf("%s: the link to its docs page is missing", id)
		}
	}
}

// The library does not complain about missing examples, so this test requires and checks each one.
func TestEveryBodyHasExamplesThatFit(t *testing.T) {
	for id, op := range operations(document(t)) {
		if body := op.RequestBody; body != nil {
			checkExamples(t, id+" request", body.Value.Content, openapi3.VisitAsRequest())
		}
		var statuses []string
		for status, response := range op.Responses.Map() {
			statuses = append(statuses, status)
			where := fmt.Sprintf("%s %s", id, status)
			if *response.Value.Description == "" {
				t.Errorf("%s has no description", where)
			}
			if status == "204" {
				if response.Value.Content != nil {
					t.Errorf("%s has a body", where)
				}
				continue
			}
			checkExamples(t, where, response.Value.Content, openapi3.VisitAsResponse())
		}
		// The usual form: statuses by name, no ranges, no default. Most generators know no other.
		want := []string{"200", "400", "401", "403", "404", "429", "500", "503", "504"}
		if isChange := op.RequestBody != nil || id == "deleteAccessEntry"; isChange {
			want = append(want, "409", "413")
		}
		if id == "createAccessEntry" {
			want = append(want, "201")
		}
		if id == "deleteAccessEntry" {
			want = append(want, "204")
		}
		slices.Sort(want)
		slices.Sort(statuses)
		if !slices.Equal(statuses, want) {
			t.Errorf("%s: statuses are %q, want %q", id, statuses, want)
		}
	}
}

// A mock server responds with the example that has the name of the request's example.
func TestExamplesOfRequestsAndResponsesHaveTheSameNames(t *testing.T) {
	for id, op := range operations(document(t)) {
		if op.RequestBody == nil {
			continue
		}
		requests := slices.Sorted(maps.Keys(op.RequestBody.Value.Content.Get("application/json").Examples))
		for status, response := range op.Responses.Map() {
			responses := slices.Sorted(maps.Keys(response.Value.Content.Get("application/json").Examples))
			if strings.HasPrefix(status, "2") && !slices.Equal(requests, responses) {
				t.Errorf("%s %s: the examples of responses are %q, those of requests %q", id, status, responses, requests)
			}
		}
	}
}

// A request without a body has its name from the parameters of its path, which must all have it.
func TestExamplesOfPathsAndResponsesHaveTheSameNames(t *testing.T) {
	for _, doc := range []*openapi3.T{document(t), subAccountDocument(t)} {
		for path, item := range doc.Paths.Map() {
			names := examplesOfPath(t, path, item)
			for method, op := range item.Operations() {
				if op.RequestBody != nil || item.Parameters == nil {
					continue
				}
				responses := op.Responses.Value("200").Value.Content.Get("application/json").Examples
				isOfResponse := func(name string) bool { return responses[name] != nil }
				if !slices.ContainsFunc(names, isOfResponse) {
					t.Errorf("%s %s: the examples of the path are %q, none of the response", method, path, names)
				}
			}
		}
	}
}

// examplesOfPath returns the names of the examples that all parameters of a path have.
func examplesOfPath(t *testing.T, path string, item *openapi3.PathItem) []string {
	t.Helper()
	counts := map[string]int{}
	for _, parameter := range item.Parameters {
		for name, example := range parameter.Value.Examples {
			counts[name]++
			if err := parameter.Value.Schema.Value.VisitJSON(example.Value.Value); err != nil {
				t.Errorf("%s: example %s of %s: %v", path, name, parameter.Value.Name, err)
			}
		}
	}
	maps.DeleteFunc(counts, func(_ string, count int) bool { return count < len(item.Parameters) })
	return slices.Sorted(maps.Keys(counts))
}

// Without an example, tools send "<string>" or [null].
func TestSchemasOfRequestsHaveExamplesThatFit(t *testing.T) {
	schemas := document(t).Components.Schemas
	for _, name := range []string{
		"CreateAccessEntryRequest", "UpdateAccessEntryRequest", "SetClusterAuthTypeRequest",
		"AccessPolicy", "ClusterPolicy", "NamespacePolicy", "AccessPolicies", "Groups",
	} {
		schema := schemas[name].Value
		if schema.Example == nil {
			t.Errorf("%s has no example", name)
		} else if err := schema.VisitJSON(schema.Example, openapi3.VisitAsRequest()); err != nil {
			t.Errorf("%s: its example: %v", name, err)
		}
	}
	namespaces := schemas["NamespacePolicy"].Value.Properties["namespaces"].Value
	if err := namespaces.VisitJSON(namespaces.Example); err != nil || namespaces.Example == nil {
		t.Errorf("namespaces: its example %v: %v", namespaces.Example, err)
	}
}

// Tools that make up a response from its schema take these.
func TestSchemasOfResponsesHaveExamplesThatFit(t *testing.T) {
	schemas := document(t).Components.Schemas
	for _, name := range []string{"AccessEntry", "AttachedPolicy", "ChangeResult", "Cluster"} {
		schema := schemas[name].Value
		if schema.Example == nil {
			t.Errorf("%s has no example", name)
		} else if err := schema.VisitJSON(schema.Example, openapi3.VisitAsResponse()); err != nil {
			t.Errorf("%s: its example: %v", name, err)
		}
	}
}

// A mock server responds with the first example.
func TestTheFirstBadRequestIsOneOfThisAPI(t *testing.T) {
	var contract struct {
		Components struct {
			Responses struct {
				BadRequest struct {
					Content map[string]struct{ Examples yaml.Node }
				} `yaml:"BadRequest"`
			}
		}
	}
	if err := yaml.Load(api.YAML(), &contract); err != nil {
		t.Fatal(err)
	}
	examples := contract.Components.Responses.BadRequest.Content["application/json"].Examples
	var first struct {
		Value struct {
			Error struct {
				Details struct{ Error []struct{ Property string } }
			}
		}
	}
	if err := examples.Content[1].Load(&first); err != nil {
		t.Fatal(err)
	}
	fields := document(t).Components.Schemas["CreateAccessEntryRequest"].Value.Properties
	for _, broken := range first.Value.Error.Details.Error {
		if fields[broken.Property] == nil {
			t.Errorf("the first example of a 400 is about %q", broken.Property)
		}
	}
	if len(first.Value.Error.Details.Error) == 0 {
		t.Error("the first example of a 400 names no field")
	}
}

// A response that allows more fields in so many words becomes a dictionary in several languages.
func TestNoSchemaSaysThatItIsOpen(t *testing.T) {
	for name, schema := range document(t).Components.Schemas {
		if more := schema.Value.AdditionalProperties; more.Schema != nil || more.Has != nil && *more.Has {
			t.Errorf("%s has additionalProperties: true", name)
		}
	}
}

// Generators break on these keywords, or lose types.
func TestNoSchemaHasAFormThatGeneratorsBreakOn(t *testing.T) {
	var text any
	if err := yaml.Load(api.YAML(), &text); err != nil {
		t.Fatal(err)
	}
	var walk func(path string, node any)
	walk = func(path string, node any) {
		switch node := node.(type) {
		case map[string]any:
			for key, value := range node {
				if slices.Contains([]string{"anyOf", "allOf", "not", "uniqueItems", "discriminator", "default", "2XX", "4XX", "5XX"}, key) {
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

// Every operation and every field has a row in docs/contract.md, which says where it comes from.
func TestEveryFieldHasItsSources(t *testing.T) {
	page, err := os.ReadFile("../docs/contract.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string // the first cells
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) > 2 {
			rows = append(rows, cells[1])
		}
	}
	has := func(name string) bool {
		cell := regexp.MustCompile("[`.]" + name + `(\[\])?` + "`")
		return slices.ContainsFunc(rows, cell.MatchString)
	}
	doc := document(t)
	for id := range operations(doc) {
		if !has(id) {
			t.Errorf("docs/contract.md has no row for %s", id)
		}
	}
	for name, schema := range doc.Components.Schemas {
		for field := range schema.Value.Properties {
			if !has(field) {
				t.Errorf("docs/contract.md has no row for %s of %s", field, name)
			}
		}
	}
}

// No source states a pattern, or that something is not empty. The description must say so.
func TestRulesOfOursAreMarked(t *testing.T) {
	ours := func(s *openapi3.Schema) bool { return s.Pattern != "" || s.MinLength > 0 || s.MinItems > 0 }
	var check func(name string, s *openapi3.Schema)
	check = func(name string, s *openapi3.Schema) {
		if marked := regexp.MustCompile(`rules?\s+of\s+this\s+contract`); (ours(s) || s.Items != nil && ours(s.Items.Value)) &&
			!marked.MatchString(s.Description) {
			t.Errorf("%s does not say that a rule of it is ours", name)
		}
		for field, property := range s.Properties {
			if property.Ref == "" {
				check(name+"."+field, property.Value)
			}
		}
	}
	for name, schema := range document(t).Components.Schemas {
		check(name, schema.Value)
	}
}

func checkExamples(t *testing.T, where string, content openapi3.Content, opt openapi3.SchemaValidationOption) {
	t.Helper()
	media := content.Get("application/json")
	if media == nil || len(media.Examples) == 0 {
		t.Errorf("%s has no examples", where)
		return
	}
	for name, example := range media.Examples {
		if err := media.Schema.Value.VisitJSON(example.Value.Value, opt); err != nil {
			t.Errorf("%s: example %s: %v", where, name, err)
		}
	}
}

const (
	user = `nrn:PUB:IAM::5000008:SubAccount/2b141960-0000-0000-0000-246e9659184c`
	role = `nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4`
)

// list returns n JSON strings in a list.
func list(n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(`"n%d"`, i)
	}
	return "[" + strings.Join(items, ",") + "]"
}

func TestCreateAccessEntryRequest(t *testing.T) {
	policies := func(policies string) string {
		return `{"type":"USER","entry":"` + user + `","policies":` + policies + `}`
	}
	entry := func(nrn string) string { return `{"type":"USER","entry":"` + nrn + `"}` }
	checkRequests(t, "createAccessEntry", []requestCase{
		{"no groups and no policies", entry(user), ""},
		{"a role", `{"type":"ROLE","entry":"` + role + `"}`, ""},
		{"the main account", entry("nrn:PUB:Account::5000008:Customer/static"), ""},
		{"an NRN without a domain code", entry("nrn::IAM::5000008:SubAccount/2b14"), ""},
		{"every policy type in the cluster", policies(`[{"type":"NKSClusterAdminPolicy","scope":"cluster"},{"type":"NKSAdminPolicy","scope":"cluster"},{"type":"NKSEditPolicy","scope":"cluster"},{"type":"NKSViewPolicy","scope":"cluster"}]`), ""},
		{"namespaces and patterns", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["dev","*-ns"]}]`), ""},
		{"50 namespaces", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":` + list(50) + `}]`), ""},
		{"a role as USER, which no docs page forbids", entry(role), ""},
		{"the same policy twice, which no docs page forbids", policies(`[{"type":"NKSViewPolicy","scope":"cluster"},{"type":"NKSViewPolicy","scope":"cluster"}]`), ""},
		{"one policy in two namespaces, each on its own", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["a"]},{"type":"NKSEditPolicy","scope":"namespace","namespaces":["b"]}]`), ""},
		{"30 groups", `{"type":"USER","entry":"` + user + `","groups":` + list(30) + `}`, ""},
		{"an NRN of 128 characters", entry(pad(user, 128)), ""},

		{"no type", `{"entry":"` + user + `"}`, `/type required`},
		{"no entry", `{"type":"USER"}`, `/entry required`},
		{"an unknown type", `{"type":"GROUP","entry":"` + user + `"}`, `/type enum`},
		{"a type in lower case", `{"type":"user","entry":"` + user + `"}`, `/type enum`},
		{"a type that is no string", `{"type":1,"entry":"` + user + `"}`, `/type enum`},
		{"an NRN of 129 characters", entry(pad(user, 129)), `/entry maxLength`},
		{"an NRN with a space", entry(user + " "), `/entry pattern`},
		{"an NRN with Korean letters", entry("nrn:PUB:IAM::5000008:SubAccount/사용자"), `/entry pattern`},
		{"an ARN", entry("arn:aws:iam::123456789012:user/x"), `/entry pattern`},
		{"an NRN of empty fields", entry("nrn::::"), `/entry pattern`},
		{"an NRN of an unknown domain", entry("nrn:XXX:IAM::1:SubAccount/1"), `/entry pattern`},
		{"an NRN without a member number", entry("nrn:PUB:IAM:::SubAccount/1"), `/entry pattern`},
		{"an NRN with too few fields", entry("nrn:PUB:IAM"), `/entry pattern`},
		{"an empty NRN", entry(""), `/entry pattern`},
		{"an unknown field", `{"type":"USER","entry":"` + user + `","polices":[]}`, `/ property "polices" is unsupported`},
		{"31 groups", `{"type":"USER","entry":"` + user + `","groups":` + list(31) + `}`, `/groups maxItems`},
		{"a group in Korean, with a blank", `{"type":"USER","entry":"` + user + `","groups":["개발 팀"]}`, ""},
		{"a line break in a group", `{"type":"USER","entry":"` + user + `","groups":["a\nb"]}`, `/groups/0 pattern`},
		{"a NUL in a group", `{"type":"USER","entry":"` + user + `","groups":["a\u0000"]}`, `/groups/0 pattern`},
		{"a tab in a namespace", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":["a\tb"]}]`), `/policies/0 oneOf`},
		{"an empty group", `{"type":"USER","entry":"` + user + `","groups":[""]}`, `/groups/0 minLength`},
		{"groups that are null", `{"type":"USER","entry":"` + user + `","groups":null}`, `/groups nullable`},
		{"no policy type", policies(`[{"scope":"cluster"}]`), `/policies/0 oneOf`},
		{"no policy scope", policies(`[{"type":"NKSViewPolicy"}]`), `/policies/0 oneOf`},
		{"an unknown policy type", policies(`[{"type":"NKSRootPolicy","scope":"cluster"}]`), `/policies/0 oneOf`},
		{"a scope as responses spell it", policies(`[{"type":"NKSViewPolicy","scope":"Cluster"}]`), `/policies/0 oneOf`},
		{"an unknown field in a policy", policies(`[{"type":"NKSViewPolicy","scope":"cluster","namespace":"x"}]`), `/policies/0 oneOf`},
		{"scope namespace without namespaces", policies(`[{"type":"NKSEditPolicy","scope":"namespace"}]`), `/policies/0 oneOf`},
		{"scope namespace with no namespace in the list", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":[]}]`), `/policies/0 oneOf`},
		{"scope cluster with namespaces", policies(`[{"type":"NKSEditPolicy","scope":"cluster","namespaces":["dev"]}]`), `/policies/0 oneOf`},
		{"scope cluster with an empty list of namespaces", policies(`[{"type":"NKSEditPolicy","scope":"cluster","namespaces":[]}]`), `/policies/0 oneOf`},
		{"an empty namespace", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":[""]}]`), `/policies/0 oneOf`},
		{"51 namespaces", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":` + list(51) + `}]`), `/policies/0 oneOf`},
		{"a namespace that is no string", policies(`[{"type":"NKSEditPolicy","scope":"namespace","namespaces":[7]}]`), `/policies/0 oneOf`},
		{"a list in place of an object", `[]`, `/ type`},
		{"null", `null`, `/ nullable`},
	})
}

func TestSetClusterAuthTypeRequest(t *testing.T) {
	checkRequests(t, "setClusterAuthType", []requestCase{
		{"API", `{"authType":"API"}`, ""},
		{"CONFIG_MAP, which only an older docs page lists", `{"authType":"CONFIG_MAP"}`, `/authType enum`},
		{"nothing", `{}`, `/authType required`},
		{"an unknown field", `{"authType":"API","force":true}`, `/ property "force" is unsupported`},
	})
}

func TestUpdateAccessEntryRequest(t *testing.T) {
	checkRequests(t, "updateAccessEntry", []requestCase{
		{"both lists", `{"groups":["dev"],"policies":[{"type":"NKSViewPolicy","scope":"cluster"}]}`, ""},
		{"both lists empty", `{"groups":[],"policies":[]}`, ""},
		{"neither list", `{}`, ""},
		{"the principal", `{"entry":"` + user + `","groups":[],"policies":[]}`, `/ property "entry" is unsupported`},
		{"the type", `{"type":"USER","groups":[],"policies":[]}`, `/ property "type" is unsupported`},
		{"31 groups", `{"groups":` + list(31) + `}`, `/groups maxItems`},
		{"scope namespace without namespaces", `{"policies":[{"type":"NKSEditPolicy","scope":"namespace"}]}`, `/policies/0 oneOf`},
	})
}

type requestCase struct {
	name    string
	body    string
	refusal string // "" if accepted, else one broken rule as "<JSON pointer> <rule>"
}

func checkRequests(t *testing.T, operation string, cases []requestCase) {
	schema := operations(document(t))[operation].RequestBody.Value.Content["application/json"].Schema.Value
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var body any
			if err := json.Unmarshal([]byte(c.body), &body); err != nil {
				t.Fatal(err)
			}
			refusals := refusals(schema.VisitJSON(body, openapi3.VisitAsRequest(), openapi3.MultiErrors()))
			if c.refusal == "" && len(refusals) > 0 {
				t.Errorf("refused: %v", refusals)
			}
			if c.refusal != "" && !slices.Contains(refusals, c.refusal) {
				t.Errorf("want it refused for %q, got %q", c.refusal, refusals)
			}
		})
	}
}

// refusals spells every broken rule in err as "<JSON pointer> <rule>".
func refusals(err error) []string {
	switch err := err.(type) {
	case nil:
		return nil
	case openapi3.MultiError:
		var all []string
		for _, e := range err {
			all = append(all, refusals(e)...)
		}
		return all
	case *openapi3.SchemaError:
		at := "/" + strings.Join(err.JSONPointer(), "/")
		if err.SchemaField == "properties" {
			return []string{at + " " + err.Reason}
		}
		return []string{at + " " + err.SchemaField}
	default:
		return []string{err.Error()}
	}
}

// pad makes an NRN n characters long.
func pad(nrn string, n int) string { return nrn + strings.Repeat("0", n-len(nrn)) }

func TestPathParametersAreUUIDs(t *testing.T) {
	doc := document(t)
	for _, name := range []string{"ClusterUUID", "EntryUUID"} {
		schema := doc.Components.Parameters[name].Value.Schema.Value
		for value, ok := range map[string]bool{
			"0000a20e-e0fb-4dc9-af1b-97fd3f8d0000":   true,
			"0000A20E-E0FB-4DC9-AF1B-97FD3F8D0000":   true,
			"0000a20ee0fb4dc9af1b97fd3f8d0000":       false,
			"{0000a20e-e0fb-4dc9-af1b-97fd3f8d0000}": false,
			"0000a20e-e0fb-4dc9-af1b-97fd3f8d000":    false,
			"demo":                                   false,
			"..":                                     false,
			"":                                       false,
		} {
			if err := schema.VisitJSON(value); (err == nil) != ok {
				t.Errorf("%s %q: %v", name, value, err)
			}
		}
	}
}

// Every response that a source shows must fit the contract.
func TestResponsesThatHaveBeenSeen(t *testing.T) {
	doc := document(t)
	for _, c := range []struct{ name, schema, body string }{
		{"an entry as the docs show it", "AccessEntryResult", `{"accessEntry":{"clusterUuid":"****a20e-e0fb-4dc9-af1b-97fd3f8d****","entry":"***:Account::***","policies":[{"scope":"Cluster","type":"NKSClusterAdminPolicy"}],"uuid":"****a20e-e0fb-4dc9-af1b-97fd3f8d****"}}`},
		{"an entry of the Go SDK", "AccessEntryResult", `{"accessEntry":{"uuid":"u","entry":"e","username":"x","groups":["g"],"policies":[]}}`},
		{"an entry with a policy from the future", "AccessEntryResult", `{"accessEntry":{"uuid":"u","entry":"e","policies":[{"type":"NKSDebugPolicy","scope":"Node","nodes":1}],"tags":[]}}`},
		{"no entries", "AccessEntryList", `{"accessEntries":[]}`},
		{"a cluster with more fields", "ClusterResult", `{"cluster":{"uuid":"u","name":"n","nodePool":[{"nodeCount":3}],"cpuCount":8}}`},
		{"gateway error", "ErrorResponse", `{"error":{"errorCode":"210","message":"Permission Denied"}}`},
		{"gateway error with details", "ErrorResponse", `{"error":{"errorCode":"200","message":"Authentication Failed","details":"Invalid authentication information."}}`},
		{"service error", "ErrorResponse", `{"error":{"errorCode":400,"statusCode":400,"message":"Bad Request","details":{"error":[{"property":"storageSize","children":[],"constraints":{"max":"storageSize must not be greater than 2000"}}]}},"timestamp":"2024-10-08T08:56:48.855Z"}`},
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

// The worked example in the description is computed again.
func TestWorkedExampleOfTheSignature(t *testing.T) {
	doc := document(t)
	description := doc.Components.SecuritySchemes["signature"].Value.Description
	after := func(label string) string {
		_, rest, ok := strings.Cut(description, label)
		if !ok {
			t.Fatalf("the description does not say %q", label)
		}
		value, _, _ := strings.Cut(strings.TrimSpace(rest), "\n")
		return value
	}
	accessKey, secretKey := after("\n    access key "), after("\n    secret key ")
	lines := strings.SplitN(after("the string to sign is these three lines")+"\n"+after("access-entries\n    1767"), "\n", 2)
	target := lines[0]
	stringToSign := target + "\n" + after("x-ncp-apigw-timestamp: ") + "\n" + accessKey

	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte(stringToSign))
	want := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if got := after("x-ncp-apigw-signature-v2: "); got != want {
		t.Errorf("the contract says the signature of %q is %s, it is %s", stringToSign, got, want)
	}
	if !strings.Contains(description, fmt.Sprintf("'%s'", strings.ReplaceAll(stringToSign, "\n", `\n`))) {
		t.Error("the shell command signs another string")
	}
	if got := after("-hmac "); !strings.HasPrefix(got, secretKey+" ") {
		t.Error("the shell command signs with another key")
	}
	for name, header := range map[string]string{
		"timestamp": "x-ncp-apigw-timestamp", "accessKey": "x-ncp-iam-access-key", "signature": "x-ncp-apigw-signature-v2",
	} {
		if scheme := doc.Components.SecuritySchemes[name].Value; scheme.Type != "apiKey" || scheme.In != "header" || scheme.Name != header {
			t.Errorf("scheme %s is %s %s %s", name, scheme.Type, scheme.In, scheme.Name)
		}
		if len(doc.Security) != 1 || doc.Security[0][name] == nil {
			t.Errorf("%s is not required together with the others", name)
		}
	}
}

func TestServers(t *testing.T) {
	var got []string
	for _, server := range document(t).Servers {
		if server.Description == "" {
			t.Errorf("%s has no description", server.URL)
		}
		got = append(got, server.URL)
	}
	want := []string{
		"https://nks.apigw.ntruss.com/vnks/v2",
		"https://nks.apigw.ntruss.com/vnks/sgn-v2",
		"https://nks.apigw.ntruss.com/vnks/jpn-v2",
		"https://nks.apigw.fin-ntruss.com/nks/v2",
		"https://nks.apigw.gov-ntruss.com/vnks/v2",
		"https://nks.apigw.gov-ntruss.com/vnks/krs-v2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("servers are %q", got)
	}
}

func Example() {
	doc, err := api.Document()
	if err != nil {
		panic(err)
	}
	fmt.Println(doc.Paths.Find("/clusters/{uuid}/access-entries").Post.Summary)
	// Output: Create an access entry
}
