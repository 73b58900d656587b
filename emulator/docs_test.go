package emulator_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/emulator"
	"github.com/nks-access/nks-access/gen/nks"
)

func TestDocsPage(t *testing.T) {
	e := newTester(t, emulator.Options{})
	e.expect(e.page("/docs"), 200, `value="`+emulator.DemoAccessKey+`"`, `value="`+emulator.DemoSecretKey+`"`, "The string to sign, in UTF-8, is")
	e.expect(e.admin("GET", "/docs/", "", "", nil), 301)
	e.expect(e.admin("GET", "/docs/nothing", "", "", nil), 404)

	// Swagger UI is served as it is embedded.
	a := e.admin("GET", "/docs/swagger-ui-bundle.js", "", "", func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip") })
	if e.expect(a, 200); a.header.Get("Content-Encoding") != "gzip" || strings.Contains(a.body, "SwaggerUIBundle") {
		t.Errorf("the encoding is %q", a.header.Get("Content-Encoding"))
	}
	e.expect(e.page("/docs/swagger-ui-bundle.js"), 200, "SwaggerUIBundle")

	none := newTester(t, emulator.Options{Keys: []emulator.Key{}, Clusters: []nks.Cluster{}})
	none.expect(none.page("/docs"), 200, `value=""`)
	none.expect(none.page("/"), 200)
}

// A tool that reads the contract here must not call the service.
func TestContractNamesTheEmulatorFirst(t *testing.T) {
	e := newTester(t, emulator.Options{})
	for _, path := range []string{"/openapi.yaml", "/openapi.json"} {
		contract := e.page(path)
		e.expect(contract, 200)
		doc, err := openapi3.NewLoader().LoadFromData([]byte(contract.body))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if first := doc.Servers[0].URL; first != e.server.URL+"/vnks/v2" {
			t.Errorf("%s: the first server is %q, not the emulator at %s", path, first, e.server.URL)
		}
		if len(doc.Servers) != 7 {
			t.Errorf("%s: there are %d servers, not the emulator and 6 of the service", path, len(doc.Servers))
		}
	}
}
