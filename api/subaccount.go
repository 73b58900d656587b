package api

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/getkin/kin-openapi/openapi3"
)

//go:embed subaccount.yaml
var subAccountContract []byte

// SubAccountYAML returns the text of api/subaccount.yaml, the contract of the names of IAM
// principals.
func SubAccountYAML() []byte { return bytes.Clone(subAccountContract) }

// SubAccountDocument returns the parsed contract of the names of IAM principals, with every reference
// resolved. Each call returns a new document, so the caller may change it. It returns an error only if
// the embedded contract is malformed.
func SubAccountDocument() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(subAccountContract)
	if err != nil {
		return nil, fmt.Errorf("parse the contract of names: %w", err)
	}
	return doc, nil
}
