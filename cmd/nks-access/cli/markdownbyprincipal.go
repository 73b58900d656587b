package cli

import (
	"fmt"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// markdownByPrincipal returns a plan with one row for what happens to a principal on any number of
// clusters. It names everybody who loses access or becomes an administrator, and counts the others. For
// many clusters, this is shorter than a section for each.
func markdownByPrincipal(plan *desired.Plan) string {
	var text strings.Builder
	fmt.Fprintf(&text, "### Access: %s\n", planNumbers(plan.Summary, byApply))
	text.WriteString(notesMarkdown("Note:", planNotes(plan), 5))
	stops := stopsOf(plan)
	for _, note := range stops.keys {
		fmt.Fprintf(&text, "\n**Stopped:** %s on %s\n", term.MarkdownCode(clip(note)), clustersCell(stops.clusters[note]))
	}
	text.WriteString("\n| | principal | clusters |\n|---|---|---|\n")
	rows := rowsOf(plan)
	for _, row := range rows.keys {
		fmt.Fprintf(&text, "%s %s |\n", row, clustersCell(rows.clusters[row]))
	}
	var hidden hiddenRows
	for i := range plan.Clusters {
		hidden.add(otherRows(&plan.Clusters[i]))
	}
	return text.String() + hidden.String()
}

// stopsOf returns why clusters are left alone.
func stopsOf(plan *desired.Plan) *clusterGroups {
	stops := newClusterGroups()
	for i := range plan.Clusters {
		cluster := &plan.Clusters[i]
		for _, note := range byApply.guardNotes(cluster) {
			stops.add(note, cluster.Cluster)
		}
		if cluster.Error != "" {
			stops.add("cannot be planned: "+cluster.Error, cluster.Cluster)
		}
	}
	return stops
}

// rowsOf returns the rows of those who become administrators, and then of those who lose access.
func rowsOf(plan *desired.Plan) *clusterGroups {
	rows := newClusterGroups()
	for _, kind := range []rowKind{promotion, loss} {
		for i := range plan.Clusters {
			cluster := &plan.Clusters[i]
			for _, step := range removalsFirst(cluster.Steps) {
				if stepKind(step) == kind {
					rows.add(rowOf(step), cluster.Cluster)
				}
			}
		}
	}
	return rows
}

// rowOf returns the first cells of a row.
func rowOf(step *desired.Step) string {
	return fmt.Sprintf("| %s | %s |", actionMarkdown(step), term.MarkdownCode(clip(stepPrincipal(step))))
}

// otherRows counts the rows of a cluster that are harmless.
func otherRows(cluster *desired.ClusterPlan) [rowKinds]int {
	var rows [rowKinds]int
	for i := range cluster.Steps {
		if stepKind(&cluster.Steps[i]) == gain {
			rows[gain]++
		}
	}
	for i := range cluster.Others {
		rows[otherKind(&cluster.Others[i])]++
	}
	return rows
}

// clustersCell names clusters.
func clustersCell(names []string) string {
	if len(names) == 1 {
		return term.MarkdownCode(clip(term.Printable(names[0])))
	}
	return fmt.Sprintf("%d: %s", len(names), term.MarkdownCode(term.PrintableSeries(names)))
}

// clusterGroups are clusters by something that holds for them, in the order in which they were added.
type clusterGroups struct {
	keys     []string
	clusters map[string][]string
}

func newClusterGroups() *clusterGroups { return &clusterGroups{clusters: map[string][]string{}} }

func (g *clusterGroups) add(key, cluster string) {
	if g.clusters[key] == nil {
		g.keys = append(g.keys, key)
	}
	g.clusters[key] = append(g.clusters[key], cluster)
}
