package speccheck

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// observations are what the responses of a check have shown, in words for the report.
type observations struct {
	contract    *openapi3.T
	fieldNames  map[string]bool          // all that the contract has
	exchanges   map[Exchange]int         // by operation and status
	differences map[Difference]int       // by what differs
	notes       map[topic]map[string]int // what answers a question
}

func newObservations(doc *openapi3.T) *observations {
	seen := &observations{
		contract:    doc,
		fieldNames:  map[string]bool{},
		exchanges:   map[Exchange]int{},
		differences: map[Difference]int{},
		notes:       map[topic]map[string]int{},
	}
	for _, schema := range doc.Components.Schemas {
		for name := range schema.Value.Properties {
			seen.fieldNames[name] = true
		}
	}
	return seen
}

// note notes what answers a question.
func (o *observations) note(about topic, format string, args ...any) {
	if o.notes[about] == nil {
		o.notes[about] = map[string]int{}
	}
	o.notes[about][fmt.Sprintf(format, args...)]++
}

// observe compares a response with the contract, and notes what it answers.
func (o *observations) observe(contract map[string]operation, x *exchange) {
	found := o.compare(contract[x.operation], x)
	for _, difference := range found {
		o.differences[difference]++
	}
	o.exchanges[Exchange{Operation: x.operation, Status: x.status, Fits: len(found) == 0}]++
	o.noteHeaders(x)
	if x.isSuccess() {
		o.noteSuccess(x)
		return
	}
	o.noteError(x)
}

// compare compares the status, the headers and the body of a response with the contract.
func (o *observations) compare(op operation, x *exchange) []Difference {
	var found []Difference
	differ := func(where, what string) {
		found = append(found, Difference{Operation: x.operation, Status: x.status, Where: where, What: what})
	}
	described := op.Responses.Status(x.status)
	if described == nil {
		differ("status", fmt.Sprintf("is %d; the contract has %s", x.status, statusesOf(op)))
		described = op.Responses.Status(fallbackStatus(x))
	}
	media := described.Value.Content.Get("application/json")
	if media == nil {
		if x.form != formEmpty {
			differ("body", "is "+string(x.form)+"; the contract has none")
		}
		return found
	}
	if x.form == formEmpty {
		differ("body", "is empty; the contract has JSON")
		return found
	}
	if got := mediaWord(x.header.Get("Content-Type")); got != "application/json" {
		differ("header Content-Type", "is "+got+"; the contract has application/json")
	}
	if x.form != formJSON {
		differ("body", "is "+string(x.form)+"; the contract has JSON")
		return found
	}
	err := media.Schema.Value.VisitJSON(x.value, openapi3.MultiErrors(), openapi3.VisitAsResponse())
	for _, broken := range schemaErrors(err) {
		differ(o.place(broken.JSONPointer()), whatIsWrong(broken))
	}
	return found
}

// fallbackStatus is the status whose description holds for a response with a status that the contract
// does not have.
func fallbackStatus(x *exchange) int {
	if x.isSuccess() {
		return http.StatusOK
	}
	return http.StatusBadRequest
}

func statusesOf(op operation) string {
	return strings.Join(slices.Sorted(maps.Keys(op.Responses.Map())), ", ")
}

// schemaErrors returns the errors of fields that err consists of.
func schemaErrors(err error) []*openapi3.SchemaError {
	var several openapi3.MultiError
	if errors.As(err, &several) {
		var all []*openapi3.SchemaError
		for _, one := range several {
			all = append(all, schemaErrors(one)...)
		}
		return all
	}
	var one *openapi3.SchemaError
	if errors.As(err, &one) {
		return []*openapi3.SchemaError{one}
	}
	return nil
}

// place returns the place of a value in a body, such as "body accessEntries[].groups".
func (o *observations) place(pointer []string) string {
	place := "body "
	for _, part := range pointer {
		if _, err := strconv.Atoi(part); err == nil {
			place += "[]"
			continue
		}
		if !o.fieldNames[part] {
			part = "…"
		}
		if !strings.HasSuffix(place, " ") {
			place += "."
		}
		place += part
	}
	return strings.TrimSpace(place)
}

// whatIsWrong says why a value does not fit, without the value.
func whatIsWrong(broken *openapi3.SchemaError) string {
	if broken.SchemaField == "required" {
		return "is absent; the contract requires it"
	}
	want := "a value of another form"
	if types := broken.Schema.Type; types != nil && len(types.Slice()) > 0 {
		want = "the type " + types.Slice()[0]
	}
	return "is " + kindOf(broken.Value) + "; the contract has " + want
}

var requestIDPattern = regexp.MustCompile(`(?i)request-?_?id|trace-?_?id|correlation-?_?id`)

func (o *observations) noteHeaders(x *exchange) {
	kind := "errors"
	if x.isSuccess() {
		kind = "successes"
		o.note(topicSuccess, "%s: %d", x.operation, x.status)
	}
	found := false
	for name := range x.header {
		if requestIDPattern.MatchString(name) {
			found = true
			o.note(topicRequestID, "%s on %s", headerWord(name), kind)
		}
	}
	if !found {
		o.note(topicRequestID, "none on %s", kind)
	}
}

func (o *observations) noteSuccess(x *exchange) {
	body, _ := x.value.(map[string]any)
	switch x.operation {
	case "listClusters":
		for _, value := range listOf(x.value, "clusters") {
			o.noteFields("Cluster", value)
		}
		o.noteFields("ClusterList", x.value)
	case "getCluster":
		o.noteFields("Cluster", body["cluster"])
		o.noteFields("ClusterResult", x.value)
	case "listAccessEntries":
		for _, value := range listOf(x.value, "accessEntries") {
			o.noteEntry(x, value)
		}
		o.noteFields("AccessEntryList", x.value)
	case "getAccessEntry":
		o.noteEntry(x, body["accessEntry"])
		o.noteFields("AccessEntryResult", x.value)
	default:
		o.noteChange(x)
	}
}

// noteFields notes the fields of an object that its schema does not have.
func (o *observations) noteFields(schema string, value any) {
	object, _ := value.(map[string]any)
	for name := range object {
		if o.contract.Components.Schemas[schema].Value.Properties[name] == nil {
			o.note(topicFields, "%s: %s", schema, fieldWord(name))
		}
	}
}

func (o *observations) noteEntry(x *exchange, value any) {
	entry, isObject := value.(map[string]any)
	if !isObject {
		return
	}
	o.noteFields("AccessEntry", value)
	for _, field := range []string{"groups", "policies"} {
		if how := emptiness(entry, field); how != "" {
			o.note(topicEmpty, "%s: %s", field, how)
		}
	}
	o.note(topicUsername, "%s", usernameWord(entry))
	of := kindOfField(entry, "clusterUuid")
	if text, isText := entry["clusterUuid"].(string); isText {
		of = uuidWord(text, parameters{"uuid": x.values["uuid"]})
	}
	o.note(topicClusterUUID, "%s: %s", x.operation, of)
	for _, policy := range listOf(value, "policies") {
		o.notePolicy(policy)
	}
}

func (o *observations) notePolicy(value any) {
	policy, isObject := value.(map[string]any)
	if !isObject {
		return
	}
	o.noteFields("AttachedPolicy", value)
	scope, _ := policy["scope"].(string)
	o.note(topicScopes, "%s", scopeWord(scope))
	if how := emptiness(policy, "namespaces"); how != "" {
		o.note(topicEmpty, "namespaces of a policy: %s", how)
	}
	policyType, _ := policy["type"].(string)
	known := o.contract.Components.Schemas["PolicyType"].Value.Enum
	if !slices.Contains(known, any(policyType)) {
		o.note(topicPolicyTypes, "%s", policyWord(policyType))
	}
}

// noteChange notes what the response to a change holds.
func (o *observations) noteChange(x *exchange) {
	body, isObject := x.value.(map[string]any)
	if !isObject {
		o.note(topicChange, "%s: %s", x.operation, x.form)
		return
	}
	o.noteFields("ChangeResult", x.value)
	text, isText := body["uuid"].(string)
	if !isText {
		o.note(topicChange, "%s: uuid is %s", x.operation, kindOfField(body, "uuid"))
		return
	}
	o.note(topicChange, "%s: uuid is %s", x.operation, uuidWord(text, x.values))
}

func (o *observations) noteError(x *exchange) {
	if x.form != formJSON {
		o.note(topicErrors, "%d: %s", x.status, x.form)
		return
	}
	body, _ := x.value.(map[string]any)
	o.noteFields("ErrorResponse", x.value)
	failure, isObject := body["error"].(map[string]any)
	if !isObject {
		o.note(topicErrors, "%d: JSON without an object error", x.status)
		return
	}
	o.noteFields("ErrorInfo", failure)
	o.note(topicErrors, "%d: errorCode is %s, details is %s, timestamp is %s", x.status,
		codeWord(failure), kindOfField(failure, "details"), kindOfField(body, "timestamp"))
}
