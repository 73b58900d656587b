// Package contract checks requests against the contract, and writes errors in the form of the
// contract.
package contract

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode"

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

// Schema returns a schema of the contract by its name.
func Schema(name string) *openapi3.Schema { return document().Components.Schemas[name].Value }

// Fields returns the names of the fields of a schema.
func Fields(schema string) []string { return slices.Collect(maps.Keys(Schema(schema).Properties)) }

// Operation is one operation of the contract.
type Operation struct {
	ID         string
	parameters map[string]*openapi3.Schema // in the path
	body       *openapi3.Schema            // nil if there is no body
}

// Operations returns the operations by method and path, such as "GET /clusters/{uuid}".
var Operations = sync.OnceValue(func() map[string]Operation {
	operations := map[string]Operation{}
	for path, item := range document().Paths.Map() {
		parameters := map[string]*openapi3.Schema{}
		for _, parameter := range item.Parameters {
			parameters[parameter.Value.Name] = parameter.Value.Schema.Value
		}
		for method, operation := range item.Operations() {
			op := Operation{ID: operation.OperationID, parameters: parameters}
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
		var methods []string
		for method := range item.Operations() {
			methods = append(methods, method)
		}
		slices.Sort(methods)
		paths[path] = strings.Join(methods, ", ")
	}
	return paths
}

// MethodNotAllowed returns the error for a method that the path of r does not have.
func MethodNotAllowed(r *http.Request, allow string) error {
	return serviceErrorf(http.StatusMethodNotAllowed, "Method Not Allowed", "%s takes %s, not %s.", r.URL.EscapedPath(), allow, r.Method)
}

// PathNotFound returns the error for a path that the contract does not have, with a hint at what
// was meant.
func PathNotFound(path string, bases []string) error {
	hint := "Paths begin with the path of a base URL, such as " + bases[0] + "."
	i := slices.IndexFunc(bases, func(base string) bool { return path == base || strings.HasPrefix(path, base+"/") })
	if strings.HasSuffix(path, "/") {
		hint = "Paths do not end with a slash."
	} else if i >= 0 {
		rest := strings.TrimPrefix(path, bases[i])
		hint = "This API is not emulated: the emulator has the operations of the contract only."
		if near, ok := nearest(rest); ok {
			hint = "Did you mean " + bases[i] + near + "?"
		}
	}
	return gatewayErrorf(http.StatusNotFound, "300", "Not Found Exception", "There is no %s. %s", path, hint)
}

// nearest returns the path of the contract whose fixed segments are spelled like those of path.
func nearest(path string) (near string, ok bool) {
	segments := strings.Split(path, "/")
	for template := range Paths() {
		want := strings.Split(template, "/")
		if len(want) != len(segments) {
			continue
		}
		matches := true
		for i, segment := range want {
			if strings.HasPrefix(segment, "{") {
				want[i] = segments[i]
			} else {
				matches = matches && alike(segment, segments[i])
			}
		}
		if matches {
			return strings.Join(want, "/"), true
		}
	}
	return "", false
}

// alike reports whether two segments begin with the same letters, case and punctuation aside.
func alike(a, b string) bool {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if !unicode.IsLetter(r) {
				return -1
			}
			return unicode.ToLower(r)
		}, s)
	}
	a, b = letters(a), letters(b)
	return a == b || len(a) > 5 && len(b) > 5 && a[:6] == b[:6]
}
