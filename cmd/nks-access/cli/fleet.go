package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/cmd/nks-access/term"
	"github.com/nks-access/nks-access/desired"
)

// accessFile is the file that is read without -f.
const accessFile = "access.yaml"

// fleet holds the flags and clients of commands that work on many clusters.
type fleet struct {
	connection
	files    []string
	only     []string // clusters, by name, UUID or pattern
	shard    string
	repair   bool
	parallel int

	mu       sync.Mutex
	made     map[endpoint]*access.Client
	accounts map[accountKey]*account
}

// endpoint is what a client is for: a region and a profile of the file, or "" for the flags'.
type endpoint struct{ region, profile string }

func newFleet(a *app) fleet {
	return fleet{
		connection: newConnection(a), made: map[endpoint]*access.Client{}, accounts: map[accountKey]*account{},
	}
}

// addFlags adds the flags of a command about many clusters.
func (f *fleet) addFlags(cmd *cobra.Command, l limit) {
	f.connection.addFlags(cmd, l)
	cmd.Flags().IntVar(&f.parallel, "parallel", 16, "work on `N` clusters at a time")
}

// addFileFlag adds -f.
func (f *fleet) addFileFlag(cmd *cobra.Command, usage string) {
	cmd.Flags().StringArrayVarP(&f.files, "file", "f", nil, usage)
	complete(cmd, "file",
		cobra.FixedCompletions([]string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt))
}

// addPlanFlags adds the flags of the commands that make a plan.
func (f *fleet) addPlanFlags(cmd *cobra.Command) {
	f.addFileFlag(cmd, "read `FILE` or folder that says who may enter which clusters (repeatable; default: access.yaml)")
	flags := cmd.Flags()
	flags.StringArrayVarP(&f.only, "cluster", "c", nil,
		"work on `CLUSTER` only, by its name or UUID in the file, or by a pattern (repeatable)")
	complete(cmd, "cluster", f.completeFile)
	flags.StringVar(&f.shard, "shard", "",
		"work on share `I/N` of the clusters, from 0/N; each cluster is in one share")
	flags.BoolVar(&f.repair, "repair", false,
		"if a principal has several entries on a cluster, keep one as the file says, and remove the others")
	f.addNamesFlag(cmd)
}

// planOf compares clusters with a file.
func (f *fleet) planOf(file *desired.File, observed []desired.Observed) *desired.Plan {
	options := []desired.PlanOption{desired.At(clock())}
	if f.repair {
		options = append(options, desired.Repair())
	}
	return file.Plan(observed, options...)
}

func (f *fleet) check() error {
	if f.parallel < 1 {
		return usagef("--parallel must be at least 1")
	}
	return f.checkTimes()
}

// maxFileBytes limits the file on stdin, as package desired limits the others.
const maxFileBytes = 2 << 20

// loadFile reads the files of -f, or access.yaml.
func (f *fleet) loadFile(ctx context.Context) (*desired.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	paths := f.files
	if len(paths) == 0 {
		paths = []string{accessFile}
	}
	if slices.Equal(paths, []string{term.Stdin}) {
		return f.parseStdin(ctx)
	}
	file, err := desired.Load(ctx, paths...)
	if errors.Is(err, fs.ErrNotExist) && len(f.files) == 0 {
		return nil, usagef("there is no %s here; give --file, or write one with nks-access export", accessFile)
	}
	if err != nil && ctx.Err() == nil {
		err = usagef("%v", err)
	}
	return file, err
}

func (f *fleet) parseStdin(ctx context.Context) (*desired.File, error) {
	name, data, err := term.ReadFile(ctx, term.Stdin, f.stdin, maxFileBytes)
	if err != nil {
		return nil, err
	}
	file, err := desired.Parse(desired.Source{Name: name, Data: data})
	if err != nil {
		return nil, usagef("%v", err)
	}
	return file, nil
}

// chosen returns the part of a file that --cluster names, or the whole file.
func (f *fleet) chosen(file *desired.File) (*desired.File, error) {
	if len(f.only) == 0 {
		return file, nil
	}
	part, err := file.Only(f.only...)
	if err != nil {
		return nil, usagef("--cluster: %v", err)
	}
	return part, nil
}

// shardOf returns the part of a file that --shard names, or the whole file.
func (f *fleet) shardOf(file *desired.File) (*desired.File, error) {
	if f.shard == "" {
		return file, nil
	}
	var index, count int
	if _, err := fmt.Sscanf(f.shard+"\n", "%d/%d\n", &index, &count); err != nil {
		return nil, usagef("--shard takes I/N, such as 0/4, not %q", f.shard)
	}
	part, err := file.Shard(index, count)
	if err != nil {
		return nil, usagef("--shard: %v", err)
	}
	return part, nil
}

// regionFile returns a file about the clusters of the region with these names, or about all of them
// if there are no names. With --all-regions it is about all regions.
func (f *fleet) regionFile(ctx context.Context, names []string) (*desired.File, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if f.allRegions {
		read, err := f.clustersOfRegions(ctx)
		if err != nil {
			return nil, err
		}
		return namedOf(f.profile, read, names)
	}
	client, err := f.clientOf("", "")
	if err != nil {
		return nil, err
	}
	region := client.Settings().Region
	if len(names) == 0 {
		clusters, err := client.Clusters(ctx)
		if err != nil {
			return nil, err
		}
		return desired.FileOf(f.profile, desired.Region{Code: region, Clusters: clusters}), nil
	}
	file := &desired.File{}
	for _, name := range names {
		file.Clusters = append(file.Clusters, desired.Target{Name: name, Region: region, Profile: f.profile})
	}
	return file, nil
}

// namedOf returns a file about the clusters with these names, or about all if there are no names.
func namedOf(profile string, read []desired.Region, names []string) (*desired.File, error) {
	if len(names) == 0 {
		return desired.FileOf(profile, read...), nil
	}
	var all []access.Cluster
	region := map[string]string{} // by UUID
	for _, r := range read {
		all = append(all, r.Clusters...)
		for _, cluster := range r.Clusters {
			region[cluster.UUID] = r.Code
		}
	}
	file := &desired.File{}
	for _, name := range names {
		cluster, err := access.FindCluster(all, name)
		if err != nil {
			return nil, err
		}
		target := desired.Target{Name: name, Region: region[cluster.UUID], Profile: profile}
		file.Clusters = append(file.Clusters, target)
	}
	return file, nil
}

// clientOf returns the client for a region and a profile of the file. What the file does not name is
// as flags and environment say.
func (f *fleet) clientOf(region, profile string) (*access.Client, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := endpoint{region, profile}
	if client := f.made[key]; client != nil {
		return client, nil
	}
	c := f.connection
	c.wait = 0 // apply waits itself, so that Ctrl-C ends the wait
	c.region = cmp.Or(region, c.region)
	c.profile = cmp.Or(profile, c.profile)
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	f.made[key] = client
	return client, nil
}

// baseURLs returns where clusters were read.
func (f *fleet) baseURLs() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	urls := map[string]bool{}
	for _, client := range f.made {
		urls[client.Settings().BaseURL] = true
	}
	return slices.Sorted(maps.Keys(urls))
}

// read reads the clusters of a file, and their entries.
func (f *fleet) read(ctx context.Context, file *desired.File) []desired.Observed {
	return file.Read(ctx, f.clientOf, f.parallel)
}
