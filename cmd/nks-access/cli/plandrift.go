package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// errPending says that plan --check found that the clusters differ from the file, and in what.
type errPending struct {
	changes  int
	unlisted int // entries that no rule names
	stale    int // entries whose principal is gone
}

// pending returns an [*errPending] if the clusters differ from the file, or nil.
func pending(s desired.Summary) error {
	found := errPending{changes: s.Steps(), unlisted: s.Others, stale: s.Stale}
	if found == (errPending{}) {
		return nil
	}
	return &found
}

// isOnlyUnlisted reports whether the error is about entries that no rule names, and nothing else.
func isOnlyUnlisted(err error) bool {
	var found *errPending
	return errors.As(err, &found) && *found == errPending{unlisted: found.unlisted}
}

func (e *errPending) Error() string {
	var parts []string
	if e.changes > 0 {
		parts = append(parts, term.Plural(e.changes, "change")+" pending")
	}
	if e.unlisted > 0 {
		parts = append(parts, fmt.Sprintf("%d left alone that no rule names", e.unlisted))
	}
	if e.stale > 0 {
		parts = append(parts, fmt.Sprintf("%d stale: the principal is gone", e.stale))
	}
	return strings.Join(parts, ", ")
}

// ignoredText counts the entries that no rule names and that do not count for plan --check.
func ignoredText(s desired.Summary) string {
	if s.Ignored == 0 {
		return ""
	}
	return fmt.Sprintf(", %d ignored", s.Ignored)
}

// planNotes says what is to be said about a plan as a whole.
func planNotes(plan *desired.Plan) []string {
	notes := slices.Clone(plan.Notes)
	if len(plan.Unmentioned) > 0 {
		notes = append(notes, unmentionedText(plan.Unmentioned))
	}
	return notes
}

// unmentionedText names the clusters that the file does not mention, at most ten.
func unmentionedText(clusters []desired.Unmentioned) string {
	const most = 10
	verb := "are"
	if len(clusters) == 1 {
		verb = "is"
	}
	var names []string
	for _, cluster := range clusters[:min(len(clusters), most)] {
		names = append(names, fmt.Sprintf("%s (%s)", term.Printable(cluster.Name), unmentionedPlace(cluster)))
	}
	if len(clusters) > most {
		names = append(names, "…")
	}
	return fmt.Sprintf("%s of the regions read %s not mentioned in the file: %s.",
		term.Plural(len(clusters), "cluster"), verb, strings.Join(names, ", "))
}

// unmentionedPlace says where a cluster is.
func unmentionedPlace(cluster desired.Unmentioned) string {
	parts := []string{term.Printable(cluster.UUID)}
	if cluster.Region != "" {
		parts = append(parts, term.Printable(cluster.Region))
	}
	if cluster.Profile != "" {
		parts = append(parts, "profile "+term.Printable(cluster.Profile))
	}
	return strings.Join(parts, ", ")
}
