package emulator

import (
	"encoding/json"
	"io"
	"net/http"
)

// otherOperations are the IDs of operations that the contract does not have.
var otherOperations = []string{"getOidc", "getIpAcl", "getRegionList"}

// routeOthers registers what the contract does not have and the provider's Terraform provider reads:
// of a cluster its OIDC and its IP ACL, and the regions. Sources: the provider's Go SDK and its
// Terraform provider.
func (e *Emulator) routeOthers() {
	for _, base := range BasePaths() {
		e.routeRead(base+"/clusters/{uuid}/oidc", "getOidc", map[string]any{"status": false})
		e.routeRead(base+"/clusters/{uuid}/ip-acl", "getIpAcl", map[string]any{"defaultAction": "allow", "entries": []any{}})
	}
	const regions = "POST /vserver/v2/getRegionList"
	e.operations[regions] = "getRegionList"
	e.mux.HandleFunc(regions, e.other("getRegionList", func(w http.ResponseWriter, _ *http.Request) error {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, regionList) // the exchange keeps it
		return nil
	}))
}

// regionList is the list of regions. The SDK needs the space after the colon, and no line break at
// the end.
const regionList = `{"getRegionListResponse": {"returnCode":"0","returnMessage":"success","totalRows":3,"regionList":[` +
	`{"regionCode":"KR","regionName":"Korea"},{"regionCode":"SGN","regionName":"Singapore"},` +
	`{"regionCode":"JPN","regionName":"Japan"}]}}`

// routeRead registers a read of something that a cluster always has alike.
func (e *Emulator) routeRead(path, operation string, body any) {
	e.operations["GET "+path] = operation
	e.mux.HandleFunc("GET "+path, e.other(operation, func(w http.ResponseWriter, r *http.Request) error {
		if _, err := e.cluster(r.PathValue("uuid")); err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(body) // the exchange keeps it
		return nil
	}))
}

// other returns the handler of an operation that the contract does not have.
func (e *Emulator) other(operation string, respond func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		err := e.permit(w.(*exchange), operation) // serveAPI passes no other
		if err == nil {
			err = respond(w, r)
		}
		if err != nil {
			e.writeError(w, r, err)
		}
	}
}
