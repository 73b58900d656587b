package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
)

// NewPatient returns the provider with lists that live for an hour, so that a test can count
// requests on a slow machine.
func NewPatient() provider.Provider {
	return &nksProvider{version: "test", listLife: time.Hour, lockoutWait: lockoutWait}
}
