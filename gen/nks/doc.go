// Package nks is the client of the access entries of NAVER Cloud's Kubernetes service, generated from api/openapi.yaml.
//
// It sends what the contract says and decodes what comes back. Give it a base URL, a way to sign (package signer), and a
// client that does not follow redirects, because Go would send the signature along:
//
//	sign := signer.New(signer.Static(accessKey, secretKey))
//	client, err := nks.NewClientWithResponses(nks.ServerURLKR,
//		nks.WithRequestEditorFn(sign.Sign),
//		nks.WithHTTPClient(&http.Client{CheckRedirect: signer.NoRedirect, Timeout: 30 * time.Second}))
//
// Each operation FooWithResponse returns the decoded answer: JSON2XX for success (no source names the exact status), or
// JSONDefault for an error. Both are nil when the answer does not call itself JSON; StatusCode and Body say what came. An
// answer that calls itself JSON and is something else is an error, without the answer: where its status matters all the
// same, call Foo in place of FooWithResponse and read the body yourself, or use package access, which does.
//
// A list of an update is sent when it is empty, which clears it, and left out when it is nil.
package nks

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen --config oapi-codegen.yaml ../../api/openapi.yaml
