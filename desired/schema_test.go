package desired

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/internal/yamlfile"
)

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(Schema()))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(SchemaURL, document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile(SchemaURL)
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// structural returns the mistakes that the JSON Schema has to find, too.
func structural(text string) []Mistake {
	_, err := Parse(Source{"a.yaml", []byte(text)})
	if err == nil {
		return nil
	}
	return slices.DeleteFunc(err.(*LoadError).Mistakes, func(m Mistake) bool { return !m.structural })
}

func value(t interface{ Fatalf(string, ...any) }, text string) any {
	root, err := yamlfile.Parse("a.yaml", []byte(text))
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	data, err := yamlfile.JSON(root)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return v
}

// The schema knows the keys that the loader knows.
func TestSchemaKeys(t *testing.T) {
	type object struct {
		Properties map[string]any
		AnyOf      []object
	}
	var schema struct {
		object
		Definitions map[string]object
	}
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	keys := func(o object) []string { return slices.Sorted(maps.Keys(o.Properties)) }
	for name, test := range map[string]struct{ schema, loader []string }{
		"file":    {keys(schema.object), fileKeys},
		"cluster": {keys(schema.Definitions["cluster"]), clusterKeys},
		"rule":    {keys(schema.Definitions["rule"]), ruleKeys},
		"policy":  {keys(schema.Definitions["policy"].AnyOf[1]), policyKeys},
	} {
		if diff := cmp.Diff(test.schema, slices.Sorted(slices.Values(test.loader))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Schema and loader agree on files that are put together at random, right and wrong.
func TestSchemaAndLoaderAgree(t *testing.T) {
	schema := compileSchema(t)
	const nrn = "'nrn:PUB:IAM::5000008:Role/9ba09190'"
	counts := map[bool]int{}
	rapid.Check(t, func(t *rapid.T) {
		pick := func(label string, texts ...string) string { return rapid.SampledFrom(texts).Draw(t, label) }
		often := func(label, usual string, texts ...string) string {
			if rapid.IntRange(0, 19).Draw(t, label+" is odd") != 13 {
				return usual
			}
			return pick(label, append(texts, usual, "null", "1", "true", "[]", "{}", "''", "[[]]", "[1]", "['']")...)
		}
		policy := func() string {
			return often("policy", pick("usual policy", "NKSViewPolicy", "'NKSEditPolicy@a,*-ns'", "{type: NKSViewPolicy, scope: Cluster}",
				"{type: NKSEditPolicy, scope: namespace, namespaces: [a]}", "{type: New, scope: project, unknown: true}"),
				"View", "NKSViewPolicy@", "'NKSViewPolicy@a,,b'", "{type: NKSViewPolicy}", "{scope: cluster}", "{type: New, scope: cluster}",
				"{type: NKSViewPolicy, scope: cluster, namespaces: [a]}", "{type: NKSViewPolicy, scope: namespace}",
				"{type: NKSViewPolicy, scope: namespace, namespaces: []}", "{type: NKSViewPolicy, scope: project}",
				"{type: NKSViewPolicy, scope: cluster, unknown: false}", "{type: '', scope: project, unknown: true}", "{type: New, scope: x, unknown: 1}",
				"{type: NKSViewPolicy, scope: namespace, namespaces: ["+strings.Repeat("a,", 51)+"]}", "'NKSViewPolicy@"+strings.Repeat("a,", 50)+"a'",
				"'NKSViewPolicy@"+strings.Repeat("a,", 49)+"a'", "{type: NKSViewPolicy, scope: cluster, more: 1}")
		}
		rule := func() string {
			fields := []string{
				"principal: " + often("principal", pick("usual principal", "a", nrn, "[a, b]"), "'nrn:x'"),
				"clusters: " + often("clusters", pick("usual clusters", "'*'", "[dev]", "[dev, prod]"), "nowhere"),
			}
			switch pick("kind", "policies", "policies", "groups", "absent") {
			case "policies":
				fields = append(fields, "policies: "+often("policies", "["+policy()+", "+policy()+"]"))
			case "groups":
				fields = append(fields, "groups: "+often("groups", "[developers]", "["+strings.Repeat("a,", 31)+"]", "["+strings.Repeat("a,", 30)+"]"))
			case "absent":
				fields = append(fields, "absent: "+often("absent", "true", "false"))
			}
			if rapid.IntRange(0, 9).Draw(t, "extra") == 7 {
				fields = append(fields, pick("field", "more: 1", "absent: false", "absent: true", "groups: [x]"))
			}
			slices.Sort(fields)
			fields = slices.CompactFunc(fields, func(a, b string) bool { return strings.Split(a, ":")[0] == strings.Split(b, ":")[0] })
			if rapid.IntRange(0, 19).Draw(t, "drop") == 13 {
				fields = fields[1:]
			}
			return often("rule", "{"+strings.Join(fields, ", ")+"}")
		}
		cluster := func() string {
			return often("cluster", "{region: "+often("region", "KR", "K", "kr", "'K R'")+", others: "+often("others", "keep", "remove", "drop")+
				", protect: "+often("protect", "[a]", "b")+", profile: "+often("profile", "p")+"}", "{more: 1}")
		}
		text := fmt.Sprintf("version: %s\nprincipals: %s\nclusters: %s\naccess: %s\n%s", often("version", "1", "2", "'1'"),
			often("principals", "{a: "+often("nrn", nrn, "x", "["+nrn+"]")+", "+pick("name", "b", "b", "b", "b", "b", "b", "'nrn:b'", "''")+": "+nrn+"}"),
			often("clusters", "{dev: "+cluster()+", prod: "+cluster()+"}"), often("rules", "["+rule()+", "+rule()+"]"),
			pick("more", "", "", "", "", "more: 1\n"))
		mistakes := structural(text)
		err := schema.Validate(value(t, text))
		if (err == nil) != (len(mistakes) == 0) {
			t.Fatalf("the loader says %v, the schema says %v, of\n%s", mistakes, err, text)
		}
		counts[err == nil]++
	})
	if counts[true] == 0 || counts[false] == 0 {
		t.Errorf("valid and invalid files: %v", counts)
	}
}
