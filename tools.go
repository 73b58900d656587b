//go:build tools

// Package tools pins the code generator in go.mod. It is never built.
package tools

import _ "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"
