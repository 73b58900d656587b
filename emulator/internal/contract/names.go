package contract

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/api"
)

// nameDocument is the contract of the names of IAM principals. It is read once for all emulators,
// which do not change it.
var nameDocument = sync.OnceValue(func() *openapi3.T {
	doc, err := api.SubAccountDocument()
	if err != nil {
		panic(err) // the document is compiled in, and tested
	}
	return doc
})

// NameOperation is an operation of the contract of names. All of them are GET requests.
type NameOperation struct {
	ID         string
	Path       string
	parameters openapi3.Parameters
}

// NameOperations returns the operations of the contract of names, sorted by path.
var NameOperations = sync.OnceValue(func() []NameOperation {
	var operations []NameOperation
	for _, path := range slices.Sorted(maps.Keys(nameDocument().Paths.Map())) {
		item := nameDocument().Paths.Value(path)
		parameters := append(slices.Clone(item.Parameters), item.Get.Parameters...)
		operations = append(operations, NameOperation{item.Get.OperationID, path, parameters})
	}
	return operations
})

// NameOperationIDs returns the IDs of the operations of the contract of names, sorted by path.
func NameOperationIDs() []string {
	var ids []string
	for _, operation := range NameOperations() {
		ids = append(ids, operation.ID)
	}
	return ids
}

// Check returns an error if a request breaks the contract.
func (o NameOperation) Check(r *http.Request) error {
	var found violations
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return NameErrorf(http.StatusBadRequest, http.StatusBadRequest, "The query is malformed.")
	}
	for _, parameter := range o.parameters {
		name := parameter.Value.Name
		if parameter.Value.In == openapi3.ParameterInPath {
			found.check(name, parameter.Value.Schema.Value, r.PathValue(name))
			continue
		}
		values := query[name]
		if len(values) > 1 {
			found.add(name, "duplicate", "is in the query more than once")
		} else if len(values) == 1 {
			found.check(name, parameter.Value.Schema.Value, typed(parameter.Value.Schema.Value, values[0]))
		}
	}
	if len(found) == 0 {
		return nil
	}
	var words []string
	for _, v := range found {
		words = append(words, v.words)
	}
	return NameErrorf(http.StatusBadRequest, http.StatusBadRequest, "%s.", strings.Join(words, "; "))
}

// typed returns the text of a query parameter as a value of the type of its schema, or as it is if it
// is none.
func typed(schema *openapi3.Schema, text string) any {
	if number, err := strconv.ParseInt(text, 10, 32); err == nil && schema.Type.Is("integer") {
		return float64(number)
	}
	if truth, err := strconv.ParseBool(text); err == nil && schema.Type.Is("boolean") {
		return truth
	}
	return text
}

// NameErrorf returns an error of the Sub Account API. It has code and message at the top level.
func NameErrorf(status, code int, format string, args ...any) *Error {
	return &Error{status: status, flat: true, Code: code, Message: fmt.Sprintf(format, args...)}
}

// PermissionDenied returns the refusal of a key that may not read names. The gateway refuses with
// 401, the service with 403.
func PermissionDenied(status int) *Error {
	if status == http.StatusUnauthorized {
		return &Error{status: status, Code: "210", Message: "Permission Denied"}
	}
	return NameErrorf(http.StatusForbidden, http.StatusForbidden, "Forbidden")
}
