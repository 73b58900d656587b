// Package contract checks requests against the contract, and writes errors in the form of the
// contract.
package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/api"
)

// document returns the contract. It is read once for all emulators, which do not change it.
var document = sync.OnceValue(func() *openapi3.T {
	doc, err := api.Document()
	if err != nil {
		panic(err) // the document is compiled in, and tested
	}
	return doc
})

// ServerURLs returns the base URLs of the service.
func ServerURLs() []string {
	var urls []string
	for _, server := range document().Servers {
		urls = append(urls, server.URL)
	}
	return urls
}

// Fields returns the names of the fields of a schema.
func Fields(schema string) []string {
	return slices.Collect(maps.Keys(document().Components.Schemas[schema].Value.Properties))
}

// Operation is one operation of the contract.
type Operation struct {
	ID         string
	parameters openapi3.Parameters // in the path
	body       *openapi3.Schema    // nil if there is no body
}

// Operations returns the operations by method and path, such as "GET /clusters/{uuid}".
var Operations = sync.OnceValue(func() map[string]Operation {
	operations := map[string]Operation{}
	for path, item := range document().Paths.Map() {
		for method, operation := range item.Operations() {
			op := Operation{ID: operation.OperationID, parameters: item.Parameters}
			if operation.RequestBody != nil {
				op.body = operation.RequestBody.Value.Content["application/json"].Schema.Value
			}
			operations[method+" "+path] = op
		}
	}
	return operations
})

// OperationIDs returns the IDs of the operations, sorted.
func OperationIDs() []string {
	var ids []string
	for _, operation := range Operations() {
		ids = append(ids, operation.ID)
	}
	slices.Sort(ids)
	return ids
}

// Paths returns the methods of every path, separated by commas and sorted.
func Paths() map[string]string {
	paths := map[string]string{}
	for path, item := range document().Paths.Map() {
		paths[path] = strings.Join(slices.Sorted(maps.Keys(item.Operations())), ", ")
	}
	return paths
}

// PathNotFound returns the error for a path that the contract does not have, with a hint at what
// was meant.
func PathNotFound(path string, bases []string) *Error {
	hint := "Paths begin with the path of a base URL, such as " + bases[0] + "."
	for _, base := range bases {
		if rest, below := strings.CutPrefix(path, base); below {
			hint = "This API is not emulated: the emulator has the operations of the contract only."
			if near := nearest(strings.TrimSuffix(rest, "/")); near != "" {
				hint = "Did you mean " + base + near + "?"
			}
		}
	}
	return GatewayErrorf(http.StatusNotFound, "There is no %s. %s", path, hint)
}

// nearest returns the path of the contract whose fixed segments begin like those of path, or "".
func nearest(path string) string {
	segments := strings.Split(path, "/")
	for template := range Paths() {
		near := strings.Split(template, "/")
		fits := len(near) == len(segments)
		for i := 0; fits && i < len(near); i++ {
			if strings.HasPrefix(near[i], "{") {
				near[i], fits = segments[i], segments[i] != ""
			} else {
				fits = strings.HasPrefix(strings.ToLower(segments[i]), near[i][:min(4, len(near[i]))])
			}
		}
		if fits {
			return strings.Join(near, "/")
		}
	}
	return ""
}
