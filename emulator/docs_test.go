package emulator_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"

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

// The documentation has the table of faults.
func TestDocumentedFaults(t *testing.T) {
	document, err := os.ReadFile("../docs/emulator.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(document), "| fault | example | what it does |\n|---|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var want []string
	for _, kind := range emulator.FaultKinds() {
		want = append(want, fmt.Sprintf("| `%s` | `%s` | %s |", kind.Name, kind.Example, kind.Usage))
	}
	if diff := cmp.Diff(strings.Join(want, "\n"), table); diff != "" {
		t.Errorf("docs/emulator.md has another table (- want, + got):\n%s", diff)
	}
}

func TestFaultKinds(t *testing.T) {
	for _, kind := range emulator.FaultKinds() {
		var faults emulator.Faults
		if err := faults.Set(kind.Name, kind.Example); err != nil || faults == (emulator.Faults{}) {
			t.Errorf("%s: the example %s gives %+v, %v", kind.Name, kind.Example, faults, err)
		}
		if err := faults.Set(kind.Name, faults.Get(kind.Name)); err != nil || faults.Get(kind.Name) == "" {
			t.Errorf("%s: it is shown as %q, %v", kind.Name, faults.Get(kind.Name), err)
		}
		for _, off := range []string{"", "0", " 0 "} {
			changed := faults
			if err := changed.Set(kind.Name, off); err != nil || changed != (emulator.Faults{}) {
				t.Errorf("%s: %q gives %+v, %v", kind.Name, off, changed, err)
			}
		}
		for _, only := range kind.Values() {
			if err := faults.Set(kind.Name, only); err != nil || faults.Get(kind.Name) != only {
				t.Errorf("%s: %s is shown as %q, %v", kind.Name, only, faults.Get(kind.Name), err)
			}
		}
		if err, want := faults.Set(kind.Name, "nonsense"), kind.Name+": want "+kind.Want(); err == nil || err.Error() != want {
			t.Errorf("%s: a wrong value is %v, want %s", kind.Name, err, want)
		}
		if kind.Label == "" || kind.Usage == "" || strings.HasSuffix(kind.Usage, ".") {
			t.Errorf("%s has the words %q, %q", kind.Name, kind.Label, kind.Usage)
		}
	}
}
