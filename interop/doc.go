// Package interop tests and measures this project beside the provider's Go SDK and Stoplight Prism.
// It is a Go module of its own, so that importers of nks-access do not get their dependencies.
package interop
