package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/nks-access/nks-access/access"
)

// addError adds an error of package access about an attribute, or about the whole resource, with
// words that say how to go on.
func addError(diagnostics *diag.Diagnostics, at path.Path, summary string, err error) {
	detail := strings.TrimSuffix(err.Error(), ".") + "."
	if words := hint(err); words != "" {
		detail += "\n\n" + words
	}
	diagnostics.AddAttributeError(at, summary, detail)
}

// hint says how to go on after an error, or "".
func hint(err error) string {
	var exists *access.ExistsError
	switch {
	case errors.Is(err, errLockout):
		return lockoutWords
	case errors.As(err, &exists):
		return fmt.Sprintf(`To manage the entry that is there, import it, with the name of this resource in place of NAME:

  terraform import nks_access_entry.NAME '%s,%s'

To replace what it grants with what this resource says, set adopt = true.`,
			exists.Existing.ClusterUUID, exists.Existing.Principal)
	case errors.Is(err, access.ErrUnknownOutcome):
		return "Apply again. The provider looks first: it takes over what was made, and makes what was not."
	case errors.Is(err, access.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return `Apply again. If the cluster is busy for long, increase wait in provider "nks" or timeouts in the resource.`
	case errors.Is(err, access.ErrUnauthenticated):
		return "Check the keys: NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY in the environment, or the profile of " +
			"~/.ncloud/configure."
	}
	return ""
}

// problems returns the rules that a request breaks.
func problems(err error) []access.Problem {
	var invalid *access.ValidationError
	if errors.As(err, &invalid) {
		return invalid.Problems
	}
	return nil
}

// principalRule returns the rule that the NRN of a principal breaks, or "".
func principalRule(principal string) string {
	for _, problem := range problems(access.NewEntry{Principal: principal}.Validate()) {
		if problem.Field == "principal" {
			return problem.Rule
		}
	}
	return ""
}
