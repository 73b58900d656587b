// Package api holds the contract: the OpenAPI 3.0.3 document of the access entries of NAVER Cloud's Kubernetes service,
// written by hand, as text and parsed.
//
//	doc, err := api.Document()
//	op := doc.Paths.Find("/clusters/{uuid}/access-entries").Post
//
// It brings an OpenAPI parser with it. A program that only calls the service wants the generated client in gen/nks
// instead, which does not.
package api

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed openapi.yaml
var contract []byte

// YAML returns the contract as it is published, comments and order of fields included.
func YAML() []byte { return bytes.Clone(contract) }

// Document parses the contract, with every reference resolved. Each call returns a document of its own, so the caller may
// change it.
func Document() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(contract)
	if err != nil {
		return nil, fmt.Errorf("parse the contract: %w", err)
	}
	return doc, nil
}
