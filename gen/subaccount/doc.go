// Package subaccount is a client of the part of NAVER Cloud's Sub Account API that turns names into
// NRNs, generated from api/subaccount.yaml. All its calls only read.
//
// Give it a base URL, a signer (package signer), and an HTTP client that follows no redirects,
// because Go would send the signature along:
//
//	sign := signer.New(signer.Static(accessKey, secretKey))
//	client, err := subaccount.NewClientWithResponses(subaccount.ServerURLPublic,
//		subaccount.WithRequestEditorFn(sign.Sign),
//		subaccount.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
//
// Each FooWithResponse method decodes the response: JSON2XX is set on success (no source names the
// exact status), JSONDefault on an error. Both are nil if the response has no JSON content type;
// StatusCode and Body hold what came. Body holds all that the service sent, also personal data that
// the types leave out: do not log it.
//
// Package directory reads all pages, compares names, and retries.
package subaccount

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen --config oapi-codegen.yaml ../../api/subaccount.yaml
