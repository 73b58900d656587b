// Package api holds the contract: the OpenAPI 3.0.3 document of the access entries of NAVER Cloud's
// Kubernetes service.
//
//	doc, err := api.Document()
//	op := doc.Paths.Find("/clusters/{uuid}/access-entries").Post
//
// It imports an OpenAPI parser. A program that only calls the service should import the generated
// client in gen/nks, which does not.
package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/nks-access/nks-access/internal/yamlfile"
)

//go:embed openapi.yaml
var contract []byte

// YAML returns the text of api/openapi.yaml.
func YAML() []byte { return bytes.Clone(contract) }

// JSON returns the contract as indented JSON, with the fields in their order. It returns an error
// only if the embedded contract is malformed.
func JSON() ([]byte, error) {
	root, err := yamlfile.Parse("openapi.yaml", contract)
	if err != nil {
		return nil, err
	}
	compact, err := yamlfile.JSON(root)
	if err != nil {
		return nil, err
	}
	var indented bytes.Buffer
	err = json.Indent(&indented, compact, "", "  ")
	return indented.Bytes(), err
}

// Document returns the parsed contract, with every reference resolved. Each call returns a new
// document, so the caller may change it. It returns an error only if the embedded contract is malformed.
func Document() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		return nil, fmt.Errorf("parse the contract: %w", err)
	}
	return doc, nil
}
