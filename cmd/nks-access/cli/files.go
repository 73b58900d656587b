package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/nks-access/nks-access/access"
	"github.com/nks-access/nks-access/desired"
)

// accessFile is the file that is read without -f.
const accessFile = "access.yaml"

// fleet is how a command reaches many clusters, and the flags for it.
type fleet struct {
	*connection
	files    []string
	shard    string
	parallel int

	mu   sync.Mutex
	made map[[2]string]*access.Client
}

// fleet adds the flags of a command about many clusters.
func (a *app) fleet(cmd *cobra.Command) *fleet {
	f := &fleet{connection: a.connect(cmd, false), made: map[[2]string]*access.Client{}}
	f.timeout = 2 * time.Hour // two minutes are for one entry
	cmd.Flags().Lookup("timeout").DefValue = f.timeout.String()
	cmd.Flags().IntVar(&f.parallel, "parallel", 16, "work on `N` clusters at a time")
	return f
}

// filesFlag adds -f.
func (f *fleet) filesFlag(cmd *cobra.Command, usage string) {
	cmd.Flags().StringArrayVarP(&f.files, "file", "f", nil, usage)
	complete(cmd, "file",
		cobra.FixedCompletions([]string{"yaml", "yml", "json"}, cobra.ShellCompDirectiveFilterFileExt))
}

// shardFlag adds --shard.
func (f *fleet) shardFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.shard, "shard", "",
		"work on share `I/N` of the clusters, from 0/N; each cluster is in one share")
}

// load reads the files of -f, or access.yaml.
func (f *fleet) load() (*desired.File, error) {
	if f.parallel < 1 {
		return nil, usagef("--parallel must be at least 1")
	}
	paths := f.files
	if len(paths) == 0 {
		paths = []string{accessFile}
	}
	file, err := desired.Load(paths...)
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(f.files) == 0:
		return nil, usagef("there is no %s here; give --file, or write one with nks-access export", accessFile)
	case err != nil:
		return nil, usagef("%v", err)
	}
	return file, nil
}

// share is the part of a file that --shard names.
func (f *fleet) share(file *desired.File) (*desired.File, error) {
	if f.shard == "" {
		return file, nil
	}
	var i, n int
	if _, err := fmt.Sscanf(f.shard+"\n", "%d/%d\n", &i, &n); err != nil {
		return nil, usagef("--shard takes I/N, such as 0/4, not %q", f.shard)
	}
	share, err := file.Shard(i, n)
	if err != nil {
		return nil, usagef("--shard: %v", err)
	}
	return share, nil
}

// clients returns the client for a region and a profile of the file. What the file does not name is
// as flags and environment say.
func (f *fleet) clients(region, profile string) (*access.Client, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key := [2]string{region, profile}
	if client := f.made[key]; client != nil {
		return client, nil
	}
	c := *f.connection
	c.wait = 0 // apply waits itself, so that Ctrl-C ends the wait
	c.region, c.profile = cmp.Or(region, c.region), cmp.Or(profile, c.profile)
	client, err := c.client()
	if err != nil {
		return nil, err
	}
	f.made[key] = client
	return client, nil
}

// region returns a file about all clusters of the region, or about those that are named.
func (f *fleet) region(ctx context.Context, names []string) (*desired.File, error) {
	if f.parallel < 1 {
		return nil, usagef("--parallel must be at least 1")
	}
	client, err := f.clients("", "")
	if err != nil {
		return nil, err
	}
	region := client.Settings().Region
	if len(names) == 0 {
		clusters, err := client.Clusters(ctx)
		if err != nil {
			return nil, err
		}
		return desired.All(clusters, region, f.profile), nil
	}
	file := &desired.File{}
	for _, name := range names {
		file.Clusters = append(file.Clusters, desired.Cluster{Name: name, Region: region, Profile: f.profile})
	}
	return file, nil
}

// read reads the entries of clusters.
func (f *fleet) read(ctx context.Context, clusters []desired.Cluster) []desired.State {
	return desired.Read(ctx, clusters, f.clients, f.parallel)
}

// writeFile writes a file as a whole, or leaves the one that is there as it was.
func writeFile(name string, data []byte) error {
	temporary, err := writeTemporary(filepath.Dir(name), ".nks-access-*", data)
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, name); err != nil {
		return errors.Join(err, os.Remove(temporary))
	}
	return nil
}

// writeTemporary writes a new file, which the caller removes, and returns its name.
func writeTemporary(folder, pattern string, data []byte) (name string, err error) {
	file, err := os.CreateTemp(folder, pattern)
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(file.Name())
	}
	return file.Name(), err
}
