// Package nksserver is the server side of the access entries of NAVER Cloud's Kubernetes service,
// generated from api/openapi.yaml on the types of package nks. Implement [StrictServerInterface]
// and serve it:
//
//	http.ListenAndServe(addr, nksserver.Handler(nksserver.NewStrictHandler(service, nil)))
//
// It neither verifies signatures nor checks requests against the contract. Package emulator does
// both.
package nksserver

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen --config oapi-codegen.yaml ../../api/openapi.yaml
