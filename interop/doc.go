// Package interop holds other people's clients and servers against this project's: the provider's Go SDK, and Stoplight
// Prism. It is a module of its own, so that nothing of theirs reaches an importer of this one.
package interop
