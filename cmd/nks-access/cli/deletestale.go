package cli

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// staleFlags say which entries of gone principals are deleted.
type staleFlags struct {
	on          bool
	allClusters bool
	maxRemovals int
	set         *pflag.FlagSet
}

func (s *staleFlags) addFlags(cmd *cobra.Command) {
	s.set = cmd.Flags()
	s.set.BoolVar(&s.on, "stale", false, "delete the entries whose principal is gone from the account")
	s.set.BoolVar(&s.allClusters, "all-clusters", false,
		"delete the entries of the principals, or with --stale of gone principals, on all clusters of the region")
	s.set.IntVar(&s.maxRemovals, "max-removals", defaultMaxRemovals,
		"with --stale and --all-clusters: stop before the first request if more than `N` principals would lose access")
}

// isPlanned reports whether the deletions are made as a plan.
func (s *staleFlags) isPlanned() bool { return s.on || s.allClusters }

// check returns an error if the flags and the arguments do not fit.
func (s *staleFlags) check(args []string) error {
	if !s.isPlanned() && s.set.Changed("max-removals") {
		return usagef("--max-removals needs --all-clusters or --stale")
	}
	if !s.allClusters && s.set.Changed("all-regions") {
		return usagef("--all-regions needs --all-clusters")
	}
	if s.on && len(args) > 0 {
		return usagef("--stale takes no ENTRY: it finds the entries itself")
	}
	if !s.on && len(args) == 0 {
		return usagef("missing argument: an ENTRY, or --stale")
	}
	if s.maxRemovals < 0 {
		return usagef("--max-removals must not be negative")
	}
	return s.checkScope()
}

func (s *staleFlags) checkScope() error {
	if s.allClusters && s.set.Changed("cluster") {
		return usagef("--cluster and --all-clusters exclude each other")
	}
	if s.on && s.set.Changed("dry-run") {
		return usagef("--stale has no --dry-run: it shows a plan and asks, and nks-access who --stale shows the entries")
	}
	if s.on && s.set.Changed("ignore-not-found") {
		return usagef("--stale has no --ignore-not-found: it succeeds if nobody is gone")
	}
	return nil
}

// deleteStale deletes the entries of gone principals, as a plan.
func (w *writes) deleteStale(ctx context.Context, flags staleFlags) error {
	if err := w.mayReadNames("--stale"); err != nil {
		return err
	}
	f := w.fleetOf()
	plan, err := f.planStale(ctx, flags)
	if err != nil {
		return err
	}
	return w.deletePlanned(ctx, f, plan, flags.maxRemovals)
}

// planStale reads the clusters and the account, and plans the deletions.
func (f *fleet) planStale(ctx context.Context, flags staleFlags) (*desired.Plan, error) {
	ctx, cancel := f.deadline(ctx)
	defer cancel()
	var names []string
	if !flags.allClusters {
		name := orEnv(f.cluster, "NKS_CLUSTER")
		if name == "" {
			return nil, usagef("missing cluster: use --cluster, set NKS_CLUSTER, or use --all-clusters")
		}
		names = []string{name}
	}
	file, err := f.fileToDelete(ctx, names)
	if err != nil {
		return nil, err
	}
	shown, err := f.readNames(ctx, namesNeeded, f.readPeople(file))
	if err != nil {
		return nil, err
	}
	observed := f.read(ctx, file)
	people, err := shown.people()
	if err != nil {
		return nil, err
	}
	people, err = f.withoutMistakes(ctx, people, observed)
	if err != nil {
		return nil, err
	}
	return file.WithPeople(people).PlanStale(observed), nil
}

// withoutMistakes asks for each user that the list does not have. A list can lag behind: one who was
// made a moment ago is not gone. An error of the question does not matter, because the list says enough.
func (f *fleet) withoutMistakes(
	ctx context.Context, people *desired.People, observed []desired.Observed,
) (*desired.People, error) {
	opened, err := f.directoryOf("", f.profile)
	if err != nil {
		return nil, err
	}
	asked := map[access.NRN]bool{}
	for _, o := range observed {
		for _, entry := range o.Entries {
			isUser := entry.Principal.Type() == access.TypeUser
			if !isUser || asked[entry.Principal] || people.Status(entry.Principal) != desired.Gone {
				continue
			}
			asked[entry.Principal] = true
			deleted, err := opened.(*account).names.Deleted(ctx, entry.Principal.ID())
			if err == nil && !deleted {
				f.say("%s is not in the list of users, but is not deleted; its entry stays.", entry.Principal)
				people = people.With(entry.Principal)
			}
		}
	}
	return people, nil
}
