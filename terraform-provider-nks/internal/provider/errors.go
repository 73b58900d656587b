package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

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
	if words := nameHint(err); words != "" {
		return words
	}
	var exists *access.ExistsError
	switch {
	case errors.Is(err, access.ErrNoAdmin):
		return noAdminWords
	case errors.As(err, &exists):
		return fmt.Sprintf(`To manage the existing entry, import it, with the name of this resource in place of NAME:

  terraform import nks_access_entry.NAME '%s,%s'

To replace what it grants with what this resource says, set adopt = true.`,
			exists.Existing.ClusterUUID, exists.Existing.Principal)
	case errors.Is(err, access.ErrConflict):
		return "The plan shows what the entry granted before. Plan and apply again."
	case access.MayStillArrive(err):
		return "The request can arrive until five minutes after it was sent. Then apply again. The provider reads the entries " +
			"first: it takes over what was made, and makes what was not."
	case errors.Is(err, access.ErrUnknownOutcome):
		return "The request has arrived. Wait until the entries can be read and show the change. Then apply again."
	case errors.Is(err, access.ErrBusy), errors.Is(err, context.DeadlineExceeded):
		return `Apply again. If the cluster is busy for long, increase wait in provider "nks" or timeouts in the resource.`
	case errors.Is(err, access.ErrUnauthenticated):
		return "Check the keys: NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY in the environment, or the profile of " +
			"~/.ncloud/configure."
	}
	return ""
}

// noAdminWords say how to go on after a change that would take the last administrator.
const noAdminWords = `The entry was not changed. Without it, no entry has NKSClusterAdminPolicy on the whole cluster.
To go on:
  - give another principal NKSClusterAdminPolicy, and apply again. To replace the principal of this entry, set
    lifecycle { create_before_destroy = true } in its resource; or
  - if the cluster may lose its last administrator, set prevent_lockout = false in provider "nks".`

// problems returns the rules that a value breaks, by a [*access.ValidationError].
func problems(err error) []access.Problem {
	var invalid *access.ValidationError
	if errors.As(err, &invalid) {
		return invalid.Problems
	}
	return nil
}

// addProblem adds an error about the value of a problem. The indexes in its path count the elements
// of grants.
func addProblem(diagnostics *diag.Diagnostics, problem access.Problem, grants knownGrants) {
	detail := nameOf(problem.Path) + " " + problem.Rule + "."
	diagnostics.AddAttributeError(grants.path(problem.Path), "Invalid access entry", detail)
}

// nameOf returns the name of a value in a sentence. Elements of sets have no index.
func nameOf(at access.Path) string {
	last := at[len(at)-1]
	if name, isField := last.(string); isField {
		return name
	}
	return fmt.Sprintf("an element of %s", at[len(at)-2])
}

// path returns where a value is in the configuration. The parts of a path such as policies[0].type are
// those of package access.
func (g knownGrants) path(at access.Path) path.Path {
	field := at[0].(string)
	result := path.Root(field)
	if len(at) == 1 {
		return result
	}
	index := at[1].(int)
	if field == "groups" {
		return result.AtSetValue(types.StringValue(g.Groups[index]))
	}
	result = result.AtSetValue(g.elements[index])
	if len(at) == 2 {
		return result
	}
	part := at[2].(string)
	if part == "scope" {
		part = "type" // which has the scope in brackets
	}
	return result.AtName(part)
}

// knownGrants are the grants of a configuration, as far as they are known.
type knownGrants struct {
	access.Grants
	elements []attr.Value // of the set policies, in the order of Policies
}

// principalRule returns why no entry can have the principal, or "". It accepts forms that the provider
// does not know.
func principalRule(text string) string {
	entry := access.NewEntry{Principal: access.AnyNRN(text), Type: access.TypeUser, Unchecked: true}
	for _, problem := range problems(entry.Validate()) {
		return problem.Rule
	}
	return ""
}
