package export

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

const terraformHead = `# The provider is not in the Terraform registry yet. In a clone of https://github.com/nks-access/nks-access,
# "make install-terraform" puts it where "terraform init" finds it.
terraform {
  required_version = ">= 1.5"
  required_providers {
    nks = { source = "nks-access/nks" }
  }
}

provider "nks" {}
`

// WriteTerraform writes the entries of clusters as resources of the Terraform provider
// nks-access/nks, each with an import block. It leaves out entries that the provider cannot manage.
// It returns the error of a cluster that could not be read or is listed more than once, or of w.
func WriteTerraform(w io.Writer, observed []desired.Observed) ([]Skipped, error) {
	t := terraformWriter{names: taken{}}
	t.text.WriteString(terraformHead)
	var skipped []Skipped
	for _, o := range desired.FailDuplicates(observed) {
		if o.Err != nil {
			return nil, failed(o)
		}
		kept, left := writable(o)
		skipped = append(skipped, left...)
		for _, entry := range kept {
			t.resource(o.Cluster, entry)
		}
	}
	if len(skipped) > 0 {
		t.printf("\n")
	}
	for _, entry := range skipped {
		t.printf("# %s\n", oneLine(entry.String()))
	}
	_, err := io.WriteString(w, t.text.String())
	return skipped, err
}

// terraformWriter writes resources.
type terraformWriter struct {
	names taken // of resources
	text  strings.Builder
}

func (t *terraformWriter) printf(format string, args ...any) { fmt.Fprintf(&t.text, format, args...) }

func (t *terraformWriter) resource(cluster access.Cluster, entry access.Entry) {
	name := t.names.resourceName(cluster, entry.Principal)
	id := hcl(cluster.UUID + "," + string(entry.Principal))
	t.printf("\nimport {\n  to = nks_access_entry.%s\n  id = %s\n}\n", name, id)
	t.printf("\nresource \"nks_access_entry\" \"%s\" {\n", name)
	t.printf("  cluster   = %s # %s\n", hcl(cluster.UUID), oneLine(cluster.Name))
	t.printf("  principal = %s\n", hcl(string(entry.Principal)))
	grants := entry.Joined()
	if len(grants.Groups) > 0 {
		slices.Sort(grants.Groups)
		t.printf("  groups    = %s\n", hclList(grants.Groups))
	}
	if len(grants.Policies) > 0 {
		t.printf("  policies = [\n")
		for _, policy := range grants.Policies {
			t.printf("    %s,\n", hclPolicy(policy))
		}
		t.printf("  ]\n")
	}
	t.printf("}\n")
}

// hclPolicy writes a policy as the provider takes it. It writes a scope that does not follow from the
// namespaces in brackets behind the type.
func hclPolicy(policy access.Policy) string {
	kind := string(policy.Type)
	if len(policy.Namespaces) == 0 {
		if policy.Scope != access.ClusterScope {
			kind += "[" + policy.Scope + "]"
		}
		return fmt.Sprintf("{ type = %s }", hcl(kind))
	}
	if policy.Scope != access.NamespaceScope {
		kind += "[" + policy.Scope + "]"
	}
	return fmt.Sprintf("{ type = %s, namespaces = %s }", hcl(kind), hclList(policy.Namespaces))
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// resourceName returns a name that Terraform accepts, such as prod_role-9ba09190.
func (t taken) resourceName(cluster access.Cluster, principal access.NRN) string {
	prefix := strings.Trim(notInName.ReplaceAllString(cluster.Name, "_"), "_-")
	startsWithDigit := prefix != "" && prefix[0] >= '0' && prefix[0] <= '9'
	if prefix == "" || startsWithDigit {
		prefix = "cluster_" + prefix
	}
	short, long := namesFromNRN(principal)
	return t.pick(
		notInName.ReplaceAllString(prefix+"_"+short, "_"),
		notInName.ReplaceAllString(prefix+"_"+long, "_"),
	)
}

// hcl writes text as a string of HCL.
func hcl(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(quoted(text))
}

func hclList(texts []string) string { return flowEach(texts, hcl) }
