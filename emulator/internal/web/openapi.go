package web

import (
	"bytes"
	"encoding/json"
	"net/http"

	"github.com/nks-access/nks-access/api"
)

// getContractYAML serves the contract.
func (s *Site) getContractYAML(w http.ResponseWriter, r *http.Request) {
	list := []byte("\nservers:\n")
	first := "  - " + s.server(r) + "\n" // JSON is also YAML
	w.Header().Set("Content-Type", "application/yaml")
	_, _ = w.Write(bytes.Replace(api.YAML(), list, append(list, first...), 1))
}

// getContractJSON serves the contract as JSON.
func (s *Site) getContractJSON(w http.ResponseWriter, r *http.Request) {
	contract, err := api.JSON()
	list := []byte(`"servers": [`)
	first := s.server(r) + ","
	s.writeJSON(w, r, json.RawMessage(bytes.Replace(contract, list, append(list, first...), 1)), err)
}

// server returns this emulator as a server of the contract, in JSON. It comes first, so that a tool
// that reads the contract here does not call the service.
func (s *Site) server(r *http.Request) string {
	server := map[string]string{"url": origin(r) + s.BasePaths[0], "description": "This emulator"}
	data, err := json.Marshal(server)
	if err != nil {
		panic(err) // strings always have JSON
	}
	return string(data)
}
