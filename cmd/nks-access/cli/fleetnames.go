package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// accountKey is what decides which account a client reaches, and where its directory is.
type accountKey struct{ profile, baseURL string }

// directoryOf returns the directory for a region and a profile of the file. Clusters of one account
// share it, so that it is read once.
func (f *fleet) directoryOf(region, profile string) (desired.Directory, error) {
	client, err := f.clientOf(region, profile)
	if err != nil {
		return nil, err
	}
	opened, err := accountOf(client)
	if err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	key := accountKey{cmp.Or(profile, f.profile), opened.names.BaseURL()}
	if f.accounts[key] == nil {
		f.accounts[key] = opened
	}
	return f.accounts[key], nil
}

// readPeople reads the users and roles of the accounts of a file.
func (f *fleet) readPeople(file *desired.File) func(context.Context) (*desired.People, error) {
	return func(ctx context.Context) (*desired.People, error) {
		return file.People(ctx, f.directoryOf, f.parallel)
	}
}

// resolve returns the file with NRNs in place of names.
func (f *fleet) resolve(ctx context.Context, file *desired.File) (*desired.File, error) {
	if !file.HasNames() {
		return file, nil
	}
	if err := f.mayReadNames("the file"); err != nil {
		return nil, err
	}
	resolved, err := file.Resolve(ctx, f.directoryOf, f.parallel)
	var mistakes *desired.LoadError
	if errors.As(err, &mistakes) {
		return nil, usagef("%v", err)
	}
	return resolved, err
}

// observation is a file, and what was read of its clusters.
type observation struct {
	whole    *desired.File // with NRNs in place of names, and with people
	part     *desired.File // the same, of --shard
	observed []desired.Observed
}

// observeFile is observe for the part of the files of -f that --cluster names.
func (f *fleet) observeFile(ctx context.Context) (*observation, error) {
	file, err := f.loadFile(ctx)
	if err != nil {
		return nil, err
	}
	file, err = f.chosen(file)
	if err != nil {
		return nil, err
	}
	return f.observe(ctx, file)
}

// observe resolves the names of a file, and reads the clusters of its part, at the same time.
func (f *fleet) observe(ctx context.Context, file *desired.File) (*observation, error) {
	part, err := f.shardOf(file)
	if err != nil {
		return nil, err
	}
	use := namesShown
	if file.HasNames() {
		use = namesUsed
	}
	shown, err := f.readNames(ctx, use, f.readPeople(file))
	if err != nil {
		return nil, err
	}
	readCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	read := make(chan []desired.Observed, 1)
	go func() { read <- f.read(readCtx, part) }()
	resolved, err := f.resolve(ctx, file)
	if err != nil {
		return nil, err
	}
	observed := <-read
	people, err := shown.people()
	if err != nil {
		return nil, err
	}
	return f.observationOf(resolved.WithPeople(people), observed)
}

// observationOf puts together what was read at the same time.
func (f *fleet) observationOf(resolved *desired.File, observed []desired.Observed) (*observation, error) {
	part, err := f.shardOf(resolved)
	if err != nil {
		return nil, err
	}
	if len(part.Clusters) != len(observed) {
		return nil, fmt.Errorf("%d clusters were read, not %d", len(observed), len(part.Clusters))
	}
	for i := range observed {
		observed[i].Spec = part.Clusters[i]
	}
	return &observation{resolved, part, observed}, nil
}

// checkNames returns an error if a name of a saved plan means somebody else now, or if nobody can tell.
// With --names never it does not look.
func (f *fleet) checkNames(ctx context.Context, plan *desired.Plan) error {
	mode, err := f.namesMode()
	if err != nil || mode == namesNever {
		return err
	}
	err = plan.CheckNames(ctx, f.directoryOf, f.parallel)
	if errors.Is(err, access.ErrConflict) {
		return &advised{fmt.Errorf("%w\nNothing was changed. Plan again", err)}
	}
	if err != nil {
		const advice = "Nothing was changed. To apply the NRNs of the plan without this check, use --names never"
		return &advised{fmt.Errorf("%w\n%s", err, advice)}
	}
	return nil
}
