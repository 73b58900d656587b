package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// explainReport writes why changes are left, and how to go on. flags are those that lift the guards
// which left them. It returns an error if any is left.
func explainReport(w io.Writer, report *desired.Report, flags []string, again string) error {
	err := report.Err()
	if err == nil {
		return nil
	}
	for i := range report.Clusters {
		if cluster := &report.Clusters[i]; cluster.Err() != nil {
			explainCluster(w, cluster)
		}
	}
	fmt.Fprintln(w, nextStep(report, flags, again))
	verb := "are"
	if report.Left == 1 {
		verb = "is"
	}
	result := fmt.Sprintf("%s failed, and %s %s left",
		term.Plural(report.Failed, "cluster"), term.Plural(report.Left, "change"), verb)
	return &advised{&summed{result, err}}
}

// explainCluster writes why changes of a cluster are left.
func explainCluster(w io.Writer, cluster *desired.ClusterReport) {
	err := cluster.Err()
	reason := errorText(err)
	if errors.Is(err, context.DeadlineExceeded) {
		reason = "the time is up; give a longer --timeout or --wait: " + reason
	}
	if errors.Is(err, context.Canceled) {
		reason = "interrupted"
	}
	left := term.Plural(len(cluster.Left), "change") + " left"
	if len(cluster.Left) == 0 {
		left = "could not be planned"
	}
	fmt.Fprintf(w, "%s: %s: %s\n", term.Printable(cluster.Cluster), left, strings.ReplaceAll(reason, "\n", "\n  "))
}

// nextStep says what a person can do about the changes that are left.
func nextStep(report *desired.Report, flags []string, again string) string {
	if len(flags) > 0 && !report.Refused() {
		return "If this is what you want, give " + strings.Join(flags, " and ") + "."
	}
	isRefused := len(flags) > 0 || !report.AgainHelps()
	if isRefused && isFromFile(report) {
		return "Applying again does not help: change the file first."
	}
	if isRefused {
		return "The same again does not help, because the service refuses it."
	}
	if mayStillCreate(report) {
		return "Wait five minutes, because a request whose outcome is unknown can arrive until then. Then apply again."
	}
	if errors.Is(report.Err(), access.ErrForbidden) {
		return "The key lacks a permission. Run the same command again when it has it."
	}
	return again
}

// isFromFile reports whether rules of a file want a step that is left.
func isFromFile(report *desired.Report) bool {
	for i := range report.Clusters {
		isWanted := func(left desired.LeftStep) bool { return len(left.Rules) > 0 }
		if slices.ContainsFunc(report.Clusters[i].Left, isWanted) {
			return true
		}
	}
	return false
}

// mayStillCreate reports whether a request that creates an entry may arrive yet. Nobody knows whether
// the service would accept a second one.
func mayStillCreate(report *desired.Report) bool {
	for i := range report.Clusters {
		for _, left := range report.Clusters[i].Left {
			if left.Action == desired.Add && access.MayStillArrive(left.Err()) {
				return true
			}
		}
	}
	return false
}

// nothingApplied is the report of a plan without changes.
func nothingApplied() *desired.Report { return &desired.Report{Clusters: []desired.ClusterReport{}} }
