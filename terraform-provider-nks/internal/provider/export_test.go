package provider

import (
	"time"

	"github.com/hashicorp/terraform-plugin-framework/provider"
)

// NewPatient returns the provider with an hour in place of its short times, so that what a test
// sees does not depend on the speed of the machine.
func NewPatient() provider.Provider {
	return &nksProvider{"test", time.Hour, time.Hour}
}
