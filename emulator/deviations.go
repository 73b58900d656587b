package emulator

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// unknownField is the field that the fault unknown adds to every object of a response.
const unknownField = "emulatorField"

// deviate changes a response to one that the service may send, too: the docs leave it open, or other
// sources say so.
func (e *Emulator) deviate(x *exchange) {
	faults := x.faults
	if faults.RequestID && !x.fromGateway {
		x.Header().Set("X-Ncp-Request-Id", e.random.uuid())
	}
	if x.status >= 400 {
		x.deviateError(faults.Errors)
		return
	}
	x.deviateSuccess(faults)
}

// deviateError changes the form of an error.
func (x *exchange) deviateError(form string) {
	switch form {
	case "xml":
		x.replaceBody("application/xml", xmlError(x.body.Bytes()))
	case "html":
		status := fmt.Sprintf("%d %s", x.status, http.StatusText(x.status))
		page := "<html>\n<head><title>" + status + "</title></head>\n<body>\n<center><h1>" + status +
			"</h1></center>\n<hr><center>proxy</center>\n</body>\n</html>\n"
		x.replaceBody("text/html", page)
	case "empty":
		x.removeBody()
	}
}

// xmlError returns an error in XML. No source shows its form.
func xmlError(body []byte) string {
	var response struct {
		Error struct {
			Code    any    `json:"errorCode"`
			Message string `json:"message"`
			Details any    `json:"details"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &response) // the emulator has written it
	details := ""
	if text, ok := response.Error.Details.(string); ok {
		details = text
	}
	var page bytes.Buffer
	page.WriteString(xml.Header + "<error>")
	for _, element := range []struct{ name, text string }{
		{"errorCode", fmt.Sprint(response.Error.Code)}, {"message", response.Error.Message}, {"details", details},
	} {
		page.WriteString("<" + element.name + ">")
		_ = xml.EscapeText(&page, []byte(element.text)) // a buffer takes everything
		page.WriteString("</" + element.name + ">")
	}
	page.WriteString("</error>\n")
	return page.String()
}

// deviateSuccess changes status and body of a success.
func (x *exchange) deviateSuccess(faults Faults) {
	if x.log.Operation == "createAccessEntry" && faults.Create != 0 {
		x.status = faults.Create
		if x.status == http.StatusNoContent {
			x.removeBody()
			return
		}
	}
	if x.log.Operation == "deleteAccessEntry" && faults.Delete != "" {
		if faults.Delete == "204" {
			x.status = http.StatusNoContent
		}
		x.removeBody()
		return
	}
	if faults.Lists != "" || faults.Unknown || faults.LowerScopes {
		x.reshapeBody(faults)
	}
}

// reshapeBody changes the lists, names and scopes in a body of JSON.
func (x *exchange) reshapeBody(faults Faults) {
	decoder := json.NewDecoder(bytes.NewReader(x.body.Bytes()))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return // no JSON
	}
	reshape(value, faults)
	data, _ := json.Marshal(value) // it was JSON
	x.replaceBody("application/json", string(data)+"\n")
}

// listFields are the lists that an object of the API has, by a field that tells the object.
var listFields = map[string][]string{
	"entry":         {"groups", "policies"},
	"scope":         {"namespaces"},
	"accessEntries": {"accessEntries"},
	"clusters":      {"clusters"},
}

// reshape changes a value and what is in it.
func reshape(value any, faults Faults) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			reshape(item, faults)
		}
	case map[string]any:
		for _, child := range value {
			reshape(child, faults)
		}
		reshapeObject(value, faults)
	}
}

func reshapeObject(object map[string]any, faults Faults) {
	if scope, ok := object["scope"].(string); ok && faults.LowerScopes {
		object["scope"] = strings.ToLower(scope)
	}
	if faults.Lists != "" {
		reshapeLists(object, faults.Lists)
	}
	if faults.Unknown {
		object[unknownField] = map[string]any{"since": "a later version"}
	}
}

// reshapeLists makes empty lists null or absent.
func reshapeLists(object map[string]any, form string) {
	for marker, names := range listFields {
		if _, marked := object[marker]; !marked {
			continue
		}
		for _, name := range names {
			list, _ := object[name].([]any)
			if len(list) > 0 {
				continue
			}
			delete(object, name)
			if form == "null" {
				object[name] = nil
			}
		}
	}
}
