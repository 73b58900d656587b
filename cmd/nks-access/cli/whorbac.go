package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/rbac"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// rbacUsage is the help of --rbac.
const rbacUsage = "show what groups and usernames are bound to, by `[CLUSTER=]FILE` with the output of " +
	"kubectl get clusterrolebindings,rolebindings -A -o json; - for stdin (repeatable)"

// bindingsFile is a file of --rbac.
type bindingsFile struct {
	word     string // of the flag
	cluster  string // name or UUID; empty if the flag names none
	bindings *rbac.Bindings
}

// readBindings reads the files of --rbac.
func readBindings(ctx context.Context, words []string, stdin io.Reader) ([]bindingsFile, error) {
	var files []bindingsFile
	for _, word := range words {
		cluster, path, hasCluster := strings.Cut(word, "=")
		if !hasCluster {
			cluster = ""
			path = word
		}
		name, data, err := term.ReadFile(ctx, path, stdin, rbac.MaxBytes)
		if err != nil {
			return nil, err
		}
		bindings, err := rbac.Parse(data)
		if err != nil {
			return nil, usagef("--rbac %s: %v", term.PrintableLine(name), err)
		}
		files = append(files, bindingsFile{word, cluster, bindings})
	}
	return files, nil
}

// clusterBindings are the bindings of clusters, by UUID.
type clusterBindings map[string]*rbac.Bindings

// newClusterBindings finds the cluster of each file among those that were read. A file does not say
// itself which cluster it is from. The error says which file has no cluster or shares it, or that there
// are too many bindings.
func newClusterBindings(files []bindingsFile, read []desired.Observed) (clusterBindings, error) {
	known := clusterBindings{}
	for _, file := range files {
		found := read
		if file.cluster != "" {
			found = slices.DeleteFunc(slices.Clone(read), func(o desired.Observed) bool { return !isCluster(o, file.cluster) })
		}
		if len(found) != 1 {
			return nil, usagef("--rbac %s: %s were read%s, and a file is of one; use --rbac CLUSTER=FILE, or --cluster",
				term.ShellWord(term.PrintableLine(file.word)), term.Plural(len(found), "cluster"), called(file.cluster))
		}
		uuid := found[0].Cluster.UUID
		if known[uuid] != nil {
			return nil, usagef("--rbac %s: there is another file for cluster %s",
				term.ShellWord(term.PrintableLine(file.word)), term.Printable(found[0].Spec.Name))
		}
		known[uuid] = file.bindings
	}
	return known, known.check(read)
}

func isCluster(o desired.Observed, nameOrUUID string) bool {
	return o.Spec.Name == nameOrUUID || o.Cluster.Name == nameOrUUID || strings.EqualFold(o.Cluster.UUID, nameOrUUID)
}

func called(cluster string) string {
	if cluster == "" {
		return ""
	}
	return " that are called " + term.Printable(cluster)
}

// maxBindings limits what entries are bound to. Thousands of entries may have a group that is bound
// thousands of times.
const maxBindings = 200_000

// check returns an error if the entries are bound to more than the limit.
func (c clusterBindings) check(read []desired.Observed) error {
	count := 0
	for _, o := range read {
		bindings := c[o.Cluster.UUID]
		if bindings == nil {
			continue
		}
		for _, entry := range o.Entries {
			count += bindings.Count(entry.Username, entry.Groups...)
		}
		if count > maxBindings {
			return usagef("--rbac: the entries up to cluster %s have more than %d bindings; "+
				"give the files of fewer clusters at a time", term.Printable(o.Spec.Name), maxBindings)
		}
	}
	return nil
}

// of returns what a username and groups are bound to on a cluster, or nil if that is not known.
func (c clusterBindings) of(clusterUUID, username string, groups ...string) []rbac.Binding {
	bindings := c[clusterUUID]
	if bindings == nil {
		return nil
	}
	return append([]rbac.Binding{}, bindings.Of(username, groups...)...)
}

// names returns the clusters whose bindings are known.
func (c clusterBindings) names(read []desired.Observed) []string {
	var names []string
	for _, o := range read {
		if c[o.Cluster.UUID] != nil {
			names = append(names, term.Printable(o.Spec.Name))
		}
	}
	return names
}

// adminNotes says who is bound to cluster-admin, whatever the filter is.
func (c clusterBindings) adminNotes(read []desired.Observed) []string {
	var notes []string
	for _, o := range read {
		for _, b := range c.of(o.Cluster.UUID, "", rbac.Authenticated) {
			if b.IsClusterAdmin() {
				notes = append(notes, adminNote("Everybody who may enter cluster", o, b))
			}
		}
		for _, entry := range o.Entries {
			for _, b := range c.of(o.Cluster.UUID, entry.Username, entry.Groups...) {
				if b.IsClusterAdmin() {
					notes = append(notes, adminNote(principalOn(entry), o, b))
				}
			}
		}
	}
	return notes
}

func principalOn(entry access.Entry) string {
	return term.Printable(string(entry.Principal)) + " on cluster"
}

func adminNote(who string, o desired.Observed, b rbac.Binding) string {
	return fmt.Sprintf("%s %s is bound to %s, which permits everything: %s, ClusterRoleBinding %s.",
		who, term.Printable(o.Spec.Name), rbac.ClusterAdmin, subjectText(b), term.Printable(b.Name))
}

// subjectText is who has a role, as [rbac.Binding.Subject].
func subjectText(b rbac.Binding) string {
	kind, name, _ := strings.Cut(b.Subject(), " ")
	return kind + " " + term.Printable(name)
}
