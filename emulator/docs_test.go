package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

// The contract that the API page reads is valid, and has no server but the emulator.
func TestDocsContract(t *testing.T) {
	const cluster = "1111b31f-f1ac-4eda-8b2c-08fe4a9e1111"
	e := newTester(t, emulator.Options{Clusters: []nks.Cluster{{UUID: cluster, Name: "other", AuthType: "API"}}})
	doc, err := openapi3.NewLoader().LoadFromData([]byte(e.page("/docs/openapi.json").body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	var servers []string
	for _, server := range doc.Servers {
		servers = append(servers, server.URL)
	}
	if got, want := strings.Join(servers, " "), strings.Join(emulator.BasePaths, " "); got != want {
		t.Errorf("servers are %s, want %s", got, want)
	}
	if example := doc.Components.Parameters["ClusterUUID"].Value.Example; example != cluster {
		t.Errorf("the example of a cluster is %v", example)
	}
	if doc.Paths.Find("/clusters").Get.Responses.Value("200") == nil {
		t.Error("listing clusters has no answer 200")
	}
}

func TestDocsPage(t *testing.T) {
	e := newTester(t, emulator.Options{})
	e.expect(e.page("/docs"), 200, `value="`+emulator.DemoAccessKey+`"`, `value="`+emulator.DemoSecretKey+`"`, "The string to sign, in UTF-8, is")
	e.expect(e.admin("GET", "/docs/", "", "", nil), 301)
	e.expect(e.admin("GET", "/docs/nothing", "", "", nil), 404)

	// Swagger UI is embedded compressed; a client that takes no gzip gets it all the same.
	a := e.admin("GET", "/docs/swagger-ui-bundle.js", "", "", func(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") })
	if e.expect(a, 200, "SwaggerUIBundle"); a.header.Get("Content-Encoding") != "" {
		t.Errorf("the encoding is %s", a.header.Get("Content-Encoding"))
	}
	a = e.admin("GET", "/docs/swagger-ui-bundle.js", "", "", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
	if e.expect(a, 200); a.header.Get("Content-Encoding") != "gzip" || strings.Contains(a.body, "SwaggerUIBundle") {
		t.Errorf("the encoding is %q", a.header.Get("Content-Encoding"))
	}

	none := newTester(t, emulator.Options{Keys: []emulator.Key{}, Clusters: []nks.Cluster{}})
	none.expect(none.page("/docs"), 200, `value=""`)
	none.expect(none.page("/docs/openapi.json"), 200)
	none.expect(none.page("/"), 200)
}
