package desired

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/nks-access/nks-access/access"
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

// onlyLoader matches the mistakes that no schema can find: they depend on names that are defined
// elsewhere, or on the spelling of YAML.
var onlyLoader = regexp.MustCompile(strings.Join([]string{
	`^unknown principal `, ` is not used in any rule$`, `^duplicate `, `^no cluster of the file matches `, ` is not a pattern `,
	`^no clusters are listed `, `^the rule contradicts `, `^with this rule `, `^a key of .* must be text; put it in quotes$`,
	`^unknown time zone `, ` is not a day of the calendar$`,
}, "|"))

// inSchema returns the mistakes that the JSON Schema has to find, too.
func inSchema(text string) []Mistake {
	_, err := Parse(Source{"a.yaml", []byte(text)})
	if err == nil {
		return nil
	}
	return slices.DeleteFunc(err.(*LoadError).Mistakes, func(m Mistake) bool { return onlyLoader.MatchString(m.Message) })
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
		OneOf      []object
	}
	var schema struct {
		object
		Definitions map[string]object
	}
	if err := json.Unmarshal(Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	definitions := schema.Definitions
	keys := func(o object) []string { return slices.Sorted(maps.Keys(o.Properties)) }
	for name, test := range map[string]struct{ schema, loader []string }{
		"file":      {keys(schema.object), fileKeys},
		"principal": {keys(definitions["longNRN"]), principalKeys},
		"name":      {keys(definitions["name"]), nameKeys},
		"cluster":   {keys(definitions["cluster"]), clusterKeys},
		"rule":      {keys(definitions["rule"]), ruleKeys},
		"group":     {keys(definitions["group"].OneOf[1]), groupKeys},
		"policy":    {keys(definitions["policy"].AnyOf[1]), policyKeys},
	} {
		if diff := cmp.Diff(test.schema, slices.Sorted(slices.Values(test.loader))); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Schema and loader agree on files that are put together at random, right and wrong.
func TestSchemaAndLoaderAgree(t *testing.T) {
	schema := compileSchema(t)
	const nrn = "'nrn:PUB:IAM::5000008:Role/9ba09190-0000-0000-0000-246e966ebec4'"
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
				"'NKSViewPolicy@"+strings.Repeat("a,", 49)+"a'", "{type: NKSViewPolicy, scope: cluster, more: 1}",
				"'NKSViewPolicy@a, b'", "'NKSViewPolicy@A'", "'NKSViewPolicy@*A'", "'NKSViewPolicy@-'", "'NKSViewPolicy@"+strings.Repeat("a", 64)+"'",
				"'NKSViewPolicy@"+strings.Repeat("a", 63)+"'", "'NKSViewPolicy@"+strings.Repeat("a", 64)+"*'", "'NKSViewPolicy@a@b'", "'NKSViewPolicy@[ab]-*'", "'NKSViewPolicy@[ab]'", "'NKSViewPolicy@[ab'", "'NKSViewPolicy@-*'",
				"'NKSViewPolicy@a?,*-'", "{type: NKSViewPolicy, scope: namespace, namespaces: ['*,*']}", "'NKSViewPolicy@${NS}*'", "'NKSViewPolicy@a@*'",
				"{type: NKSViewPolicy, scope: namespace, namespaces: [' a']}", "{type: NKSViewPolicy, scope: namespace, namespaces: ['a b', '*']}",
				"{type: NKSViewPolicy, scope: namespace, namespaces: ['a *']}", "{type: NKSViewPolicy, scope: namespace, namespaces: [' a'], unknown: true}",
				"{type: '', scope: cluster}", `"NKSViewPolicy@a\u200b*"`)
		}
		name := func() string {
			return pick("odd name", "{role: deployer}", "{user: kim, role: deployer}", "{user: ' kim'}", "{group: ''}", "{user: [kim]}", "{nrn: "+nrn+"}", "{nrn: "+nrn+", user: kim}",
				"[{role: a}, {role: b}]", `{user: "a\u200bb"}`, "{person: kim}", "{user: kim, unchecked: true}", "{group: 1}", "{user: 'nrn:x'}")
		}
		rule := func() string {
			fields := []string{
				"principal: " + often("principal", pick("usual principal", "a", nrn, "[a, b]", "{user: kim@corp}", "[a, {group: 개발팀}]"), "'nrn:x'", "[a, 'nrn:x']", name()),
				"clusters: " + often("clusters", pick("usual clusters", "'*'", "[dev]", "[dev, prod]"), "nowhere"),
			}
			switch pick("kind", "policies", "policies", "groups", "absent") {
			case "policies":
				fields = append(fields, "policies: "+often("policies", "["+policy()+", "+policy()+"]"))
			case "groups":
				fields = append(fields, "groups: "+often("groups", pick("usual groups", "[developers]", "[a b, {name: ' a', unchecked: true}]"), "['a ']", `["a\u200bb"]`, `["\u3000a"]`, "[{name: a}]", "[{name: ' a'}]",
					"[{name: ' a', unchecked: false}]", "[{name: '', unchecked: true}]", "[{unchecked: true}]", "[{name: a, unchecked: 1}]", "[{name: a, more: 1}]", "["+strings.Repeat("a,", 31)+"]", "["+strings.Repeat("a,", 30)+"]"))
			case "absent":
				fields = append(fields, "absent: "+often("absent", "true", "false"))
			}
			if rapid.IntRange(0, 3).Draw(t, "ends") == 2 && !strings.Contains(strings.Join(fields, ""), "absent") {
				fields = append(fields, "until: "+often("until", pick("usual until", "2026-12-31", "'2028-02-29'", "2026-12-31T18:00+09:00", "2026-12-31T18:00:30Z"),
					"2026-02-31", "2026-13-01", "2026-1-1", "2026-12-31T18:00", "2026-12-31 18:00:00", "2026-12-31T24:00Z", "2026-12-31T18:00:00.5Z", "20261231", "tomorrow", "9999-12-31", "1999-12-31", "2999-12-31", "2026-12-31T18:00z", "2026-12-31T18:00+25:00"))
			}
			if rapid.IntRange(0, 9).Draw(t, "extra") == 7 {
				fields = append(fields, pick("field", "until: 2026-12-31", "more: 1", "absent: false", "absent: true", "groups: [x]"))
			}
			slices.Sort(fields)
			fields = slices.CompactFunc(fields, func(a, b string) bool { return strings.Split(a, ":")[0] == strings.Split(b, ":")[0] })
			if rapid.IntRange(0, 19).Draw(t, "drop") == 13 {
				fields = fields[1:]
			}
			return often("rule", "{"+strings.Join(fields, ", ")+"}")
		}
		cluster := func() string {
			return often("cluster", "{region: "+often("region", "KR", "K", "kr", "'K R'")+", others: "+often("others", pick("usual others", "keep", "ignore", "remove"), "drop")+
				", protect: "+often("protect", "[a]", "b", "{role: deployer}", "[{role: x}, a]", name())+", profile: "+often("profile", "p")+"}", "{more: 1}")
		}
		defaults := pick("defaults", "", "", "defaults: "+cluster()+"\n", "defaults: {region: KR, protect: []}\n")
		defaults += pick("timezone", "", "", "", "timezone: UTC\n", "timezone: America/New_York\n", "timezone: Local\n", "timezone: ''\n", "timezone: 9\n", "timezone: ../UTC\n", "timezone: Mars/Olympus\n", "timezone: a b\n")
		text := defaults + fmt.Sprintf("version: %s\nprincipals: %s\nclusters: %s\naccess: %s\n%s", often("version", "1", "2", "'1'"),
			often("principals", "{a: "+often("nrn", pick("usual nrn", nrn, "{user: kim@corp}", "[{role: deployer}, "+nrn+"]"), name(), "["+name()+"]", "x", "["+nrn+"]", "{nrn: "+nrn+"}", "{nrn: x, unchecked: true}", "{nrn: x, unchecked: false}", "{nrn: x}", "{nrn: '', unchecked: true}",
				"{unchecked: true}", "{nrn: x, unchecked: 1}", "[{nrn: x, unchecked: true}, "+nrn+"]", "{nrn: x, unchecked: true, more: 1}", "'nrn:PUB:IAM::5:SubAccount/'",
				"'nrn::Account::5:Customer/static'", "'nrn:XXX:Account::5:Customer/static'", "'nrn:Account:KR:5:Customer/static'", "'nrn:PUB:IAM::5:Group/2b141960-0000-0000-0000-246e9659184c'")+", "+pick("name", "b", "b", "b", "b", "b", "b", "'nrn:b'", "''")+": "+nrn+"}"),
			often("clusters", "{dev: "+cluster()+", prod: "+cluster()+"}"), often("rules", "["+rule()+", "+rule()+"]"),
			pick("more", "", "", "", "", "more: 1\n"))
		mistakes := inSchema(text)
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

// Every character is treated alike in the names of the schema and of package access.
func TestSchemaKnowsEachCharacter(t *testing.T) {
	var document struct{ Definitions map[string]any }
	if err := json.Unmarshal(Schema(), &document); err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	for _, name := range []string{"visible", "namespace"} {
		if err := compiler.AddResource("https://example.com/"+name, map[string]any{
			"$schema": "http://json-schema.org/draft-07/schema#", "definitions": document.Definitions, "$ref": "#/definitions/" + name,
		}); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		schema  *jsonschema.Schema
		problem func(string) string
		forms   []string
	}{
		"group":     {compiler.MustCompile("https://example.com/visible"), access.NameProblem, []string{"%c", "a%c", "%ca", "a%ca", "\u0301 %c"}},
		"namespace": {compiler.MustCompile("https://example.com/namespace"), access.NamespaceProblem, []string{"%c", "a%c", "a%ca", "*%c", "*%ca", "[%c]", "a[%ca]", "%c*"}},
	} {
		for _, r := range characters() {
			for _, form := range test.forms {
				text := fmt.Sprintf(form, r)
				problem := test.problem(text)
				if err := test.schema.Validate(text); (err == nil) != (problem == "") {
					t.Errorf("%s %+q: the schema says %v, package access %q", name, text, err, problem)
				}
			}
		}
	}
}

// characters returns all characters where there are some that cannot be seen, and samples of the rest.
func characters() []rune {
	var all []rune
	for _, block := range [][2]rune{
		{0, 0x400}, {0x600, 0x920}, {0x1100, 0x1180}, {0x1680, 0x1820}, {0x1ff0, 0x2080}, {0x27f0, 0x2810}, {0x2ff0, 0x3010}, {0x1ab0, 0x1b00}, {0x1dc0, 0x1e00}, {0x20d0, 0x2100}, {0x3160, 0x3168},
		{0xfdf0, 0xfe20}, {0xfef0, 0xffff}, {0x110b0, 0x110d0}, {0x13420, 0x13460}, {0x1bc90, 0x1bcb0}, {0x1d150, 0x1d190}, {0xe0000, 0xe1010},
	} {
		for r := block[0]; r <= block[1]; r++ {
			all = append(all, r)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r += 499 {
		if utf8.ValidRune(r) {
			all = append(all, r)
		}
	}
	return all
}
