package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// deleteEverywhere deletes the entries of principals on all clusters, as a plan. The error is
// ErrNotFound if one of them has no entry, unless ignoreNotFound is set.
func (w *writes) deleteEverywhere(ctx context.Context, words []string, maxRemovals int, ignoreNotFound bool) error {
	f := w.fleetOf()
	plan, err := f.planEverywhere(ctx, words, ignoreNotFound)
	if err != nil {
		return err
	}
	return w.deletePlanned(ctx, f, plan, maxRemovals)
}

// planEverywhere plans the deletions. Entries of other principals do not matter, so the plan ignores
// them.
func (f *fleet) planEverywhere(ctx context.Context, words []string, ignoreNotFound bool) (*desired.Plan, error) {
	ctx, cancel := f.deadline(ctx)
	defer cancel()
	file, err := f.fileToDelete(ctx, nil)
	if err != nil {
		return nil, err
	}
	out := desired.Rule{Absent: true}
	for i := range file.Clusters {
		file.Clusters[i].Others = desired.IgnoreOthers
		out.Clusters = append(out.Clusters, file.Clusters[i].Name)
	}
	client, err := f.clientOf("", "")
	if err != nil {
		return nil, err
	}
	for _, word := range words {
		principal, err := f.principalOf(ctx, client, word)
		if err != nil {
			return nil, err
		}
		file.Principals = append(file.Principals, principal)
		out.Principals = append(out.Principals, principal.NRNs...)
	}
	file.Rules = []desired.Rule{out}
	observed := f.read(ctx, file)
	plan := file.Plan(observed, desired.At(clock()))
	if plan.Summary.Failed > 0 {
		return plan, nil
	}
	return plan, checkFound(file.Principals, observed, ignoreNotFound)
}

// principalOf returns the principal that a word names: an NRN, or a name that the account knows.
func (f *fleet) principalOf(ctx context.Context, client *access.Client, word string) (desired.Principal, error) {
	if access.IsUUID(word) {
		return desired.Principal{}, usagef("%s is the UUID of an entry, which is on one cluster; "+
			"with --all-clusters give the NRN or the name of the principal", word)
	}
	_, isName := nameInWord(word)
	if !isName && !strings.HasPrefix(word, "nrn:") {
		return desired.Principal{}, usagef("%q is neither an NRN nor a name such as user:kim@corp or role:deployer", word)
	}
	nrn, err := f.nrnOf(ctx, client, word)
	if err != nil {
		return desired.Principal{}, err
	}
	principal := desired.Principal{NRNs: []access.NRN{access.AnyNRN(nrn)}}
	if isName {
		principal.Name = word
	}
	return principal, nil
}

// checkFound returns ErrNotFound for a principal that has no entry on any cluster, unless ignoreNotFound
// is set, and an error for an NRN that no principal can have.
func checkFound(principals []desired.Principal, observed []desired.Observed, ignoreNotFound bool) error {
	for _, principal := range principals {
		nrn := principal.NRNs[0]
		isIts := func(entry access.Entry) bool { return entry.Principal == nrn }
		hasEntry := func(o desired.Observed) bool { return slices.ContainsFunc(o.Entries, isIts) }
		if slices.ContainsFunc(observed, hasEntry) {
			continue
		}
		if err := checkNRN(string(nrn)); err != nil {
			return err
		}
		if !ignoreNotFound {
			return fmt.Errorf("find entries of %s: %w on %s",
				principalText(principal.Name, nrn), access.ErrNotFound, term.Plural(len(observed), "cluster"))
		}
	}
	return nil
}
