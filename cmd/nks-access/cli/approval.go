package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
)

// systemMasters is the group whose members may do everything in a cluster (Kubernetes).
const systemMasters = "system:masters"

// approve asks a person before a change takes access, or adds to the group system:masters. It refuses a
// change that takes the last administrator, unless --allow-no-admin is given. The client checks that
// again before each attempt.
func (w *writes) approve(ctx, readCtx context.Context, on site, change access.Change) error {
	noAdmin, err := w.guardAdmin(readCtx, on, change)
	if err != nil {
		return err
	}
	w.noteSystemGroups(change)
	w.noteCommas(change)
	question := approvalQuestion(w.called.principalOf(change), on.cluster, change)
	if question == "" || w.dryRun {
		return nil
	}
	if noAdmin {
		question = fmt.Sprintf("Cluster %s would have no administrator. %s", on.cluster, question)
	}
	return w.confirm(ctx, question)
}

// guardAdmin reports whether the change takes the last administrator. That is an error without
// --allow-no-admin.
func (w *writes) guardAdmin(ctx context.Context, on site, change access.Change) (noAdmin bool, err error) {
	if !change.Before.Administers() || change.After.Administers() {
		return false, nil
	}
	entries, err := on.list(ctx)
	if err != nil {
		return false, err
	}
	err = access.GuardAdmin(entries, change)
	if err != nil && !w.allowNoAdmin {
		return false, fmt.Errorf("cluster %s: %w", on.cluster, err)
	}
	return err != nil, nil
}

// approvalQuestion returns the question before a change, or "" if it needs none.
func approvalQuestion(principal string, cluster clusterRef, change access.Change) string {
	isDeleted := change.After.Principal == ""
	if isDeleted {
		return fmt.Sprintf("Delete the entry of %s on cluster %s?", principal, cluster)
	}
	if loses := change.Loses(); len(loses) > 0 {
		return fmt.Sprintf("Remove %s from %s on cluster %s?", term.PrintableSeries(loses), principal, cluster)
	}
	if slices.Contains(addedSystemGroups(change), systemMasters) {
		return fmt.Sprintf("Add the group %s to %s on cluster %s?", systemMasters, principal, cluster)
	}
	return ""
}

func addedSystemGroups(change access.Change) []string {
	had := change.Before.SystemGroups()
	isOld := func(group string) bool { return slices.Contains(had, group) }
	return slices.DeleteFunc(slices.Clone(change.After.SystemGroups()), isOld)
}

// noteCommas says that a comma does not separate groups.
func (w *writes) noteCommas(change access.Change) {
	for _, group := range change.After.Groups {
		isNew := !slices.Contains(change.Before.Groups, group)
		if isNew && strings.Contains(group, ",") {
			w.say("Note: %s is one group. For several groups, repeat --group.", term.Printable(group))
		}
	}
}

// noteSystemGroups says what a group of Kubernetes may mean.
func (w *writes) noteSystemGroups(change access.Change) {
	for _, group := range addedSystemGroups(change) {
		meaning := "Kubernetes may give it a meaning of its own."
		if group == systemMasters {
			meaning = "In Kubernetes its members may do everything."
		}
		w.say("Note: %s is a system group. %s No source says whether NKS lets an entry into it.",
			term.Printable(group), meaning)
	}
}

// confirm asks a question. Without a terminal it requires --yes.
func (w *writes) confirm(ctx context.Context, question string) error {
	if w.yes {
		return nil
	}
	if !w.questions.Possible() {
		return usagef("--yes is required without a terminal. It answers: %s", question)
	}
	return w.questions.Confirm(ctx, question)
}
