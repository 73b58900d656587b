package export

import (
	"cmp"
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

// terraformHeadBeside is for a file in the folder of the cluster. A folder can have
// required_providers only once.
const terraformHeadBeside = `# These resources go into the folder of the cluster that they refer to. Terraform 1.5 or newer imports them. Add the provider
# to required_providers there: nks = { source = "nks-access/nks" }
# It is not in the Terraform registry yet. In a clone of https://github.com/nks-access/nks-access,
# "make install-terraform" puts it where "terraform init" finds it.
`

// importsHead stands before the import blocks. With a block, Terraform imports an entry again when it
// is not in the state, and fails if the cluster does not have it any more.
const importsHead = `
# Remove everything below when Terraform has imported the entries.
`

// referenceForm is a reference of HCL, such as ncloud_nks_cluster.main.uuid or module.nks["prod"].uuid.
var referenceForm = regexp.MustCompile(`^[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*|\[[0-9]+\]|\["[\w -]+"\])+$`)

// CheckClusterReference returns an error if text is not a reference of Terraform's language to one of
// count clusters.
func CheckClusterReference(text string, count int) error {
	if !referenceForm.MatchString(text) {
		return fmt.Errorf("%q is not a reference (want one such as ncloud_nks_cluster.main.uuid)", text)
	}
	if count != 1 {
		return fmt.Errorf("%s is a reference to one cluster, but %d are exported; name one", text, count)
	}
	return nil
}

// WriteTerraform writes the entries of clusters as resources of the Terraform provider
// nks-access/nks, and behind them an import block for each. It leaves out entries that the provider
// cannot manage. It returns the error of a cluster that could not be read or is listed more than
// once, or of w.
//
// With a reference, such as ncloud_nks_cluster.main.uuid, the resources of the one cluster refer to it.
// Terraform then knows that the entries go with the cluster: a replaced cluster gets its entries
// again, and they are deleted before the cluster is. The file is for the folder of the cluster, so it
// has no blocks terraform and provider. Otherwise the resources have the UUID of the cluster.
func WriteTerraform(w io.Writer, observed []desired.Observed, reference string) ([]Skipped, error) {
	if reference != "" {
		if err := CheckClusterReference(reference, len(observed)); err != nil {
			return nil, err
		}
	}
	t := terraformWriter{names: taken{}, reference: reference}
	if reference == "" {
		t.text.WriteString(terraformHead)
	} else {
		t.text.WriteString(terraformHeadBeside)
	}
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
	if t.imports.Len() > 0 {
		t.printf("%s%s", importsHead, t.imports.String())
	}
	_, err := io.WriteString(w, t.text.String())
	return skipped, err
}

// terraformWriter writes resources.
type terraformWriter struct {
	names     taken // of resources
	reference string
	text      strings.Builder
	imports   strings.Builder // blocks
}

func (t *terraformWriter) printf(format string, args ...any) { fmt.Fprintf(&t.text, format, args...) }

func (t *terraformWriter) resource(cluster access.Cluster, entry access.Entry) {
	name := t.names.resourceName(cluster, entry.Principal)
	id := hcl(cluster.UUID + "," + string(entry.Principal))
	fmt.Fprintf(&t.imports, "\nimport {\n  to = nks_access_entry.%s\n  id = %s\n}\n", name, id)
	t.printf("\nresource \"nks_access_entry\" \"%s\" {\n", name)
	t.printf("  cluster   = %s # %s\n", cmp.Or(t.reference, hcl(cluster.UUID)), oneLine(cluster.Name))
	t.printf("  principal = %s\n", hcl(string(entry.Principal)))
	if !entry.Principal.Known() {
		t.printf("  unchecked = true\n")
	}
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
