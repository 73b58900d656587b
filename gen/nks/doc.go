// Package nks is the client of the access entries of NAVER Cloud's Kubernetes service, generated
// from api/openapi.yaml.
//
// Give it a base URL, a signer (package signer), and an HTTP client that follows no redirects,
// because Go would send the signature along:
//
//	sign := signer.New(signer.Static(accessKey, secretKey))
//	client, err := nks.NewClientWithResponses(nks.ServerURLKR,
//		nks.WithRequestEditorFn(sign.Sign),
//		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
//
// Each FooWithResponse method decodes the response: JSON2XX is set on success (no source names the
// exact status), JSONDefault on an error. Both are nil if the response has no JSON content type;
// StatusCode and Body hold what came. If a response has a JSON content type and no valid JSON body,
// the method returns an error without the status. To see the status in that case, call Foo and read
// the body yourself, or use package access.
//
// UpdateAccessEntryRequest sends an empty list, which clears it, and leaves out a nil list.
package nks

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen --config oapi-codegen.yaml ../../api/openapi.yaml
