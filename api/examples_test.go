package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

// object is an object of an example.
type object = map[string]any

// exampleObjects returns the objects in the examples of schemas and of all 200 responses, with their places, such as
// "listClusters demo".
func exampleObjects(doc *openapi3.T) map[string][]object {
	objects := map[string][]object{}
	for name, schema := range doc.Components.Schemas {
		objects["schema "+name] = objectsIn(schema.Value.Example)
	}
	for id, op := range operations(doc) {
		for name, example := range op.Responses.Value("200").Value.Content.Get("application/json").Examples {
			objects[id+" "+name] = objectsIn(example.Value.Value)
		}
	}
	return objects
}

// objectsIn returns a value and the values in it, as far as they are objects.
func objectsIn(value any) []object {
	var found []object
	switch value := value.(type) {
	case object:
		found = append(found, value)
		for _, field := range value {
			found = append(found, objectsIn(field)...)
		}
	case []any:
		for _, item := range value {
			found = append(found, objectsIn(item)...)
		}
	}
	return found
}

// collect returns the objects that have two fields, by the first of them. Objects with the same ID must be the same.
func collect(t *testing.T, doc *openapi3.T, id, field string) map[string]object {
	t.Helper()
	byID := map[string]object{}
	for place, objects := range exampleObjects(doc) {
		for _, found := range objects {
			key, isString := found[id].(string)
			if !isString || found[field] == nil {
				continue
			}
			if diff := cmp.Diff(byID[key], found); byID[key] != nil && diff != "" {
				t.Errorf("%s: %s is another one elsewhere:\n%s", place, key, diff)
			}
			byID[key] = found
		}
	}
	if len(byID) == 0 {
		t.Fatalf("no example has %s and %s", id, field)
	}
	return byID
}

// Who tries one operation after the other, on a mock server or in a reference, meets the same clusters and entries.
func TestExamplesAreOfTheSameClustersAndEntries(t *testing.T) {
	doc := document(t)
	collect(t, doc, "uuid", "name")
	entries := collect(t, doc, "uuid", "entry")

	byPrincipal := map[string]object{}
	for uuid, entry := range entries {
		principal := fmt.Sprint(entry["entry"])
		if byPrincipal[principal] != nil {
			t.Errorf("%s has two entries", principal)
		}
		byPrincipal[principal] = entry
		if !hasEntry(doc, uuid) {
			t.Errorf("entry %s is in no list", uuid)
		}
	}
	creates := operations(doc)["createAccessEntry"].RequestBody.Value.Content.Get("application/json").Examples
	for name, example := range creates {
		body := example.Value.Value.(object)
		entry := byPrincipal[body["entry"].(string)]
		if diff := cmp.Diff(grants(t, body), grants(t, entry)); diff != "" {
			t.Errorf("create %s: the entry is another one:\n%s", name, diff)
		}
	}
}

// hasEntry reports whether the example of a list has an entry.
func hasEntry(doc *openapi3.T, uuid string) bool {
	for place, objects := range exampleObjects(doc) {
		for _, found := range objects {
			if strings.HasPrefix(place, "listAccessEntries ") && found["uuid"] == uuid {
				return true
			}
		}
	}
	return false
}

// grants returns the groups and policies of an object. Responses may spell scopes in another way than requests.
func grants(t *testing.T, of object) string {
	t.Helper()
	text, err := json.Marshal([]any{of["groups"], of["policies"]})
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`"Cluster"`, `"cluster"`, `"Namespace"`, `"namespace"`).Replace(string(text))
}

// A response about one object has more fields than a list. Those of both are the same.
func TestExamplesOfNamesAreOfTheSamePeople(t *testing.T) {
	byID := map[string]object{}
	for place, objects := range exampleObjects(subAccountDocument(t)) {
		for _, found := range objects {
			id := found["subAccountId"]
			if found["groupId"] != nil {
				id = found["groupId"]
			}
			if found["roleNo"] != nil {
				id = found["roleNo"]
			}
			if id == nil {
				continue // a page
			}
			known := byID[fmt.Sprint(id)]
			for field, value := range found {
				if diff := cmp.Diff(known[field], value); known[field] != nil && diff != "" {
					t.Errorf("%s: %s of %s is another one elsewhere:\n%s", place, field, id, diff)
				}
			}
			merged := maps.Clone(found)
			maps.Copy(merged, known)
			byID[fmt.Sprint(id)] = merged
		}
	}
	if len(byID) == 0 {
		t.Fatal("no example has an ID")
	}
}
