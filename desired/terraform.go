package desired

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
)

// WriteTerraform writes the entries of clusters as resources of the Terraform provider
// nks-access/nks, each with an import block. It leaves out entries that the provider cannot manage;
// skipped names them and says why. It returns the error of a cluster that could not be read, or of
// the writer.
func WriteTerraform(w io.Writer, states []State) (skipped []string, err error) {
	var b strings.Builder
	b.WriteString(`terraform {
  required_version = ">= 1.5"
  required_providers {
    nks = { source = "nks-access/nks" }
  }
}

provider "nks" {}
`)
	names := taken{}
	for _, state := range withoutTwins(states) {
		if state.Err != nil {
			return nil, fmt.Errorf("export cluster %q: %w", state.Name, state.Err)
		}
		for _, entry := range state.Entries {
			if reason := unwritable(state, entry); reason != "" {
				skipped = append(skipped, reason)
				continue
			}
			writeResource(&b, names.resourceName(state, entry), state, entry)
		}
	}
	if len(skipped) > 0 {
		b.WriteString("\n")
	}
	for _, reason := range skipped {
		fmt.Fprintf(&b, "# %s\n", oneLine(reason))
	}
	_, err = io.WriteString(w, b.String())
	return skipped, err
}

func writeResource(b *strings.Builder, name string, state State, entry access.Entry) {
	id := hcl(state.Cluster.UUID + "," + entry.Principal)
	fmt.Fprintf(b, "\nimport {\n  to = nks_access_entry.%s\n  id = %s\n}\n", name, id)
	fmt.Fprintf(b, "\nresource \"nks_access_entry\" \"%s\" {\n", name)
	fmt.Fprintf(b, "  cluster   = %s # %s\n", hcl(state.Cluster.UUID), oneLine(state.Cluster.Name))
	fmt.Fprintf(b, "  principal = %s\n", hcl(entry.Principal))
	if groups := slices.Compact(slices.Sorted(slices.Values(entry.Groups))); len(groups) > 0 {
		fmt.Fprintf(b, "  groups    = %s\n", hclList(groups))
	}
	if policies := join(entry.Policies); len(policies) > 0 {
		b.WriteString("  policies = [\n")
		for _, policy := range policies {
			kind := policy.Type
			usual := access.ClusterScope // of a policy without namespaces
			if len(policy.Namespaces) > 0 {
				usual = access.NamespaceScope
			}
			if policy.Scope != usual {
				kind += "[" + policy.Scope + "]"
			}
			fmt.Fprintf(b, "    { type = %s", hcl(kind))
			if len(policy.Namespaces) > 0 {
				fmt.Fprintf(b, ", namespaces = %s", hclList(policy.Namespaces))
			}
			b.WriteString(" },\n")
		}
		b.WriteString("  ]\n")
	}
	b.WriteString("}\n")
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// resourceName is a name that Terraform takes, such as prod_role-9ba09190.
func (t taken) resourceName(state State, entry access.Entry) string {
	cluster := strings.Trim(notInName.ReplaceAllString(state.Cluster.Name, "_"), "_-")
	if cluster == "" || cluster[0] >= '0' && cluster[0] <= '9' {
		cluster = "cluster_" + cluster
	}
	short, long := kindAndID(entry)
	return t.pick(notInName.ReplaceAllString(cluster+"_"+short, "_"), notInName.ReplaceAllString(cluster+"_"+long, "_"))
}

// hcl writes text as a string of HCL.
func hcl(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(quoted(text))
}

func hclList(texts []string) string {
	list := make([]string, len(texts))
	for i, text := range texts {
		list[i] = hcl(text)
	}
	return "[" + strings.Join(list, ", ") + "]"
}
